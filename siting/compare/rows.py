"""Rows of a table as dicts."""

from typing import Any

import pandas as pd


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table as dicts by column."""
    return [
        {str(key): value for key, value in row.items()}
        for row in table.to_dict("records")
    ]
