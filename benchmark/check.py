"""Compares an archive with the folder that it was made of, and prints what it found as JSON.

`python3 check.py ARCHIVE FOLDER MAY_MISS`, where MAY_MISS is a JSON list of paths that may be missing, with all below.

Every entry is read and its CRC checked. Regular files have to be the same, by name and size. What becomes of links and
of the execute bit differs between the tools, and is told.
"""

import json
import os
import posixpath
import stat
import sys
import zipfile

archive, folder, may_miss = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])

files, links = {}, set()
for parent, folders, names in os.walk(folder):
    for name in folders + names:
        path = os.path.join(parent, name)
        info = os.lstat(path)
        relative = os.path.relpath(path, folder).replace(os.sep, "/")
        if stat.S_ISLNK(info.st_mode):
            links.add(relative)
        elif stat.S_ISREG(info.st_mode):
            files[relative] = (info.st_size, bool(info.st_mode & stat.S_IXUSR))


def below(name, paths):
    """Whether one of the paths is `name` or a folder that it is in."""
    while name:
        if name in paths:
            return True
        name = posixpath.dirname(name)
    return False


problems, found, kept, followed, modes = [], set(), set(), set(), True
with zipfile.ZipFile(archive) as zip:
    broken = zip.testzip()
    if broken:
        problems.append(f"{broken} is broken")
    for entry in zip.infolist():
        # bsdtar's names begin with "./".
        name = posixpath.normpath(entry.filename)
        mode = entry.external_attr >> 16
        if entry.is_dir():
            continue
        if name in found:
            problems.append(f"{name} is there twice")
        found.add(name)
        if name in links:
            (kept if stat.S_ISLNK(mode) else followed).add(name)
        elif name in files:
            size, executable = files[name]
            if entry.file_size != size:
                problems.append(f"{name} has {entry.file_size} bytes instead of {size}")
            if bool(mode & stat.S_IXUSR) != executable:
                modes = False
        elif below(name, links):
            followed.add(next(link for link in links if below(name, {link})))
        else:
            problems.append(f"{name} is not in the folder")

for name in files:
    if name not in found and not below(name, may_miss):
        problems.append(f"{name} is missing")

print(
    json.dumps(
        {
            "problems": problems[:20],
            "entries": len(found),
            "links": None if not links else "kept" if kept == links else "followed" if followed == links else "missing",
            "modes": "kept" if modes else "lost",
        }
    )
)
