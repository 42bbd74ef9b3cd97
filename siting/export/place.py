"""Files and folders that appear whole or not at all."""

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import InputError, Problem
from siting.tables.save import put_in_place
from siting.words import word

if TYPE_CHECKING:
    from siting.plan import Plan

MARK = "export.json"
FORMAT = "siting-export"


@contextmanager
def whole(path: str | Path, *, folder: bool, overwrite: bool) -> Iterator[Path]:
    """Give a place beside the target to write to; rename it at the end.

    Parameters
    ----------
    path : str or Path
        The target.
    folder : bool
        Whether it is a folder.
    overwrite : bool
        Replace a file, or a folder that an export has made.

    Yields
    ------
    Path
        What to write.

    Raises
    ------
    InputError
        If the place is taken or cannot be written.
    """
    target = Path(path).absolute()
    check_free(target, folder=folder, overwrite=overwrite)
    beside = target.with_name(f".{uuid.uuid4().hex}{'' if folder else target.suffix}")
    try:
        (beside if folder else beside.parent).mkdir(parents=True, exist_ok=True)
        yield beside
        if folder:
            put_in_place(beside, target)
        else:
            beside.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        message = word("The export could not be written: {reason}", reason=reason)
        remedy = "Check the place, its free space and permissions."
        raise refused(target, message, remedy) from error
    finally:
        if folder:
            shutil.rmtree(beside, ignore_errors=True)
        else:
            beside.unlink(missing_ok=True)


def write_mark(plan: "Plan", folder: Path, kind: str) -> None:
    """Write where a folder of an export comes from."""
    facts = {"format": FORMAT, "kind": kind, "manifest": plan.manifest}
    write_json(facts, folder / MARK)


def write_json(value: Any, path: Path) -> None:
    """Write strict JSON in UTF-8."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def refused(place: object, message: str, remedy: str) -> InputError:
    """Build the error of an export that is not made."""
    return InputError([Problem(str(place), None, None, message, remedy)])


def check_free(target: Path, *, folder: bool, overwrite: bool) -> None:
    """Refuse a place that is taken by something that may not be replaced."""
    if not target.exists() and not target.is_symlink():
        return
    if target.is_symlink() or target.is_dir() != folder:
        what = "folder" if folder else "file"
        raise refused(
            target,
            word("The place is not a {what}", what=word(what)),
            "Name another place.",
        )
    if folder and not any(target.iterdir()):
        return
    if folder and not _is_export(target):
        message = "The folder holds something that no export has made"
        raise refused(target, message, "Name another place.")
    if not overwrite:
        remedy = "Allow overwriting, or name another place."
        what = "There is an export already" if folder else "There is a file already"
        raise refused(target, what, remedy)


def _is_export(folder: Path) -> bool:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(mark, dict) and mark.get("format") == FORMAT
