"""What looks like junk in the data is proposed, and what does not is left alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.tables.sealed import sealed

from headwater.core.project import open_project
from headwater.identity.identifier import identifier_kinds
from headwater.identity.junk import CROWDED, PLACEHOLDER, Suspect, find_junk
from headwater.tables import links, nodes
from headwater.tables.workspace import work


def found(tmp_path: Path, values: list[tuple[str, str]], ties: list[tuple[int, int]]) -> list[Suspect]:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    known = [
        {"node_id": number, "identifier": kind, "value": value} for number, (kind, value) in enumerate(values)
    ]
    seen = [
        {
            "node_id": min(pair),
            "other_node_id": max(pair),
            "rule": "seen_together",
            "source": "crm",
            "is_revoked": False,
        }
        for pair in ties
    ]
    with work(open_project(tmp_path)) as workspace:
        for table, rows in ((nodes.TABLE, known), (links.TABLE, seen)):
            workspace.engine.register("told", pa.Table.from_pylist(rows, schema=table.schema))
            with workspace.publish() as out:
                out.replace(table, sealed(table, "told"))
        return find_junk(workspace, identifier_kinds())


def test_a_placeholder_that_ties_people_is_found(tmp_path: Path) -> None:
    values = [("email", "test@test.com"), ("user_id", "1"), ("user_id", "2"), ("email", "ann@example.com")]
    assert found(tmp_path, values, [(0, 1), (0, 2), (3, 1), (3, 2)]) == [
        Suspect("email", "test@test.com", 2, PLACEHOLDER)
    ]


@pytest.mark.parametrize(("n_people", "is_found"), [(9, False), (10, True)])
def test_a_value_that_is_seen_with_far_more_than_usual_is_found(
    tmp_path: Path, n_people: int, is_found: bool
) -> None:
    people = [("user_id", f"member {number}") for number in range(n_people)]
    own = [("email", f"p{number}@example.com") for number in range(n_people)]
    values = [("email", "till@example.com"), *people, *own]
    ties = [(0, 1 + number) for number in range(n_people)]
    ties += [(1 + number, 1 + n_people + number) for number in range(n_people)]
    expected = [Suspect("email", "till@example.com", n_people, CROWDED)] if is_found else []
    assert found(tmp_path, values, ties) == expected
