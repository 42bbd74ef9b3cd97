"""The letters of a column of text, end to end, as they lie in memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def letters(column: "pd.Series[Any]") -> Iterator[NDArray[np.uint8]]:
    """Give the UTF-8 bytes of all cells, part by part.

    Parameters
    ----------
    column
        Text without missing cells.
    """
    # Without the index: Arrow asks a Series for attributes, and it would look for
    # them among a million names.
    bare = column.reset_index(drop=True)
    text = pa.table({"text": bare})["text"].cast(pa.large_string())
    for chunk in text.chunks:
        ends = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset :]
        cells = memoryview(chunk.buffers()[2])[ends[0] : ends[len(chunk)]]
        yield np.asarray(cells).view(np.uint8)
