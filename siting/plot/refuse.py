"""What a figure says when a plan does not have what it shows."""

from typing import NoReturn

from siting.errors import InputError, Problem


def refuse(place: str, message: str, remedy: str) -> NoReturn:
    """Raise the one problem that stands in the way of a figure."""
    raise InputError([Problem(place, None, None, message, remedy)])
