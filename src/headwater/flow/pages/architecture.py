"""The page of the architecture: the stages of a run, and the rooms in the order in which they may import."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

import headwater
from headwater.flow.batch import Stage
from headwater.flow.pages.markdown import first_paragraph, grid, page


def architecture_page(stages: Sequence[Stage], layers: Sequence[Sequence[str]]) -> str:
    """The stages of a run, and the rooms in the order in which they may import."""
    run = [(f"`{stage.name}`", stage.does, _linked(stage.reads), _linked(stage.writes)) for stage in stages]
    meanings = {room: room_meaning(room) for layer in layers for room in layer}
    rooms = [(f"`{room}`", meaning) for room, meaning in meanings.items() if meaning]
    parts = [
        "## A full run",
        grid(("stage", "does", "reads", "writes"), run),
        "## The rooms",
        "A room imports only rooms above it here: contracts in `pyproject.toml` that `make check` proves.",
        grid(("room", "what it is"), rooms),
    ]
    return page(
        "Architecture", "Data flows one way, and folders, tables and imports stand in its order.", *parts
    )


def declared_layers(pyproject: Path) -> list[list[str]]:
    """The rooms, lowest first; those side by side in one list."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[name.strip(" ()") for name in layer.split("|")] for layer in reversed(layers)]


def room_meaning(room: str) -> str:
    """The first paragraph of a room's docstring; empty if there is no such room yet."""
    for root in headwater.__path__:
        file = Path(root) / room / "__init__.py"
        if file.is_file():
            return first_paragraph(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))
    return ""


def _linked(tables: Iterable[str]) -> str:
    return ", ".join(f"[{name}](tables/{name}.md)" for name in tables)
