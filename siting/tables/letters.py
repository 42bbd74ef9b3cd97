"""The letters of a column of text, end to end, as they lie in memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def letters(column: "pd.Series[Any] | pa.ChunkedArray") -> Iterator[NDArray[np.uint8]]:
    """Give the UTF-8 bytes of all cells, part by part.

    Parameters
    ----------
    column
        Text without missing cells.
    """
    text = pa.table({"text": column})["text"].cast(pa.large_string())
    for chunk in text.chunks:
        ends = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset :]
        cells = memoryview(chunk.buffers()[2])[ends[0] : ends[len(chunk)]]
        yield np.asarray(cells).view(np.uint8)
