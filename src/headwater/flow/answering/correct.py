"""Correct what is stated of somebody (GDPR art. 16, CCPA § 1798.106): from then on it wins over what any source says.

Reads and writes `corrections`, and of `attributes` the rows whose source is `correction`; live profiles and what a run works out
follow. Sources go on saying what they say; a correction that is withdrawn lets it count again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from headwater.core.clock import read_instant
from headwater.core.config import CORRECTION
from headwater.core.errors import NotFoundError, UserError
from headwater.engine.query import DIALECT, literal
from headwater.flow.answering.follow import expect_little_else, follow
from headwater.flow.definitions import Definitions, read_definitions
from headwater.identity.decide import node_of
from headwater.live.amend import Statement
from headwater.live.state import micros
from headwater.privacy.persons import Node, Persons
from headwater.privacy.requests import PrivacyRequest
from headwater.profiles.computing import Value
from headwater.tables import attributes, corrections
from headwater.tables.table import VALUE_TYPES
from headwater.tables.workspace import Workspace

CORRECTED, WITHDRAWN = "corrected", "withdrawn"
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True)
class Correction:
    """What somebody has corrected.

    Attributes:
        node: by which identifier.
        values: as they are written, by attribute; None: the correction is withdrawn.
    """

    node: Node
    values: Mapping[str, str | None]

    def carry_out(self, request: PrivacyRequest, persons: Persons, workspace: Workspace) -> Mapping[str, str]:
        """Do it; gives what was done.

        Raises:
            NobodyError: nobody has the identifier.
            NotFoundError: nothing is stated under a name.
            UserError: a value is not of the attribute's type, or is computed.
        """
        definitions, node_id = read_definitions(workspace), node_of(self.node, workspace)
        read = _Reading(workspace, definitions)
        values = {name: read.value(name, text) for name, text in self.values.items()}
        expect_little_else(workspace, definitions)
        rows = [
            _row(node_id, name, value, read.types[name], workspace) for name, value in sorted(values.items())
        ]
        _publish(rows, request.request_id, persons, workspace)
        said = Statement(CORRECTION, micros(workspace.loaded_at), self.node, values)
        n_live = follow(persons, [said], workspace, definitions)
        verdicts = {name: WITHDRAWN if value is None else CORRECTED for name, value in values.items()}
        return {**verdicts, "live_profiles": str(n_live)}


class _Reading:
    """Reads values as the attributes that they are of.

    Attributes:
        types: of the attributes that were read, by name.
    """

    def __init__(self, workspace: Workspace, definitions: Definitions) -> None:
        self.types: dict[str, str] = {}
        self._zone = workspace.clock.zone
        self._computed = definitions.traits.keys()
        self._known = correctable(workspace, definitions)

    def value(self, name: str, text: str | None) -> Value | None:
        """A value of an attribute; None: it is none, as none was written."""
        if name in self._computed:
            raise UserError(
                f"{name} is computed from what somebody did",
                next_step="correct what it is computed from, at its source",
            )
        if name not in self._known:
            raise NotFoundError("attribute", name, list(self._known))
        kind = self.types[name] = self._known[name]
        try:
            return None if text is None else self._read(text, kind)
        except ValueError:
            raise UserError(f"the value of {name} is no {kind}", next_step=EXAMPLES[kind]) from None

    def _read(self, text: str, kind: str) -> Value:
        match kind:
            case "number":
                number = float(text)
                if not math.isfinite(number):
                    raise ValueError
                return number
            case "boolean":
                return (_FALSE + _TRUE).index(text.strip().lower()) >= len(_FALSE)
            case "instant":
                return read_instant(text, self._zone)
            case "texts":
                return tuple(sorted({part for each in text.split(",") if (part := each.strip())}))
        return text


def correctable(workspace: Workspace, definitions: Definitions) -> dict[str, str]:
    """The attributes that sources state, with their types: what can be corrected."""
    rows = workspace.engine.table(
        "SELECT attribute, arg_max(type, stated_at) AS type FROM attributes GROUP BY attribute"
    ).to_pylist()
    stated: dict[str, str] = {row["attribute"]: row["type"] for row in rows}
    for source in definitions.sources.values():
        stated |= {name: each.type for name, each in source.value.attribute_columns().items()}
    return {name: kind for name, kind in sorted(stated.items()) if name not in definitions.traits}


EXAMPLES = {
    "number": "write it like 12.5",
    "boolean": "write true or false",
    "instant": "write it like 2026-03-01 or 2026-03-01T08:00Z",
    "text": "write it in letters",
    "texts": "write it with commas between",
}


def _row(node_id: int, name: str, value: Value | None, kind: str, workspace: Workspace) -> dict[str, Any]:
    """A row of both tables."""
    held = {each: value if each == kind and value is not None else None for each in VALUE_TYPES}
    at: datetime = workspace.loaded_at
    both = {"node_id": node_id, "attribute": name, "type": kind, **held}
    return {**both, "source": CORRECTION, "stated_at": at, "corrected_at": at, "is_withdrawn": value is None}


def _publish(rows: Sequence[dict[str, Any]], request_id: str, persons: Persons, workspace: Workspace) -> None:
    """Note the corrections, and let those count that were not withdrawn."""
    history = [
        {**row, "verdict": WITHDRAWN if row["is_withdrawn"] else CORRECTED, "request_id": request_id}
        for row in rows
    ]
    counting = [row for row in rows if not row["is_withdrawn"]]
    withdrawn = ", ".join(_text(row["attribute"]) for row in rows if row["is_withdrawn"])
    nodes = ", ".join(map(str, persons.node_ids.tolist()))
    with workspace.publish() as out:
        if withdrawn:
            out.take_out(
                attributes.TABLE,
                f"source = {_text(CORRECTION)} AND attribute IN ({withdrawn}) AND node_id IN ({nodes})",
            )
        out.append_rows(corrections.TABLE, pa.Table.from_pylist(history, schema=corrections.TABLE.schema))
        if counting:
            out.append_rows(attributes.TABLE, pa.Table.from_pylist(counting, schema=attributes.TABLE.schema))


def _text(value: str) -> str:
    return literal(value).sql(dialect=DIALECT)
