"""What every command does at its end: exit codes, messages, machine output."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from siting.errors import Infeasible, InputError, Problem, SitingError, quoted
from siting.folders import finished, stop_writing
from siting.words import word

if TYPE_CHECKING:
    from pathlib import Path

BAD_INPUT = 2
INTERRUPTED = 130
PIPE_CLOSED = 141
SHOWN_PROBLEMS = 50
SHOWN_RANGES = 5


class StillRunning(KeyboardInterrupt):
    """Ctrl-C while a worker thread is inside the solver and cannot be stopped."""


@contextmanager
def guard(as_json: bool = False) -> Iterator[None]:
    """Turn every expected fault of a command into a message and an exit code.

    Parameters
    ----------
    as_json
        Whether the fault is also written to standard output as one JSON object.
    """
    written: list[Path] = []
    finished.set(written)
    try:
        yield
    except InputError as error:
        tell_problems(error.problems)
        leave(error.exit_code, "bad input", problems=error.problems, json=as_json)
    except Infeasible as error:
        heading("infeasible", "no plan meets all limits together.")
        typer.echo(error.explanation, err=True)
        report = None if error.report is None else error.report.to_dict()
        leave(
            error.exit_code,
            "infeasible",
            text=error.explanation,
            json=as_json,
            report=report,
        )
    except SitingError as error:
        heading("error", str(error))
        leave(error.exit_code, type(error).__name__, text=str(error), json=as_json)
    except BrokenPipeError:
        _mute()
        raise typer.Exit(PIPE_CLOSED) from None
    except OSError as error:
        text = describe(error)
        heading("error", text)
        try:
            leave(BAD_INPUT, "operating system", text=text, json=as_json)
        except OSError:
            # It is standard output that cannot be written.
            _mute()
            raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt as error:
        if isinstance(error, StillRunning):
            # The solver does not return to Python before it is done.
            with stop_writing():
                _tell_stopped(written)
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(INTERRUPTED)
        _tell_stopped(written)
        raise typer.Exit(INTERRUPTED) from None


def _mute() -> None:
    """Let standard output go nowhere, so that Python's last flush finds no fault."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _tell_stopped(written: "Sequence[Path]") -> None:
    text = word("stopped: nothing was written.")
    # What is part of another result has gone to its place with it.
    paths = [str(path) for path in written if path.exists()]
    if paths:
        text = word("stopped: only {paths} was written.", paths=quoted(paths))
    typer.echo("\n" + text, err=True)


def heading(head: str, text: str, *, colour: str = "red") -> None:
    """Write a line to standard error that starts with a word in colour."""
    # See https://no-color.org.
    plain = False if os.environ.get("NO_COLOR") else None
    typer.secho(
        f"{word(head)}: ", err=True, fg=colour, bold=True, nl=False, color=plain
    )
    typer.echo(word(text), err=True)


def describe(error: OSError) -> str:
    """Say in one line what the operating system refused, and where."""
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{(error.strerror or str(error)).lower()}."


def tell_problems(problems: Sequence[Problem]) -> None:
    """Write the problems of an input, with their remedies, to standard error."""
    count = len(problems)
    plural = "s" * (count > 1)
    told = word("{count} problem{plural} in the input.", count=count, plural=plural)
    heading("error", told)
    _list(problems)


def tell_warnings(warnings: Sequence[Problem]) -> None:
    """Write what is odd in an input, but not wrong, to standard error."""
    count = len(warnings)
    if count:
        plural = "ies" if count > 1 else "y"
        text = word("{count} oddit{plural} in the input.", count=count, plural=plural)
        heading("warning", text, colour="yellow")
        _list(warnings)


def noted(warnings: Sequence[Problem]) -> dict[str, object]:
    """Say the same for a machine."""
    return {"warnings": [asdict(warning) for warning in warnings]}


def _list(problems: Sequence[Problem]) -> None:
    """Write problems; one that many lines share is written once."""
    lines: dict[Problem, list[int]] = {}
    for problem in problems:
        rows = lines.setdefault(replace(problem, row=None), [])
        rows += [] if problem.row is None else [problem.row]
    for problem, rows in list(lines.items())[:SHOWN_PROBLEMS]:
        column = "" if problem.column is None else f" {problem.column}:"
        message = word("{message}.", message=problem.message.rstrip(".。"))
        typer.echo(f"{problem.file}{_ranges(rows)}:{column} {message}", err=True)
        if problem.remedy:
            typer.echo(f"    {problem.remedy}", err=True)
    if len(lines) > SHOWN_PROBLEMS:
        rest = len(lines) - SHOWN_PROBLEMS
        typer.echo(word("... and {rest} more (--json: all).", rest=rest), err=True)


def _ranges(rows: list[int]) -> str:
    """Write line numbers briefly: ``:3``, ``:3-9,12`` or ``:3,5,... (40 lines)``."""
    if not rows:
        return ""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    told = [f"{a}" if a == b else f"{a}-{b}" for a, b in runs[:SHOWN_RANGES]]
    if len(runs) > SHOWN_RANGES:
        told.append(word("... ({count} lines)", count=len(rows)))
    return ":" + ",".join(told)


def leave(exit_code: int, fault: str, *, json: bool, **parts: Any) -> NoReturn:
    """End the command; for machines, say why in one JSON object.

    Raises
    ------
    typer.Exit
        Always.
    """
    if json:
        tell_json(exit_code, fault, **parts)
    raise typer.Exit(exit_code)


def tell_json(
    exit_code: int,
    fault: str,
    *,
    text: str = "",
    problems: Sequence[Problem] | None = None,
    report: dict[str, object] | None = None,
) -> None:
    """Say in one JSON object why a command ends."""
    facts: dict[str, object] = {"ok": False, "exit_code": exit_code, "fault": fault}
    if text:
        facts["message"] = text
    if problems is not None:
        facts["problems"] = [asdict(problem) for problem in problems]
    if report is not None:
        facts["report"] = report
    write_json(facts)


def write_json(report: object) -> None:
    """Write one JSON object, and nothing else, to standard output."""
    typer.echo(json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False))


def input_error(
    message: str, remedy: str, *, where: str, column: str | None = None
) -> InputError:
    """Build the error of an option: it reads as a fault in a file does."""
    return InputError([Problem(where, None, column, message, remedy)])
