"""Positions of names, and numbers for rows that are alike."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

# Codes are combined by multiplication up to this many, then made dense again.
MOST_CODES = 2**40
# Codes are counted in a table up to this many for each row, else hashed.
MOST_SPARSE = 4


def positions(index: "pd.Index[str]", names: Iterable[str]) -> np.ndarray:
    """Position of each name in an index; -1 where it is not there."""
    listed = names
    if not isinstance(listed, pd.Series | pd.Index):
        listed = pd.Index(np.asarray(names, dtype=object))
    # Looking up the few distinct names is what makes a million rows cheap.
    code, known = pd.factorize(listed)
    if not len(known):
        return np.full(len(code), -1)
    wanted = pd.Index(np.asarray(known, dtype=object))
    found = np.append(index.get_indexer(wanted), -1)
    return np.asarray(found[code])


def position(index: "pd.Index[str]", name: str) -> int:
    """Position of one name that is in the index once."""
    return int(positions(index, [name])[0])


def number(*columns: "np.ndarray | pd.Series") -> np.ndarray:
    """Give the distinct rows of some columns numbers from 0.

    Parameters
    ----------
    *columns : ndarray or Series of shape (rows,)
        Of any kind that pandas can factorise; cells may be tuples.

    Returns
    -------
    ndarray of int of shape (rows,)
        Numbers in the order of first appearance.
    """
    code = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        part, count = _codes(column)
        if count <= 1:
            continue
        if size * count > MOST_CODES:
            code, known = pd.factorize(code)
            size = len(known)
        code *= count
        code += part
        size *= count
    if size > MOST_SPARSE * max(1, len(code)):
        return np.asarray(pd.factorize(code)[0])
    first = np.full(size, len(code))
    first[code[::-1]] = np.arange(len(code))[::-1]
    known = np.flatnonzero(first < len(code))
    dense = np.empty(size, dtype=np.int64)
    dense[known[np.argsort(first[known])]] = np.arange(len(known))
    return dense[code]


def number_sets(
    owner: np.ndarray, count: int, *columns: "np.ndarray | pd.Series"
) -> np.ndarray:
    """Give owners of equal sets of rows the same number.

    Parameters
    ----------
    owner : ndarray of int of shape (rows,)
    count : int
        Of owners.
    *columns : ndarray or Series of shape (rows,)
        As for :func:`number`.

    Returns
    -------
    ndarray of int of shape (count,)
    """
    # 0 stands for no row.
    code = 1 + number(*columns)
    order = np.lexsort((code, owner))
    code = code[order]
    length = np.bincount(owner, minlength=count)
    begin = np.cumsum(length) - length
    found = np.zeros(count, dtype=int)
    for turn in range(int(length.max(initial=0))):
        more = np.zeros(count, dtype=int)
        some = np.flatnonzero(length > turn)
        more[some] = code[begin[some] + turn]
        found = number(found, more)
    return found


def _codes(column: "np.ndarray | pd.Series") -> tuple[np.ndarray, int]:
    """Codes of one column, and how many there are."""
    if isinstance(column, np.ndarray) and column.strides == (0,):
        # One cell stands for all rows.
        return np.zeros(0, dtype=np.int64), 1
    is_object = isinstance(column, np.ndarray) and column.dtype == object
    if is_object and not any(column):
        return np.zeros(0, dtype=np.int64), 1
    if isinstance(column, np.ndarray) and column.dtype == bool:
        return column.astype(np.int64), 2
    if isinstance(column, np.ndarray) and column.dtype.kind == "i" and len(column):
        least, most = int(column.min()), int(column.max())
        if least >= 0 and most <= len(column):
            return column, most + 1
    part, known = pd.factorize(column, use_na_sentinel=False)
    return part, len(known)


def first_of(group: np.ndarray) -> np.ndarray:
    """Position of the first member of each group, in the order of the numbers."""
    first = np.full(int(group.max(initial=-1)) + 1, len(group))
    # The last of several assignments counts.
    first[group[::-1]] = np.arange(len(group))[::-1]
    return first


def repeated(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Repeat each row so many times; give the row and the turn of each repeat."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
