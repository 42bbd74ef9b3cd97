"""Libraries that only some installations have."""

from importlib import import_module
from types import ModuleType

from siting.errors import InputError, Problem
from siting.words import word


def require(module: str, extra: str) -> ModuleType:
    """Import an optional library, or say how to get it.

    Parameters
    ----------
    module : str
        The library.
    extra : str
        The optional part of siting that brings it.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != module.split(".")[0]:
            raise
        install = (
            'Install it: python -m pip install "siting[{extra}]"; in a copy of the '
            'sources, ".[{extra}]" instead.'
        )
        remedy = word(install, extra=extra)
        message = "This needs a library that is not installed"
        raise InputError([Problem(module, None, None, message, remedy)]) from error
