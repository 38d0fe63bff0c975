"""Runs MiniStack, and ends it together with everything it started once the pipe on its standard input
closes. The system closes that pipe however the parent ends, SIGKILL included, so no run leaves a server
behind. Usage: start_ministack.py FOLDER, where FOLDER is the temporary folder to remove in that case."""
import os
import shutil
import signal
import sys
import threading


def end_with_parent(folder):
    while os.read(0, 65536):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    if hasattr(os, "killpg"):
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


threading.Thread(target=end_with_parent, args=(sys.argv[1],), daemon=True).start()
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402  (the watch comes first: the import takes a while)

main()
