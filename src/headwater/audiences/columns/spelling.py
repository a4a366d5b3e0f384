r"""Lists of texts as one text each, the same for equal lists and for no others: Arrow codes texts, and no lists.

Each item ends in a line break; a line break or backslash in an item has a backslash before it, and NULL is `\0`. So the
empty list is the empty text, and no list is NULL.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ESCAPES = (("\\", "\\\\"), ("\n", "\\\n"))
_NULL, _END = "\\0", "\n"


def spelled(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    r"""Lists, shape (rows,), as texts, shape (rows,).

    >>> spelled(pa.chunked_array([[["a", None], [], None]])).to_pylist()
    ['a\n\\0\n', '', None]
    """
    return pa.chunked_array([_spelled(chunk) for chunk in lists.chunks], pa.string())


def _spelled(lists: pa.ListArray) -> pa.StringArray:
    items = lists.flatten()  # of NULL: nothing
    for plain, escaped in _ESCAPES:
        items = pc.replace_substring(items, plain, escaped)
    ended = pc.binary_join_element_wise(pc.fill_null(items, _NULL), _END, "")
    ends = np.cumsum(pc.fill_null(lists.value_lengths(), 0).to_numpy(zero_copy_only=False), dtype=np.int32)
    offsets = pa.array(np.concatenate([np.zeros(1, np.int32), ends]))
    texts = pc.binary_join(pa.ListArray.from_arrays(offsets, ended), "")
    return pc.if_else(lists.is_valid(), texts, pa.scalar(None, pa.string()))
