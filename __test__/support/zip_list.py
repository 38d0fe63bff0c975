"""Reads an archive with Python's zipfile and prints what it saw as JSON. Usage: zip_list.py ARCHIVE"""
import json
import sys
import zipfile


def entry(info):
    return {
        "name": info.filename,
        "mode": info.external_attr >> 16,
        "dateTime": list(info.date_time),
        "compressType": info.compress_type,
        "flagBits": info.flag_bits,
        "extraLength": len(info.extra),
        "crc": info.CRC,
        "size": info.file_size,
        "compressedSize": info.compress_size,
        "headerOffset": info.header_offset,
    }


with zipfile.ZipFile(sys.argv[1]) as archive:
    print(json.dumps({"bad": archive.testzip(), "entries": [entry(info) for info in archive.infolist()]}))
