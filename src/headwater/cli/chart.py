"""Drawings in the terminal: bars, and the overlap of audiences as a shaded matrix."""

from __future__ import annotations

import numpy as np
from rich.table import Table
from rich.text import Text

from headwater.audiences.overlap import Overlap
from headwater.cli.output import out

SHADES = (" ", "░", "▒", "▓", "█")


def bar(share: float, width: int = 20) -> str:
    """A bar for a share from 0 to 1.

    >>> bar(0.5, 4)
    '██··'
    """
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "·" * (width - full)


def show_overlap(overlap: Overlap) -> None:
    """Each row an audience; each column says how many of its members are in another, shaded by the share."""
    show_matrix(overlap, "shares")


def show_matrix(overlap: Overlap, measure: str) -> None:
    """Each row an audience; each column how many members it shares with another, and `shares`, `jaccard` or `lift`."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("of these …", no_wrap=True)
    table.add_column("size", justify="right")
    for number in range(1, len(overlap.names) + 1):
        table.add_column(f"… in {number}", justify="right", no_wrap=True)
    for row, name in enumerate(overlap.names):
        cells = [_cell(overlap, measure, row, column) for column in range(len(overlap.names))]
        table.add_row(f"{row + 1} {name}", f"{overlap.sizes[row]:,}", *cells)
    out.print(table)


def _cell(overlap: Overlap, measure: str, row: int, column: int) -> Text:
    value = float(getattr(overlap, measure)[row, column])
    if row == column or np.isnan(value):
        return Text("·", style="dim")
    full = value / (value + 1) if measure == "lift" else value  # as often as by chance is half
    shade = SHADES[min(len(SHADES) - 1, int(full * len(SHADES)))]
    told = f"{value:>5.2f}" if measure == "lift" else f"{value:>4.0%}"
    return Text(f"{overlap.counts[row, column]:,} {told} {shade * 2}")
