"""Runs a program whose standard input does not block, and gets its text only when the program has begun.

usage: late_input.py TEXT PROGRAM [ARG ...]
The program writes to the descriptor that READY names when it has begun. Ends with the program's exit code.
"""

import os
import subprocess
import sys

text, *command = sys.argv[1:]
read_end, write_end = os.pipe()
os.set_blocking(read_end, False)
ready, begun = os.pipe()
child = subprocess.Popen(command, stdin=read_end, pass_fds=[begun], env={**os.environ, "READY": str(begun)})
os.close(begun)
os.read(ready, 1)  # Nothing when it has ended instead.
try:
    os.write(write_end, text.encode())
except BrokenPipeError:
    pass
os.close(write_end)
os.close(read_end)
sys.exit(child.wait())
