"""Unpacks an archive with its modes and symbolic links. Usage: zip_unpack.py ARCHIVE FOLDER"""
import os
import stat
import sys
import zipfile


def place(folder, name):
    path = os.path.normpath(os.path.join(folder, name))
    if os.path.commonpath([folder, path]) != folder:
        raise SystemExit(f"{name} would leave the folder")
    return path


def unpack(archive, info, folder):
    path = place(folder, info.filename)
    mode = info.external_attr >> 16
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if info.is_dir():
        os.makedirs(path, exist_ok=True)
    elif stat.S_ISLNK(mode):
        os.symlink(archive.read(info).decode("utf-8"), path)
        return
    else:
        with archive.open(info) as source, open(path, "wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    if mode:
        os.chmod(path, stat.S_IMODE(mode))


with zipfile.ZipFile(sys.argv[1]) as opened:
    # Links last, so that no entry is written through one.
    links_last = sorted(opened.infolist(), key=lambda one: stat.S_ISLNK(one.external_attr >> 16))
    for one in links_last:
        unpack(opened, one, os.path.realpath(sys.argv[2]))
