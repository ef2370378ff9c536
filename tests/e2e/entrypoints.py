"""Entry points that prepare the process in a way that no input can, and then start the real one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from runner_double.double import ENTRYPOINT

if TYPE_CHECKING:
    from pathlib import Path

_START = f"""
import runpy
runpy.run_path({str(ENTRYPOINT)!r}, run_name="__main__")
"""

# A resolver that does not answer, and heeds no signal: the waiting happens inside a call, as in the C library's.
SILENT_RESOLVER = """
import socket, time
def getaddrinfo(*args, **kwargs):
    print("resolving", flush=True)
    time.sleep(3600)
socket.getaddrinfo = getaddrinfo
"""

# A cancel in the first moments: the signal comes when the program begins to load a part of itself.
CANCELLED_WHILE_LOADING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "MODULE":
            os.kill(os.getpid(), signal.SIGNUM)
sys.meta_path.insert(0, Finder())
"""

# A machine so slow that a cancel comes, and its patience ends, while the program is loaded.
SLOW_LOADING = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "cvaction.inputs":
            print("loading", flush=True)
            time.sleep(2.5)
sys.meta_path.insert(0, Slow())
"""

# A workspace that is too large to be walked.
ENDLESS_GLOB = """
import glob, time
def endless(*args, **kwargs):
    print("walking", flush=True)
    time.sleep(3600)
glob.glob = endless
"""

# A resolver that knows no name.
EMPTY_RESOLVER = """
import socket
def getaddrinfo(host, *args, **kwargs):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
socket.getaddrinfo = getaddrinfo
"""

# Each address that a socket is given and each name that is looked up, one a line.
CONNECTIONS = """
import sys
def hook(event, arguments):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        seen = arguments[1]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        seen = arguments[:2]
    elif event in {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}:
        seen = event
    else:
        return
    with open(PATH, "a") as file:
        file.write(f"{event} {seen}\\n")
sys.addaudithook(hook)
"""


# The client's own pace of ten requests a second is most of a promotion's time here.
WITHOUT_PACE = """
from cvaction.customvision import pace
pace.REQUESTS_PER_SECOND = 1000
"""


def prepared(folder: Path, preparation: str) -> Path:
    """An entry point that prepares the process first; beside it lies what the runner reads."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ENTRYPOINT.parent / "action.yml", folder)
    path = folder / "entrypoint.py"
    path.write_text(preparation + _START, encoding="utf-8")
    return path
