"""What the user types as the value of an option, turned into settings."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

from siting.cli.door import input_error
from siting.errors import InputError, Problem, suggestion
from siting.words import word

if TYPE_CHECKING:
    from siting.scenario import Scenario

MANIFEST = "manifest.json"
YES_NO = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}
CAPITAL_REMEDY = "Write sunk, new, or SIDE=new,SIDE=sunk."


def parse_setting(text: str) -> tuple[str, object]:
    """Read ``KEY=VALUE`` into a setting's name and its value, of the right type.

    Parameters
    ----------
    text
        A key of ``scenario.toml`` and its value; lists are separated by commas and
        a number that may be absent is left blank or ``none``.
    """
    from siting.settings import Policy, Settings

    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        message = word("'{text}' is not of the form KEY=VALUE", text=text)
        raise input_error(message, "For example --set pue=new.", where="--set")
    names = [field.name for field in fields(Settings)]
    if key not in names:
        message = word("there is no setting '{key}'", key=key)
        remedy = suggestion(key, names, "settings")
        if key in [field.name for field in fields(Policy)]:
            remedy = "It is a key of policy.toml: write it there."
        raise input_error(message, remedy, where="--set")
    return key, _typed(key, value, get_type_hints(Settings)[key])


def _typed(key: str, value: str, hint: object) -> object:
    may_be_absent = hint not in (str, bool, int, float, tuple[str, ...])
    if may_be_absent and value.lower() in ("", "none"):
        return None
    if hint is str or hint == str | None:
        return value
    if hint == tuple[str, ...]:
        return tuple(name.strip() for name in value.split(",") if name.strip())
    if hint is bool:
        if value.lower() in YES_NO:
            return YES_NO[value.lower()]
        message = word("'{value}' is neither yes nor no", value=value)
        raise input_error(message, "Write true or false.", where="--set", column=key)
    try:
        return int(value) if hint in (int, int | None) else float(value)
    except ValueError:
        message = word("'{value}' is not a number", value=value)
        raise input_error(
            message, word("For example {key}=8.5.", key=key), where="--set", column=key
        ) from None


def parse_capital(text: str) -> tuple[str, ...]:
    """Read which sides' standing room carries its capital as new room does.

    Parameters
    ----------
    text
        ``sunk``: nowhere. ``new``: in the west, whose room has to be built while
        the eastern room stands. ``SIDE=new,SIDE=sunk``: side by side; a side that
        is not named is sunk.
    """
    if text.strip() == "sunk":
        return ()
    if text.strip() == "new":
        return ("west",)
    sides = []
    for part in text.split(","):
        side, equals, choice = (piece.strip() for piece in part.partition("="))
        if not (side and equals and choice in ("sunk", "new")):
            message = word(
                "'{part}' does not say whose capital is sunk or new", part=part
            )
            raise input_error(message, CAPITAL_REMEDY, where="--capital")
        if choice == "new":
            sides.append(side)
    return tuple(sides)


def gather_settings(
    given: dict[str, object], capital: str | None, assignments: Iterable[str]
) -> dict[str, object]:
    """Collect the settings of one command; an option given twice is an error.

    Parameters
    ----------
    given
        Setting to the value of its own option, ``None`` where not given.
    capital
        The value of ``--capital``.
    assignments
        The values of ``--set``.
    """
    settings = {key: value for key, value in given.items() if value is not None}
    if capital is not None:
        settings["new_sides"] = parse_capital(capital)
    for text in assignments:
        key, value = parse_setting(text)
        if key in settings:
            message = word("the setting '{key}' is given twice", key=key)
            raise input_error(message, "Give it once.", where="--set", column=key)
        settings[key] = value
    return settings


def read_scenario(
    region: str,
    workloads: str | None,
    settings: dict[str, object],
    assignments: Iterable[str],
) -> "Scenario":
    """Load the scenario of a command; what is wrong with an option names the option.

    Parameters
    ----------
    region, workloads
        As the user gave them.
    settings
        Of :func:`gather_settings`.
    assignments
        The values of ``--set``.
    """
    from siting.regions import load

    others = {key: value for key, value in settings.items() if key != "workloads"}
    chosen = chosen_workloads(workloads, settings)
    names = others if chosen is None else {**others, "workloads": chosen}
    with options_named(names, assignments):
        return load(region, workloads=chosen, **others)


def chosen_workloads(workloads: str | None, settings: dict[str, object]) -> str | None:
    """Return the workload set of a command: of its own option, or of ``--set``.

    Parameters
    ----------
    workloads
        The value of ``--workloads``.
    settings
        Of :func:`gather_settings`.

    Raises
    ------
    InputError
        If it is given by both.
    """
    by_set = settings.get("workloads")
    if by_set is None:
        return workloads
    if workloads is not None:
        message = word("the setting '{key}' is given twice", key="workloads")
        raise input_error(message, "Give it once.", where="--set", column="workloads")
    return str(by_set)


@contextmanager
def options_named(
    settings: Iterable[str], assignments: Iterable[str]
) -> Iterator[None]:
    """Name the option where a setting or argument is wrong that was given by one.

    Parameters
    ----------
    settings
        Names of what was given, as the function that takes them has them.
    assignments
        The values of ``--set``.
    """
    options = {key: f"--{key.replace('_', '-')}" for key in settings}
    options |= {"new_sides": "--capital"}
    by_set = {text.partition("=")[0].strip() for text in assignments}
    try:
        yield
    except InputError as error:
        raise InputError(
            replace(found, file="--set", column=found.file)
            if found.file in by_set
            else replace(found, file=options.get(found.file, found.file))
            for found in error.problems
        ) from None


def refuse_for_parts(
    given: dict[str, object], *, solver: str, output: Path | None
) -> None:
    """Refuse options that do not go with workloads in parts.

    Parameters
    ----------
    given
        Option to its value, ``None`` where not given.
    solver
        The value of ``--solver``.
    output
        The value of ``--output``, which is needed.

    Raises
    ------
    InputError
        With every one of them.
    """
    others = [name for name, value in given.items() if value is not None]
    others += ["--solver"] * (solver.casefold() != "highs")
    problems = [
        Problem(name, None, None, "this does not go with --dask", "Leave it out.")
        for name in others
    ]
    if output is None:
        message = "with --dask the plan must be saved"
        problems.append(Problem("--output", None, None, message, "Name a folder."))
    if problems:
        raise InputError(problems)


def refuse_without(needed: str, given: Mapping[str, object]) -> None:
    """Refuse options that do nothing because another one is not given.

    Parameters
    ----------
    needed
        The option that is not given.
    given
        Option to its value; ``None``, ``False`` or an empty list where not given.

    Raises
    ------
    InputError
        With every one of them.
    """
    remedy = word("Add {needed}, or leave this out.", needed=needed)
    problems = [
        Problem(
            option,
            None,
            None,
            word("this has no effect without {needed}", needed=needed),
            remedy,
        )
        for option in those_given(given)
    ]
    if problems:
        raise InputError(problems)


def those_given(options: Mapping[str, object]) -> list[str]:
    """Name the options that are given.

    Parameters
    ----------
    options
        Option to its value; ``None``, ``False`` or an empty list where not given.
    """
    return [
        option
        for option, value in options.items()
        if not (value is None or value is False or value == [])
    ]


def check_plan(folder: Path) -> None:
    """Check that there is a plan in a folder.

    Raises
    ------
    InputError
        If there is none.
    """
    if not (folder / MANIFEST).is_file():
        message = word(
            "there is no plan in '{folder}' (no {file})", folder=folder, file=MANIFEST
        )
        remedy = "Name a folder that siting solve --output has made."
        raise input_error(message, remedy, where="OUT")
