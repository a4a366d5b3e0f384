"""Keep what likeness found: as links that count in resolving, as households, and with what speaks for each pair.

Writes `links` (of level person), `matches` and `households`: of each model that was run all its rows anew, so that nothing
stays that the records no longer bear out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.engine.query import DIALECT, literal
from headwater.identity.evidence import ALIKE
from headwater.identity.likeness.declare import Model
from headwater.identity.likeness.match import Matched
from headwater.tables import households, links, matches
from headwater.tables.workspace import Workspace

LINKS_TO_BE, _NEW = "links_to_be", "alike_links"
_SUREST = float(np.nextafter(1, 0))  # nothing that is only alike is as sure as what was seen
_DECIMALS = 3


def outdated(workspace: Workspace, models: Mapping[str, Model]) -> list[str]:
    """The models of which something is kept that are no more, or look for another level now."""
    kept = workspace.engine.table(
        "SELECT DISTINCT model, level FROM matches UNION SELECT DISTINCT model, 'household' FROM households ORDER BY ALL"
    ).to_pylist()
    return sorted(
        {
            str(each["model"])
            for each in kept
            if each["model"] not in models or models[each["model"]].said.level != each["level"]
        }
    )


def stage_of(model: str) -> str:
    """The stage under which it is noted what records a model last compared."""
    return f"matching {model}"


def fingerprint_of(model: Model, digest: str) -> str:
    """Changes when the model or its records do."""
    return f"{model.said.model_dump_json(exclude={'description', 'runs'})} {digest}"


def links_to_be(found: Sequence[Matched], gone: Collection[str], workspace: Workspace) -> str:
    """The name, in the workspace's engine, of what `links` would be: with these, without those of models that are gone."""
    workspace.engine.register(_NEW, _links(found))
    names = [*gone, *(each.model.name for each in found)]
    listed = ", ".join(literal(name).sql(dialect=DIALECT) for name in names) or "NULL"
    others = f"SELECT * FROM links WHERE NOT coalesce(rule = '{ALIKE}' AND source IN ({listed}), FALSE)"
    workspace.engine.view(LINKS_TO_BE, f"{others} UNION ALL BY NAME SELECT * FROM {_NEW}")
    return LINKS_TO_BE


def keep(found: Sequence[Matched], gone: Collection[str], workspace: Workspace) -> None:
    """Let this be all that is kept of these models, and nothing of those that are gone."""
    names = sorted({*gone, *(each.model.name for each in found)})
    with workspace.publish() as out:
        if _links(found).num_rows or _has_links(names, workspace):
            out.replace(links.TABLE, f"SELECT * FROM {links_to_be(found, gone, workspace)}")
        out.replace_parts(matches.TABLE, _matches(found).to_reader(), names)
        out.replace_parts(households.TABLE, _households(found).to_reader(), names)
        for name in gone:
            out.mark(stage_of(name), "")
        for each in found:
            out.mark(stage_of(each.model.name), fingerprint_of(each.model, each.records.digest))
    workspace.engine.drop(LINKS_TO_BE, _NEW)


def _has_links(names: Sequence[str], workspace: Workspace) -> bool:
    listed = ", ".join(literal(name).sql(dialect=DIALECT) for name in names) or "NULL"
    kept = workspace.engine.table(
        f"SELECT 1 FROM links WHERE rule = '{ALIKE}' AND source IN ({listed}) LIMIT 1"
    )
    return bool(kept.num_rows)


def _links(found: Sequence[Matched]) -> pa.Table:
    rows = [_links_of(each) for each in found if each.model.said.level == "person"]
    return pa.concat_tables([links.TABLE.schema.empty_table(), *rows])


def _links_of(matched: Matched) -> pa.Table:
    held = matched.links
    constant = {"rule": ALIKE, "source": matched.model.name, "is_revoked": False}
    columns = {
        "node_id": held["node_id"],
        "other_node_id": held["other_node_id"],
        "first_seen_at": held["first_seen_at"],
        "confidence": pc.min_element_wise(held["probability"], _SUREST),
        **{
            name: pa.array([value] * len(held), links.TABLE.schema.field(name).type)
            for name, value in constant.items()
        },
    }
    return pa.table([columns[name] for name in links.TABLE.schema.names], schema=links.TABLE.schema)


def _matches(found: Sequence[Matched]) -> pa.Table:
    rows = [_matches_of(each) for each in sorted(found, key=lambda each: each.model.name)]
    return pa.concat_tables([matches.TABLE.schema.empty_table(), *rows])


def _matches_of(matched: Matched) -> pa.Table:
    held = matched.links.sort_by([("node_id", "ascending"), ("other_node_id", "ascending")])
    told = [
        json.dumps(
            [[each["comparison"], each["level"], round(each["weight"], _DECIMALS)] for each in evidence]
        )
        for evidence in held["evidence"].to_pylist()
    ]
    columns = {
        "model": pa.array([matched.model.name] * len(held), pa.string()),
        "level": pa.array([matched.model.said.level] * len(held), pa.string()),
        "evidence": pa.array(told, pa.string()),
    }
    return pa.table(
        [columns[name] if name in columns else held[name] for name in matches.TABLE.schema.names],
        schema=matches.TABLE.schema,
    )


def _households(found: Sequence[Matched]) -> pa.Table:
    rows = []
    for each in sorted(found, key=lambda each: each.model.name):
        if each.model.said.level == "household":
            held = each.households()
            name = pa.array([each.model.name] * len(held), pa.string())
            rows.append(
                pa.table([name, held["node_id"], held["household_id"]], schema=households.TABLE.schema)
            )
    return pa.concat_tables([households.TABLE.schema.empty_table(), *rows])
