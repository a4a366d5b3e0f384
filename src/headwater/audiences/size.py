"""How many profiles a rule takes in: a saved rule, or one being tried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.audiences.evaluate import Named, Tables, evaluate, referred
from headwater.audiences.rule import Rule
from headwater.engine.bitmaps import count


@dataclass(frozen=True)
class _Tried:
    rule: Rule


def size(rule: Rule, workspace: Tables, audiences: Mapping[str, Named] | None = None) -> int:
    """How many profiles meet a rule now.

    Audiences it refers to are evaluated too, if they are among `audiences`; of others the stored members count.
    """
    known = audiences or {}
    tried: dict[str, Named] = {name: known[name] for name in referred([rule], known)}
    # No file can have the empty name, so it is free for the rule itself.
    return count(evaluate({**tried, "": _Tried(rule)}, workspace).sets[""])
