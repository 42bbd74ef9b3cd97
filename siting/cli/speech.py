"""The language of a command: ``--lang``, else the locale; and its help in it."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from siting.cli.door import BAD_INPUT, tell_json, tell_problems
from siting.errors import InputError, Problem
from siting.language import language, of_locale
from siting.words import word

# The command-line library has no public name for it in all its releases.
_USAGE_ERROR: Any = typer.BadParameter.__base__


def _speak(context: typer.Context, lang: str | None) -> None:
    try:
        context.with_resource(language(lang))
    except InputError as error:
        tell_problems(error.problems)
        raise typer.Exit(BAD_INPUT) from None


def _option(**traits: Any) -> Any:
    return typer.Option(
        "--lang",
        help="Language, en or zh; else that of the locale.",
        metavar="LANGUAGE",
        callback=_speak,
        is_eager=True,
        expose_value=False,
        show_default=False,
        **traits,
    )


Chosen = Annotated[str | None, _option()]
OfLocale = Annotated[str, _option(default_factory=of_locale)]


def spoken(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option ``--lang``."""

    @wraps(command)
    def run(*, lang: None = None, **options: Any) -> None:
        command(**options)

    own = inspect.signature(command)
    lang = inspect.Parameter(
        "lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Chosen
    )
    signature = own.replace(parameters=[*own.parameters.values(), lang])
    vars(run)["__signature__"] = signature
    run.__annotations__ = command.__annotations__ | {"lang": Chosen}
    return run


def _said(context: typer.Context, *commands: Any) -> None:
    for command in commands:
        command.help = word(command.help or "")
        for parameter in command.get_params(context):
            for text in ("help", "rich_help_panel"):
                if getattr(parameter, text, None):
                    setattr(parameter, text, word(getattr(parameter, text)))


def _language_first(args: list[str]) -> list[str]:
    """Put ``--lang`` before other options: the help that follows is in its words."""
    for place, text in enumerate(args):
        if text == "--":
            break
        if text == "--lang" or text.startswith("--lang="):
            end = place + 1 + ("=" not in text)
            return args[place:end] + args[:place] + args[end:]
    return args


class SpokenCommand(TyperCommand):
    """A command whose help is said in the language being spoken."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the options; for machines, say in JSON what is wrong with them."""
        as_json = "--json" in args
        args = _language_first(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except _USAGE_ERROR as error:
            if as_json:
                where = str(info_name)
                problem = Problem(where, None, None, error.format_message(), "")
                tell_json(BAD_INPUT, "bad input", problems=[problem])
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _said(ctx, self)
        super().format_help(ctx, formatter)


class SpokenGroup(TyperGroup):
    """The commands together, likewise."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        _said(ctx, self, *self.commands.values())
        super().format_help(ctx, formatter)
