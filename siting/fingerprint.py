"""What a scenario was, in one hash for each table."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from siting.scenario import Scenario
from siting.tables.dictionary import TABLES
from siting.tables.letters import letters, text_of


def fingerprint(scenario: Scenario) -> dict[str, str]:
    """Hash settings, policy and every table that has rows.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to str
        From the table's name to the SHA-256 of its columns and values; equal for equal
        content, whatever file format it came from.
    """
    found = {
        "settings": _of_text(json.dumps(asdict(scenario.settings), sort_keys=True)),
        "policy": _of_text(json.dumps(asdict(scenario.policy), sort_keys=True)),
    }
    for name in TABLES:
        frame = getattr(scenario, name)
        if len(frame):
            found[name] = table_hash(frame)
    return found


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def table_hash(frame: pd.DataFrame) -> str:
    """Hash the columns and values of a table."""
    digest = hashlib.sha256(str(len(frame)).encode())
    for column in sorted(frame.columns):
        digest.update(str(column).encode())
        for part in _parts(frame[column]):
            digest.update(part)
    return digest.hexdigest()


def _parts(values: "pd.Series[Any]") -> Iterator[Any]:
    """Give the bytes of a column, the same however it is laid out in memory."""
    if pd.api.types.is_numeric_dtype(values):
        # With 0.0 added, -0.0 is 0.0.
        yield from _once((values.to_numpy(np.float64) + 0.0).view(np.int64))
        return
    if values.dtype == object:
        # Lists of ids become text.
        codes, known = pd.factorize(values)
        words = pa.array([repr(cell) for cell in known], pa.large_string())
        text = pa.chunked_array([words.take(pa.array(codes))])
    else:
        text = text_of(values)
    yield from _once(pc.utf8_length(text).to_numpy().astype(np.int64))
    yield from letters(text)


def _once(cells: np.ndarray) -> Iterator[np.ndarray]:
    """Give cells, one in place of many that are the same, behind their number."""
    if (cells == cells[:1]).all():
        cells = cells[:1]
    yield np.array(len(cells))
    yield cells
