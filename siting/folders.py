"""Where results go: what in a place may be replaced, and how that is done.

Overwriting only ever replaces what this package wrote: where a folder holds anything
else, nothing is written, and what else it holds is named. A result is written beside
its place and renamed: it is there whole or not at all.
"""

import json
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from siting.errors import InputError, Problem, quoted
from siting.words import word

CHECKSUMS, MANIFEST, PLAN_FORMAT = "checksums.txt", "manifest.json", "siting-plan"
# What the operating system strews about, and no one misses.
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
SHOWN_FILES = 3

finished: ContextVar[list[Path] | None] = ContextVar("finished", default=None)
"""Takes the path of everything that has got its place, if it is set."""

_unfinished: set[Path] = set()
_renaming = threading.Lock()


@dataclass(frozen=True)
class Kind:
    """One kind of folder.

    Attributes
    ----------
    own : callable
        The files of a folder, as relative POSIX paths, that the package wrote as such
        a folder; none where it is no such folder.
    there : str
        What to say where one is there already.
    foreign : str
        What to say where ``names`` are there that are not its own.
    """

    own: Callable[[Path], Collection[str]]
    there: str
    foreign: str


NEW = Kind(
    lambda _: (),
    there="the folder is not empty",
    foreign="the folder is not empty, it holds {names}",
)


@contextmanager
def new_folder(path: str | Path, kind: Kind, *, overwrite: bool) -> Iterator[Path]:
    """Give a folder to write in; it gets its place at the end.

    Parameters
    ----------
    path : str or Path
        The place.
    kind : Kind
        What the folder will be.
    overwrite : bool
        Whether one of the kind that is there may be replaced.

    Raises
    ------
    InputError
        If the place is taken or cannot be written.
    """
    target = Path(path).absolute()
    check_folder(target, kind, overwrite=overwrite)
    with _written(target), _beside(target) as beside:
        beside.mkdir(parents=True)
        yield beside
        # Something may have come in the meantime.
        check_folder(target, kind, overwrite=overwrite)
        with _renaming:
            _swap(beside, target)
            _finish(target)


@contextmanager
def new_file(path: str | Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a file to write, of the same suffix; it gets its place at the end.

    Parameters
    ----------
    path : str or Path
        The place.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If the place is taken or cannot be written.
    """
    target = Path(path).absolute()
    check_file(target, overwrite=overwrite)
    with _written(target), _beside(target) as beside:
        beside.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with _renaming:
            beside.replace(target)
            _finish(target)


@contextmanager
def stop_writing() -> Iterator[None]:
    """Take away what is half written, and let nothing get its place meanwhile.

    For a process that is about to end while another thread writes.
    """
    with _renaming:
        for path in list(_unfinished):
            _remove(path)
        yield


def check_folder(path: str | Path, kind: Kind, *, overwrite: bool) -> None:
    """Refuse a place where a folder cannot be written without a loss.

    Parameters
    ----------
    path : str or Path
        The place.
    kind : Kind
        What the folder will be.
    overwrite : bool
        Whether one of the kind that is there may be replaced.

    Raises
    ------
    InputError
        If something is there that may not be replaced, or nothing can be written.
    """
    target = Path(path)
    with _written(target):
        if target.is_symlink():
            refuse("there is a link in this place", target)
        if target.exists():
            _check_inside(target, kind, overwrite=overwrite)
        check_around(target)


def check_file(path: str | Path, *, overwrite: bool) -> None:
    """Refuse a place where a file cannot be written without a loss.

    Parameters
    ----------
    path : str or Path
        The place.
    overwrite : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If something is there that may not be replaced, or nothing can be written.
    """
    target = Path(path)
    with _written(target):
        if target.is_symlink():
            refuse("there is a link in this place", target)
        if target.is_dir():
            refuse("there is a folder in this place", target)
        if target.exists() and not overwrite:
            refuse("there is a file already", target, _add_overwrite())
        check_around(target)


def check_around(path: str | Path) -> None:
    """Refuse a place inside a saved plan, or where nothing can be written.

    Parameters
    ----------
    path : str or Path
        Where something is to be written, whatever is there.

    Raises
    ------
    InputError
        If it cannot.
    """
    target = Path(path)
    with _written(target):
        above = target.absolute().parents
        for folder in above:
            if is_plan(folder):
                message = word(
                    "the place is inside the saved plan '{plan}'", plan=folder
                )
                refuse(message, target, "Name a place outside of it.")
        nearest = next(parent for parent in above if parent.exists())
        with tempfile.TemporaryDirectory(dir=nearest, prefix=".siting-"):
            pass


def is_plan(folder: Path) -> bool:
    """Whether a plan was saved as this folder."""
    if not all((folder / name).is_file() for name in (MANIFEST, CHECKSUMS)):
        return False
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(manifest, dict) and manifest.get("format") == PLAN_FORMAT


def foreign(folder: Path, own: Collection[str]) -> list[str]:
    """List what is in a folder and not its own, but for what is of no worth.

    Parameters
    ----------
    folder : Path
    own : collection of str
        Relative POSIX paths.
    """
    found = []
    for place, folders, files in os.walk(folder, onerror=_raise):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        names = [name for name in (*files, *links) if name not in LITTER]
        found += [(here / name).relative_to(folder).as_posix() for name in names]
        if not (folders or files or here == folder):
            found.append(f"{here.relative_to(folder).as_posix()}/")
    return sorted(set(found).difference(own))


def refuse(
    message: str, place: object, remedy: str = "Name another place."
) -> NoReturn:
    """Raise the error of something that is not written."""
    raise InputError([Problem(str(place), None, None, message, remedy)])


def _check_inside(target: Path, kind: Kind, *, overwrite: bool) -> None:
    if not target.is_dir():
        refuse("there is a file in this place", target)
    own = kind.own(target)
    others = foreign(target, own)
    if others:
        message = word(kind.foreign, names=quoted(others, most=SHOWN_FILES))
        remedy = "Move what is not to be lost elsewhere, or name another place."
        refuse(message, target, remedy)
    if own and not overwrite:
        refuse(kind.there, target, _add_overwrite())


def _add_overwrite() -> str:
    return word("Add --overwrite (overwrite=True), or name another place.")


@contextmanager
def _written(target: Path) -> Iterator[None]:
    """Name the place where the operating system does not let it be written."""
    try:
        yield
    except OSError as error:
        message = word(
            "it cannot be written ({reason})",
            reason=error.strerror or type(error).__name__,
        )
        remedy = "Check the place, its free space and permissions."
        refuse(message, target, remedy)


def _raise(error: OSError) -> None:
    raise error


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Name a place beside another one, of the same suffix; in the end it is empty."""
    path = target.with_name(f".{target.stem}-{uuid.uuid4().hex}{target.suffix}")
    _unfinished.add(path)
    try:
        yield path
    finally:
        _remove(path)
        _unfinished.discard(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _finish(target: Path) -> None:
    paths = finished.get()
    if paths is not None:
        paths.append(target)


def _swap(beside: Path, target: Path) -> None:
    """Put a finished folder in place of what is there, or leave that untouched."""
    old = beside.with_name(f"{beside.name}.old")
    there = target.exists()
    if there:
        target.rename(old)
    try:
        beside.rename(target)
    except BaseException:
        if there:
            old.rename(target)
        raise
    if there:
        shutil.rmtree(old, ignore_errors=True)
