"""Of what is stated of one person at one moment, the same counts in the tables and live, whichever identifier came first."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pytest
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.live.state import Stated
from headwater.live.stated import stated_traits
from headwater.profiles.build import build
from headwater.tables import attributes, identity_map, nodes
from headwater.tables.workspace import work

NOON = datetime(2026, 3, 10, 12)
IDENTIFIERS = (("email", "ann@example.org"), ("user_id", "a1"), ("user_id", "a2"))


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_the_tables_and_the_stream_take_the_same_of_what_was_said_at_once(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    rows = {
        nodes.TABLE: [
            {"node_id": number, "identifier": IDENTIFIERS[place][0], "value": IDENTIFIERS[place][1]}
            for number, place in enumerate(order)
        ],
        identity_map.TABLE: [{"node_id": number, "profile_id": 0} for number in range(3)],
        attributes.TABLE: [
            {
                "node_id": number,
                "attribute": "plan",
                "type": "text",
                "text": f"of {place}",
                "source": "crm",
                "stated_at": NOON,
            }
            for number, place in enumerate(order)
        ],
    }
    with work(open_project(tmp_path)) as workspace:
        with workspace.publish() as out:
            for table, told in rows.items():
                workspace.engine.register(f"told_{table.name}", pa.Table.from_pylist(told, table.schema))
                out.replace(table, sealed(table, f"told_{table.name}"))
        build({}, workspace, ("profiles", "test"))
        found = workspace.engine.table("SELECT text FROM traits")["text"].to_pylist()
        index = workspace.seals.index_text
        heard = [
            Stated(
                "crm",
                0,
                (IDENTIFIERS[place][0], index(IDENTIFIERS[place][1], IDENTIFIERS[place][0])),
                f"of {place}",
            )
            for place in order
        ]
    assert found == ["of 0"]
    assert stated_traits({"plan": heard}, ()) == {"plan": "of 0"}
