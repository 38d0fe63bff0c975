"""Checks the bytes of an archive against the form that every reader takes alike, by reading them itself:
the readers forgive much of what is looked for here, each something else. Prints a JSON list of faults.
Usage: zip_structure.py ARCHIVE

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT names the fields."""
import collections
import json
import mmap
import re
import struct
import sys
import zlib

END, END64, LOCATOR64, CENTRAL, LOCAL = (
    b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02", b"PK\x03\x04")
MODES = (0o100644, 0o100755, 0o040755, 0o120777)
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
Central = collections.namedtuple("Central", (
    "made_by needed flags method time date crc packed size name_length extra_length comment_length disk "
    "internal external offset"))
Local = collections.namedtuple("Local", (
    "needed flags method time date crc packed size name_length extra_length"))

faults = []


def fault(text):
    faults.append(text)


def extra_fields(raw, where):
    found, at = {}, 0
    while at + 4 <= len(raw):
        kind, length = struct.unpack_from("<HH", raw, at)
        if at + 4 + length > len(raw):
            break
        found[kind] = raw[at + 4:at + 4 + length]
        at += 4 + length
    if at != len(raw):
        fault(f"{where}: extra field is damaged")
    for kind in found:
        if kind != 1:
            fault(f"{where}: extra field 0x{kind:04x}")
    return found


def with_zip64(header, fields, names, where):
    """The header with its 64-bit values in place; one that is there without need is a fault."""
    wanted = [name for name in names if getattr(header, name) == FULL32]
    if 1 not in fields:
        return header
    values = [value for (value,) in struct.iter_unpack("<Q", fields[1][:len(fields[1]) // 8 * 8])]
    if len(values) != len(wanted) or max(values, default=0) < FULL32:
        fault(f"{where}: zip64 extra field without need")
    return header._replace(**dict(zip(wanted, values)))


def find_end(data):
    at = data.rfind(END, max(0, len(data) - 65557))
    if at < 0:
        raise SystemExit("no end of central directory: this is no ZIP archive")
    disk, central_disk, here, count, size, offset, comment = struct.unpack_from("<4xHHHHIIH", data, at)
    if comment or at + 22 != len(data):
        fault("bytes after the end of the archive")
    if disk or central_disk or here != count:
        fault("more than one disk")
    central_end = at
    if data[at - 20:at - 16] == LOCATOR64:
        if count != FULL16 and size != FULL32 and offset != FULL32:
            fault("zip64 end record without need")
        (central_end,) = struct.unpack_from("<Q", data, at - 12)
        if data[central_end:central_end + 4] != END64:
            raise SystemExit("the zip64 locator points at no zip64 end record")
        count, size, offset = struct.unpack_from("<32xQQQ", data, central_end)
    if offset + size != central_end:
        fault("the central directory does not end where the end record begins")
    return count, offset, central_end


def read_central(data, count, offset, end):
    entries, at = [], offset
    while at < end and data[at:at + 4] == CENTRAL:
        header = Central(*struct.unpack_from("<HHHHHHIIIHHHHHII", data, at + 4))
        name_end = at + 46 + header.name_length
        name = data[at + 46:name_end]
        extra = data[name_end:name_end + header.extra_length]
        at = name_end + header.extra_length + header.comment_length
        where = repr(name.decode("utf-8", "replace"))
        if header.comment_length:
            fault(f"{where}: comment")
        fields = extra_fields(extra, where)
        header = with_zip64(header, fields, ("size", "packed", "offset"), where)
        if header.needed > 20 and not (header.needed == 45 and 1 in fields):
            fault(f"{where}: version needed {header.needed}")
        entries.append((name, where, header))
    if len(entries) != count or at != end:
        fault(f"the end record counts {count} entries, the central directory has {len(entries)}")
    return entries


def check_names(entries):
    names = [name for name, _, _ in entries]
    for name, times in collections.Counter(names).items():
        if times > 1:
            fault(f"{name.decode('utf-8', 'replace')!r}: name used {times} times")
    if names != sorted(names, key=lambda name: (b"node_modules" not in name.split(b"/"), name)):
        fault("names are not sorted: what is in node_modules, then the rest, each by their bytes")
    files = {name for name in names if not name.endswith(b"/")}
    folders = {name[:at] for name in names for at in range(1, len(name)) if name[at:at + 1] == b"/"}
    for name in sorted(files & folders):
        fault(f"{name.decode('utf-8', 'replace')!r}: both a file and a folder")
    for name, where, header in entries:
        check_name(name, where, header)


def check_name(name, where, header):
    parts = name[:-1].split(b"/") if name.endswith(b"/") else name.split(b"/")
    if b"\\" in name:
        fault(f"{where}: backslash")
    if name.startswith(b"/") or re.match(rb"[A-Za-z]:", name):
        fault(f"{where}: absolute")
    elif b"" in parts:
        fault(f"{where}: empty part")
    if b".." in parts or b"." in parts:
        fault(f"{where}: '.' or '..' as a part")
    if re.search(rb"[\x00-\x1f\x7f]", name):
        fault(f"{where}: control character")
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        fault(f"{where}: not UTF-8")
    if not name.isascii() and not header.flags & 0x800:
        fault(f"{where}: UTF-8 flag missing")


def check_attributes(entries):
    for name, where, header in entries:
        mode = header.external >> 16
        if mode not in MODES:
            fault(f"{where}: mode {mode:o}")
        if header.made_by >> 8 != 3:
            fault(f"{where}: not made by Unix, so the mode is not read")
        if name.endswith(b"/") != (mode == 0o040755):
            fault(f"{where}: name and mode disagree on whether this is a folder")
        if name.endswith(b"/") and header.size:
            fault(f"{where}: a folder with content")
        if header.method not in (0, 8):
            fault(f"{where}: method {header.method}")
        if header.flags & 1:
            fault(f"{where}: encrypted")
        if header.flags & 8:
            fault(f"{where}: data descriptor")
        if header.flags & ~0x80F:
            fault(f"{where}: flags 0x{header.flags:04x}")
    stamps = {(header.date, header.time) for _, _, header in entries}
    if len(stamps) > 1:
        fault(f"{len(stamps)} different timestamps")


def check_layout(data, entries, central):
    expected = 0
    for name, where, header in sorted(entries, key=lambda entry: entry[2].offset):
        if header.offset > expected:
            fault(f"{where}: {header.offset - expected} bytes before it belong to no entry")
        if header.offset < expected:
            fault(f"{where}: overlaps the entry before it")
        expected = check_local(data, name, where, header)
    if expected != central:
        fault("the central directory does not begin where the last entry ends")
    offsets = [header.offset for _, _, header in entries]
    if offsets != sorted(offsets):
        fault("entries and central directory are in different orders")


def check_local(data, name, where, central):
    at = central.offset
    if data[at:at + 4] != LOCAL:
        fault(f"{where}: no local header where the central directory says")
        return at
    local = Local(*struct.unpack_from("<HHHHHIIIHH", data, at + 4))
    start = at + 30 + local.name_length + local.extra_length
    fields = extra_fields(data[at + 30 + local.name_length:start], f"{where} (local header)")
    local = with_zip64(local, fields, ("size", "packed"), f"{where} (local header)")
    if data[at + 30:at + 30 + local.name_length] != name:
        fault(f"{where}: local header has another name")
    for key in ("needed", "flags", "method", "time", "date", "crc", "packed", "size"):
        # The offset alone can make the central entry a zip64 one.
        if getattr(local, key) != getattr(central, key) and not (key == "needed" and central.needed == 45):
            fault(f"{where}: local header has another {key}")
    check_content(data, start, where, central)
    return start + central.packed


def check_content(data, start, where, header):
    crc, size, at, end = 0, 0, start, start + header.packed
    inflater = zlib.decompressobj(-15) if header.method == 8 else None
    try:
        while at < end:
            raw = data[at:min(at + (1 << 20), end)]
            at += len(raw)
            plain = inflater.decompress(raw) if inflater else raw
            crc, size = zlib.crc32(plain, crc), size + len(plain)
            if not raw:
                break
    except zlib.error as error:
        fault(f"{where}: {error}")
        return
    if inflater and (not inflater.eof or inflater.unused_data):
        fault(f"{where}: the compressed data does not end where its size says")
    if (crc, size) != (header.crc, header.size):
        fault(f"{where}: content does not match its CRC-32 or size")


def main(path):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        count, offset, end = find_end(data)
        entries = read_central(data, count, offset, end)
        check_names(entries)
        check_attributes(entries)
        check_layout(data, entries, offset)
    print(json.dumps(faults))


main(sys.argv[1])
