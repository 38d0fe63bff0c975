"""Runs a program at a terminal, and types a text when it has asked `[y/N] `.

usage: at_terminal.py TEXT PROGRAM [ARG ...]
Prints what the terminal shows, and ends with the program's exit code.
"""

import os
import pty
import sys

text, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
shown = b""
typed = False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:  # Linux says that it has ended in this way.
        break
    if not part:
        break
    shown += part
    if not typed and b"[y/N] " in shown:
        typed = True
        os.write(terminal, text.encode())
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
