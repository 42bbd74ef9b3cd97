"""What a scenario was, in one hash for each table."""

import hashlib
import json
from dataclasses import asdict

import pandas as pd

from siting.scenario import Scenario
from siting.tables.dictionary import TABLES


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
    digest = hashlib.sha256()
    for column in sorted(frame.columns):
        values = frame[column]
        if values.dtype == object:
            # Lists of ids become text, so that every column can be hashed.
            values = values.map(repr)
        hashes = pd.util.hash_pandas_object(values, index=False)
        digest.update(str(column).encode())
        digest.update(hashes.to_numpy().tobytes())
    return digest.hexdigest()
