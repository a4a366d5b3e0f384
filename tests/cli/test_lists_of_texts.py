"""Lists from a file and from events, in a whole run: rules ask about them, and they are shown where values are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headwater.core.project import open_project
from headwater.flow.definitions import read_definitions
from headwater.flow.summary import summarise
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

if TYPE_CHECKING:
    from tests.cli.conftest import Headwater


def test_lists_are_shown_where_values_are(tmp_path: Path, headwater: Headwater) -> None:
    folder = make_shop(tmp_path / "shop", n_people=40, n_purchases=400).folder
    (folder / "sources" / "likes.yaml").write_text(
        "kind: files\nread: {path: data/likes.csv}\nidentifiers: {user_id: member}\n"
        'attributes: {likes: {column: likes, type: texts, separator: "|"}}\n'
    )
    likes = "".join(f"m{person},tea|art\n" for person in range(1, 13, 2))
    (folder / "data" / "likes.csv").write_text(f"member,likes\n{likes}")
    (folder / "traits" / "bought.yaml").write_text(
        "{kind: unique_list, description: All bought, event: purchase, property: category}"
    )
    (folder / "audiences" / "artists.yaml").write_text(
        "rule: {all: [{trait: likes, is: {contains_all: [art, tea]}}, {trait: bought, is: {contains_any: [tea]}}]}\n"
    )
    assert headwater("run", "-p", folder).exit_code == 0
    shown = headwater("profile", "show", "user_id=m1", "-p", folder, "--json").json
    values = {row["trait"]: row["value"] for row in shown["traits"]}
    assert values["likes"] == "art, tea"
    assert "tea" in values["bought"].split(", ")
    told = headwater("audiences", "explain", "artists", "user_id=m1", "-p", folder).out
    assert 'contains all of ("art", "tea")' in told
    assert '"art", "tea"' in told
    compared = headwater("audiences", "compare", "artists", "--all", "-p", folder, "--json").json
    assert {"art", "tea"} == {each["value"] for each in compared["differences"] if each["name"] == "likes"}
    with read(open_project(folder)) as workspace:
        summary = summarise(workspace, read_definitions(workspace))
    frequent = {row["trait"]: row["frequent"] for row in summary.traits}
    assert (frequent["likes"], frequent["city"] in ("Berlin", "Hamburg", "München")) == ("art", True)
    assert frequent["bought"] in ("bread", "cheese", "coffee", "soap", "tea", "wine")
