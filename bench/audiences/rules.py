"""Audiences as a team has them: two hundred rules over a hundred and forty conditions that many of them share.

Rules are plain data, as YAML says them, so that `baselines` can read them without Headwater.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench.audiences.shape import (
    BRANDS,
    CATEGORIES,
    CHANNELS,
    DEPARTMENTS,
    EVENTS,
    OF_PRODUCTS,
    PRODUCTS,
    TRAITS,
)

Rule = dict[str, Any]  # as YAML says it
N_AUDIENCES = 200
N_LEAVES = 140
DAYS = (1, 3, 7, 14, 30, 45, 60, 90)
# What each kind of condition makes up of all.
_KINDS = {
    "event": 14,
    "category": 26,
    "product": 8,
    "channel": 10,
    "brand": 10,
    "spent": 8,
    "never": 14,
    "seldom": 5,
    "total": 10,
    "distinct": 8,
    "trait": 27,
}


def audiences(seed: int, n: int = N_AUDIENCES, leaves: int = N_LEAVES) -> dict[str, Rule]:
    """Rules by name of audience."""
    rng = random.Random(f"audiences {seed}")
    pool = _pool(rng, leaves)
    found: dict[str, Rule] = {}
    plain: list[str] = []
    for number in range(n):
        rule = _tree(rng, pool, pool[number : number + 1])
        if number % 20 == 19:
            rule = {"all": [{"in_audience": rng.choice(plain)}, rule]}
        name = _name(rule, found)
        found[name] = rule
        if number % 20 != 19:
            plain.append(name)
    return found


def new_rule(rng: random.Random) -> Rule:
    """A rule nobody has asked before."""
    return _tree(rng, [_leaf(rng) for _ in range(4)], [])


def leaves_of(rule: Rule) -> list[Rule]:
    """The conditions of a rule, with repeats."""
    if "not" in rule:
        return leaves_of(rule["not"])
    for branch in ("all", "any"):
        if branch in rule:
            return [leaf for inner in rule[branch] for leaf in leaves_of(inner)]
    return [rule]


def write_audiences(folder: Path, seed: int) -> None:
    """The audiences as files, one each."""
    folder.mkdir(parents=True, exist_ok=True)
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    for name, rule in audiences(seed).items():
        with (folder / f"{name}.yaml").open("w", encoding="utf-8") as file:
            yaml.dump({"description": name.replace("_", " "), "rule": rule}, file)


def _pool(rng: random.Random, n: int) -> list[Rule]:
    """Different conditions, in the order of how often they are used."""
    pool: list[Rule] = []
    while len(pool) < n:
        leaf = _leaf(rng)
        if leaf not in pool:
            pool.append(leaf)
    return pool


def _tree(rng: random.Random, pool: list[Rule], first: list[Rule]) -> Rule:
    def some(n: int) -> list[Rule]:
        return [pool[int(len(pool) * rng.random() ** 1.6)] for _ in range(n)]

    shape = rng.random()
    picked = [*first, *some(4)]
    if shape < 0.15:
        return picked[0]
    if shape < 0.45:
        return {"all": picked[: rng.randint(2, 3)]}
    if shape < 0.6:
        return {"any": picked[: rng.randint(2, 3)]}
    if shape < 0.75:
        return {"all": [picked[0], {"not": picked[1]}]}
    if shape < 0.9:
        return {"all": [picked[0], {"any": picked[1:3]}]}
    return {"any": [{"all": picked[0:2]}, {"all": [picked[2], {"not": picked[3]}]}]}


def _leaf(rng: random.Random) -> Rule:
    kind = rng.choices(list(_KINDS), list(_KINDS.values()))[0]
    if kind == "trait":
        return _trait(rng)
    within = {"within": {"last": _days(rng)}}
    did = rng.choice(OF_PRODUCTS[:4])
    asked: Rule
    match kind:
        case "event":
            asked = {"did": rng.choice(list(EVENTS)), **_times(rng, 5)}
        case "category":
            asked = {"did": did, "where": {"category": _early(rng, CATEGORIES)}, **_times(rng, 3)}
        case "product":
            asked = {"did": did, "where": {"product_id": _early(rng, PRODUCTS[:300])}}
        case "channel":
            asked = {"did": did, "where": {"channel": rng.choice(list(CHANNELS))}, **_times(rng, 4)}
        case "brand":
            brands = sorted(rng.sample(BRANDS, rng.randint(1, 3)))
            asked = {"did": did, "where": {"brand": brands}, **_times(rng, 3)}
        case "spent":
            least = {"at_least": rng.choice((5, 10, 20, 50))}
            asked = {"did": "purchase", "where": {"department": rng.choice(DEPARTMENTS), "revenue": least}}
        case "never":
            asked = {"did": rng.choice(list(EVENTS)), "exactly": 0}
        case "seldom":
            where = {"department": rng.choice(DEPARTMENTS)}
            asked = {"did": did, "where": where, "at_most": rng.randint(1, 3)}
        case _:
            asked = _measured(rng, kind)
    return {**asked, **within}


def _measured(rng: random.Random, kind: str) -> Rule:
    if kind == "total":
        limit = {rng.choice(("at_least", "less_than")): rng.choice((10, 20.5, 50, 99.99, 200))}
        where = {} if rng.random() < 0.5 else {"where": {"department": rng.choice(DEPARTMENTS)}}
        return {"total": "revenue", "of": "purchase", **where, "is": limit}
    of = rng.choice(("page", "product_view", "purchase"))
    what = rng.choice(("product_id", "category", "brand"))
    return {"distinct": what, "of": of, "is": {"at_least": rng.randint(2, 6)}}


def _trait(rng: random.Random) -> Rule:
    name = rng.choice(list(TRAITS))
    shape = TRAITS[name]
    if rng.random() < 0.1:
        return {"trait": name, "is": {"exists": rng.random() < 0.5}}
    match shape.type:
        case "text":
            few = sorted(rng.sample(shape.values, min(len(shape.values) - 1, rng.randint(1, 3))))
            return {"trait": name, "is": few}
        case "number":
            edge = round(shape.most * rng.random() ** 2, shape.digits)
            return {"trait": name, "is": {rng.choice(("at_least", "at_most", "greater_than")): edge}}
        case "boolean":
            return {"trait": name, "is": {"is_true": rng.random() < 0.7}}
        case _:
            day = f"2026-{rng.randint(1, 6):02d}-{rng.randint(1, 28):02d}"
            return {"trait": name, "is": {rng.choice(("after", "before")): day}}


def _times(rng: random.Random, most: int) -> Rule:
    times = rng.randint(1, most)
    return {"at_least": times} if times > 1 else {}


def _days(rng: random.Random) -> str:
    days = rng.choice(DAYS)
    return "1 day" if days == 1 else f"{days} days"


def _early(rng: random.Random, values: tuple[str, ...]) -> str:
    return values[int(len(values) * rng.random() ** 3)]


def _name(rule: Rule, taken: dict[str, Rule]) -> str:
    words = "_and_".join(dict.fromkeys(_word(leaf) for leaf in leaves_of(rule)))
    stem = re.sub(r"[^a-z0-9]+", "_", words.lower())[:55].strip("_")
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name


def _word(leaf: Rule) -> str:
    if "trait" in leaf:
        (test,) = [leaf["is"]] if isinstance(leaf["is"], list) else [list(leaf["is"].values())]
        return f"{leaf['trait']}_{'_'.join(map(str, test))}"
    if "in_audience" in leaf:
        return "those"
    where = "_".join(
        "_".join(map(str, each)) if isinstance(each, list) else str(each)
        for each in leaf.get("where", {}).values()
        if not isinstance(each, dict)
    )
    days = leaf["within"]["last"].split()[0]
    head = leaf.get("did") or ("spent" if "total" in leaf else f"many_{leaf['distinct']}")
    return f"{'no_' if leaf.get('exactly') == 0 else ''}{head}_{where}_{days}d"
