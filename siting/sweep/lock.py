"""One writer at a time: a lock on a folder that ends with its process."""

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.sweep.distributions import refused
from siting.words import word

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
# What file systems say that know no locks, some of those on networks among them.
_UNKNOWN = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}

logger = logging.getLogger(__name__)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other writers out of a folder.

    The operating system holds the lock, so that none outlives the process that is
    killed. The file itself stays: to remove it could take a new writer's lock away.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputError
        If another process, or another sweep of this one, writes there.
    """
    with (folder / LOCK).open("ab") as stream:
        held = _take(stream.fileno(), folder)
        try:
            yield
        finally:
            if held:
                _release(stream.fileno())


def _take(handle: int, folder: Path) -> bool:
    """Take the lock; False where the file system has none."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            message = word("another sweep writes in '{folder}'", folder=folder)
            remedy = "Wait for its end and resume, or name another folder."
            raise refused(message, remedy) from None
        if error.errno not in _UNKNOWN:
            raise
        logger.warning("no locks in %s (%s): start one sweep only", folder, error)
        return False
    return True


def _release(handle: int) -> None:
    """Give it back at once, whoever has inherited the file."""
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_UN)
