"""Reads TOML with line numbers of its keys, and writes it."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.tables.findings import Findings
from siting.tables.read import read_bytes
from siting.words import word


@dataclass(frozen=True)
class Keys:
    """Values of a TOML file, or of a mapping, with the place of each.

    Parameters
    ----------
    values
        Keys and values.
    file
        Name of the file in problems.
    text
        The file's text, "" for a mapping.
    """

    values: Mapping[str, Any]
    file: str
    text: str = ""

    def line(self, key: str, section: str = "", number: int = 0) -> int | None:
        """Return the line of a key.

        Parameters
        ----------
        key
            The key; "" for the section itself.
        section
            Name of the array of tables that holds it, "" for the top.
        number
            Which of these tables, from 0.
        """
        name = ""
        count: dict[str, int] = {}
        for place, line in enumerate(self.text.splitlines(), start=1):
            header = re.match(r"\s*\[\[?\s*([^\]\s]+)\s*\]\]?", line)
            if header:
                name = header[1].strip("\"'")
                count[name] = count.get(name, -1) + 1
                if not key and name == section and count[name] == number:
                    return place
            here = name == section and count.get(name, 0) == number
            word = re.match(r"\s*([^=\s]+)\s*=", line)
            if key and here and word and word[1].strip("\"'") == key:
                return place
            if not section and name == key:
                return place
        return None


def read_toml(path: Path, file: str, findings: Findings) -> Keys:
    """Return the keys of a TOML file; none where there is no file."""
    if not path.exists() and not path.is_symlink():
        return Keys({}, file)
    data = read_bytes(path, file, findings)
    if data is None:
        findings.broken.add(file)
        return Keys({}, file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "the file is not text in UTF-8"
        findings.add(file, message, "Save it as UTF-8.", row=line)
        findings.broken.add(file)
        return Keys({}, file)
    try:
        return Keys(tomllib.loads(text), file, text)
    except (ValueError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        reason = str(error)[: place.start()] if place else str(error)
        findings.add(
            file,
            word(
                "the file is not TOML: {reason}",
                reason=reason[0].lower() + reason[1:],
            ),
            'Write key = value, with text in "quotation marks" and no units.',
            row=int(place[1]) if place else None,
        )
        findings.broken.add(file)
    return Keys({}, file)


def toml_value(value: object) -> str:
    """Return a value as TOML writes it.

    >>> toml_value(["a", 1.5, True])
    '["a", 1.5, true]'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    return repr(value)
