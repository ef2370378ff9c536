"""Only one run writes into a folder at a time, and no run writes while a restore reads it. A kill leaves no lock.

The lock is flock(2) on the folder itself. So no lock file can be left, and a read-only folder can be locked. The kernel
releases the lock when the process ends, however it ends. On most network file systems Linux keeps a folder's lock within
the machine: runs on two machines do not see each other's locks.
"""

from __future__ import annotations

from cvaction.archive.errors import BusyError


def lock(descriptor: int, shown: str, *, shared: bool) -> None:
    """Lock an open folder until its descriptor is closed; raises BusyError at once if another run has the lock.

    A file system without locks is no error: such a folder is used without a lock.
    """
    import fcntl  # noqa: PLC0415 - only where a folder is locked; Windows has none

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = f"another run {'writes into' if shared else 'uses'} `{shown}` at this moment"
        raise BusyError(msg) from None
    except OSError:
        return
