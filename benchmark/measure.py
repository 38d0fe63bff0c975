"""Runs one program and prints, as JSON, what it cost.

`python3 measure.py FOLDER PROGRAM [ARGUMENT ...]`

The figures are those of wait4(2): user and system time of the program and of all its descendants that were waited
for (on Linux its rusage is the child's own plus what the child's own waits collected; a descendant that nobody waits
for is missing), and the largest resident set of any single one of these processes, not their sum. A process begins as
a copy of this one, so that less than this interpreter's 15 MB cannot be seen.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

folder, *command = sys.argv[1:]

with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)

    def tail(file):
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1_000_000))
        return file.read().decode(errors="replace")

    print(
        json.dumps(
            {
                "wall": wall,
                "cpu": usage.ru_utime + usage.ru_stime,
                # Kibibytes, but bytes on macOS.
                "rss": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
                "code": child.returncode,
                "stdout": tail(out),
                "stderr": tail(err),
            }
        )
    )
