"""A pseudonymised file: nobody by name, other pseudonyms for others, no small groups, whole or not there, known to erasure."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from headwater.core.errors import HeadwaterError, NotFoundError, Refusal, StorageError, UserError
from headwater.core.project import Project, open_project
from headwater.flow.privacy import Privacy
from headwater.flow.sharing import pseudonymised as module
from headwater.flow.sharing.permitted import Sharing
from headwater.flow.sharing.pseudonymised import Pseudonymised, pseudonymise
from headwater.privacy.anonymity.exports import open_exports
from headwater.tables.nodes import opened
from headwater.tables.workspace import read


def export(to: Path, project: Project, recipient: str = "acme", **more: object) -> Pseudonymised:
    return pseudonymise(Sharing("tea_not_coffee", recipient, "newsletter"), to, project, **more)  # type: ignore[arg-type]


def test_it_names_nobody_and_leaves_small_groups_out(shop: Project, tmp_path: Path) -> None:
    found = export(tmp_path / "out.csv", shop)
    rows = pa_csv.read_csv(tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text()
    assert rows.column_names == ["person", "city", "favourite_category", "points", "revenue_30d"]
    assert rows.num_rows == found.export.n_rows > 0
    assert set(found.left_out) == {"no_consent", "consent_denied"}
    assert found.n_in_small_groups > 0
    assert min(Counter(rows["favourite_category"].to_pylist()).values()) >= 5
    assert rows["person"].to_pylist() == sorted(set(rows["person"].to_pylist()))
    with read(shop) as workspace:
        values = workspace.engine.table(f"SELECT {opened()} AS value FROM nodes")["value"].to_pylist()
    assert not [value for value in values if f'"{value}"' in text or "@" in text]


def test_pseudonyms_are_the_same_for_a_recipient_and_others_for_another(
    shop: Project, tmp_path: Path
) -> None:
    for name, recipient in (("one", "acme"), ("two", "acme"), ("three", "other")):
        export(tmp_path / f"{name}.parquet", shop, recipient)
    one, two, three = (
        set(pq.read_table(tmp_path / f"{name}.parquet")["person"].to_pylist())
        for name in ("one", "two", "three")
    )
    assert one == two
    assert not one & three


def test_what_is_not_declared_to_be_told_by_counts_as_all(sharing_shop: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sharing_shop, tmp_path / "shop")
    config = folder / "headwater.yaml"
    config.write_text(config.read_text().replace(", quasi_identifiers: [favourite_category]", ""))
    with pytest.raises(UserError, match="too few are alike"):
        export(tmp_path / "out.csv", open_project(folder))
    found = export(tmp_path / "out.csv", open_project(folder), traits=["favourite_category"])
    assert found.export.columns == ("favourite_category",)


def test_erasing_names_who_has_a_row_and_forgets_that_they_have_it(
    sharing_shop: Path, tmp_path: Path
) -> None:
    project = open_project(shutil.copytree(sharing_shop, tmp_path / "shop"))
    export_id = export(tmp_path / "out.csv", project, "eraser").export.export_id
    persons = pa_csv.read_csv(tmp_path / "out.csv")["person"].to_pylist()
    with read(project) as workspace:
        nodes = workspace.engine.table(f"SELECT node_id, identifier, {opened()} AS value FROM nodes")
    names = {row["node_id"]: f"{row['identifier']}={row['value']}" for row in nodes.to_pylist()}
    before = held(project, export_id, list(names))
    receipt = Privacy(project).erase([names[before[0]]])
    [holder] = [each for each in receipt.recipients if each.destination == "eraser"]
    assert not holder.is_told
    assert len([each for each in persons if each in holder.detail]) == 1
    assert not receipt.left
    assert held(project, export_id, list(names)) == before[1:]


def held(project: Project, export_id: str, node_ids: list[int]) -> list[int]:
    with open_exports(project) as exports:
        return {each.export_id: nodes for each, nodes in exports.of(np.array(node_ids))}[export_id]


@pytest.mark.parametrize(
    ("name", "more", "error"),
    [
        ("out.xlsx", {}, UserError),
        ("there.csv", {}, UserError),
        ("no_folder/out.csv", {}, StorageError),
        ("out.csv", {"traits": ["colour"]}, NotFoundError),
    ],
    ids=["kind", "there", "folder", "trait"],
)
def test_what_cannot_be_written_is_told_and_nothing_is_there(
    name: str, more: dict[str, object], error: type[HeadwaterError], shop: Project, tmp_path: Path
) -> None:
    (tmp_path / "there.csv").write_text("as it was")
    with open_exports(shop) as exports:
        before = exports.all()
        with pytest.raises(error):
            export(tmp_path / name, shop, **more)
        assert exports.all() == before
    assert [each.name for each in tmp_path.iterdir()] == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "as it was"


def test_a_label_that_may_not_go_there_is_refused(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"city": frozenset({module.Label.LOCATION})}
    monkeypatch.setattr(
        module, "labels_of", lambda names, _: {each: labels.get(each, frozenset()) for each in names}
    )
    with pytest.raises(Refusal, match="location"):
        export(tmp_path / "out.csv", shop, traits=["city"])
    assert "city" not in export(tmp_path / "out.csv", shop).export.columns


def test_killed_before_its_end_there_is_no_file(
    shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "open_exports", killed)
    with pytest.raises(KeyboardInterrupt):
        export(tmp_path / "out.csv", shop)
    assert list(tmp_path.iterdir()) == []
