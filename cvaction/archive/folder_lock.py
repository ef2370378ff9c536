"""Who writes into a folder is alone there, and who reads it for long keeps writers out. A kill leaves no lock.

It is flock(2) of the folder itself: there is no file that could be left, a folder that is only readable can be locked,
and the kernel gives the lock back when the process ends, however it ends. On most network file systems Linux keeps a
folder's lock within the machine, so runs on two machines do not see each other's.
"""

from __future__ import annotations

from cvaction.archive.errors import BusyError


def lock(descriptor: int, shown: str, *, shared: bool) -> None:
    """Lock an open folder until its descriptor is closed; BusyError at once where another run has it.

    A file system that knows no locks is no error: there the folder is used as if nobody else did.
    """
    import fcntl  # noqa: PLC0415 - only where a folder is locked; Windows has none

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = f"another run {'writes into' if shared else 'uses'} `{shown}` at this moment"
        raise BusyError(msg) from None
    except OSError:
        return
