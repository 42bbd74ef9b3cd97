"""The letters of a column of text, end to end, as they lie in memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def text_of(column: "pd.Series[Any]") -> pa.ChunkedArray:
    """Return a column of text without missing cells as Arrow holds it."""
    # Without the index: Arrow asks a Series for attributes, and it would look for
    # them among a million names.
    bare = column.reset_index(drop=True)
    return pa.table({"text": bare})["text"].cast(pa.large_string())


def letters(text: pa.ChunkedArray) -> Iterator[NDArray[np.uint8]]:
    """Give the UTF-8 bytes of all cells, part by part.

    Parameters
    ----------
    text
        As :func:`text_of` gives it.
    """
    for chunk in text.chunks:
        ends = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset :]
        cells = memoryview(chunk.buffers()[2])[ends[0] : ends[len(chunk)]]
        yield np.asarray(cells).view(np.uint8)
