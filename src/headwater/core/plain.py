"""What JSON has no word for, in its words: records are objects, instants ISO 8601 (UTC if without zone), sets lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime

import numpy as np


def plain(value: object) -> object:
    """As `default` of `json.dumps`.

    >>> plain(datetime(2026, 3, 1, 12))
    '2026-03-01T12:00:00Z'
    """
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat() + ("Z" if isinstance(value, datetime) and value.tzinfo is None else "")
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
