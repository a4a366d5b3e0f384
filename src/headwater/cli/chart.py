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
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("of these …", no_wrap=True)
    table.add_column("size", justify="right")
    for number in range(1, len(overlap.names) + 1):
        table.add_column(f"… in {number}", justify="right", no_wrap=True)
    for row, name in enumerate(overlap.names):
        cells = [_cell(overlap, row, column) for column in range(len(overlap.names))]
        table.add_row(f"{row + 1} {name}", f"{overlap.sizes[row]:,}", *cells)
    out.print(table)


def _cell(overlap: Overlap, row: int, column: int) -> Text:
    share = overlap.shares[row, column]
    if row == column or np.isnan(share):
        return Text("·", style="dim")
    shade = SHADES[min(len(SHADES) - 1, int(share * len(SHADES)))]
    return Text(f"{overlap.counts[row, column]:,} {share:>4.0%} {shade * 2}")
