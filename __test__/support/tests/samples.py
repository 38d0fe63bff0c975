"""Writes one archive per fault that the structural test must see, and a few good ones.
Usage: samples.py FOLDER"""
import os
import struct
import sys
import warnings
import zipfile

FOLDER = sys.argv[1]
GOOD = [
    ("a.txt", 0o100644, "some text " * 50),
    ("bin/run", 0o100755, "#!/bin/sh\n"),
    ("empty/", 0o040755, ""),
    ("lib/ü.txt", 0o100644, "ü"),
    ("link", 0o120777, "bin/run"),
]
warnings.simplefilter("ignore")  # zipfile warns of the duplicate names that we want


def path_of(name):
    return os.path.join(FOLDER, f"{name}.zip")


def write(sample, entries, date=(1980, 1, 1, 0, 0, 0), extra=b"", force_zip64=False):
    with zipfile.ZipFile(path_of(sample), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, content, *own_date in entries:
            info = zipfile.ZipInfo("x", own_date[0] if own_date else date)
            info.filename, info.extra, info.create_system = name, extra, 3
            info.compress_type = zipfile.ZIP_DEFLATED if content else zipfile.ZIP_STORED
            info.external_attr = mode << 16
            with archive.open(info, "w", force_zip64=force_zip64) as target:
                target.write(content.encode())


def patch(sample, change):
    """A good archive with some bytes changed."""
    with open(path_of("good"), "rb") as file:
        data = bytearray(file.read())
    with open(path_of(sample), "wb") as file:
        file.write(change(data))


def central_at(data, index=0):
    at = -1
    for _ in range(index + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    return at


def put(data, at, form, *values):
    struct.pack_into(form, data, at, *values)
    return data


def insert(data, at, more):
    """Bytes before the central directory, whose offset follows."""
    end = data.index(b"PK\x05\x06")
    (central,) = struct.unpack_from("<I", data, end + 16)
    put(data, end + 16, "<I", central + len(more))
    return data[:at] + more + data[at:]


def plain(*names):
    return [(name, 0o040755 if name.endswith("/") else 0o100644, "") for name in names]


write("good", GOOD)
write("many", plain(*(f"{number:05}" for number in range(65_600))))
write("packages", plain("a/node_modules/", "node_modules/b", "z/node_modules/c", "a.js", "node_modules.js", "z/b"))
write("packages-last", plain("a.js", "node_modules/b"))
write("duplicate", plain("a", "a"))
write("unsorted", plain("b", "a"))
write("backslash", plain("a\\b"))
write("absolute", plain("/a"))
write("drive", plain("C:a"))
write("parent", plain("../a"))
write("dot", plain("./a"))
write("double-slash", plain("a//b"))
write("control", plain("a\nb"))
write("clash", plain("a", "a/b"))
write("clash-folder", plain("a", "a/"))
write("extra", plain("a"), extra=struct.pack("<HHB", 0x7075, 1, 0))
write("zip64", plain("a"), force_zip64=True)
write("mode", [("a", 0o100600, "")])
write("folder-mode", [("a/", 0o100644, "")])
write("times", [("a", 0o100644, ""), ("b", 0o100644, "", (1980, 1, 1, 0, 0, 2))])

patch("version", lambda d: put(put(d, central_at(d) + 6, "<H", 45), 4, "<H", 45))
patch("descriptor", lambda d: put(put(d, central_at(d) + 8, "<H", 8), 6, "<H", 8))
patch("encrypted", lambda d: put(put(d, central_at(d) + 8, "<H", 1), 6, "<H", 1))
patch("no-mode", lambda d: put(d, central_at(d) + 38, "<I", 0))
patch("not-unix", lambda d: put(d, central_at(d) + 4, "<H", 20))
patch("utf8-flag", lambda d: put(d, central_at(d, 3) + 8, "<H", 0))
patch("local-name", lambda d: put(d, 30, "5s", b"b.txt"))
patch("local-time", lambda d: put(d, 10, "<H", 1))
patch("local-size", lambda d: put(d, 22, "<I", 1))
patch("crc", lambda d: put(put(d, central_at(d) + 16, "<I", 1), 14, "<I", 1))
patch("overlap", lambda d: put(d, central_at(d, 1) + 42, "<I", 0))
patch("gap", lambda d: insert(d, central_at(d), b"hidden"))
patch("trailing", lambda d: d + b"more")
patch("truncated", lambda d: d[:-30])
patch("content", lambda d: put(d, 40, "B", d[40] ^ 255))
