"""Labels follow data: from columns, events and attributes to traits, audiences, and where those may go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headwater.core.errors import Problem
from headwater.core.project import open_project
from headwater.flow.definitions import Definitions, judge
from headwater.privacy.labels import Label
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

LOCATION, FINANCIAL, SENSITIVE, CHILDREN = Label.LOCATION, Label.FINANCIAL, Label.SENSITIVE, Label.CHILDREN
AUDIENCES = {
    "locals": "{trait: city, is: Berlin}",
    "rich_locals": "{all: [{in_audience: locals}, {not: {trait: revenue_30d, is: {at_least: 9}}}]}",
    "gifted": "{did: purchase, where: {gift: yes}}",
    "lives_with_gifted": "{household_of: gifted, by: points}",
    "patients": "{in_list: clinic}",
    "by_sql": "{sql: SELECT profile_id FROM traits WHERE trait = 'points'}",
    "by_sql_of_audiences": "{sql: SELECT profile_id FROM memberships WHERE audience = 'locals'}",
    "readers": "{did: article_read, where: {topic: cancer}}",
    "page_readers": "{did: article_read}",
    "everyone": "{sample: 50%, salt: a}",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_shop(tmp_path_factory.mktemp("shop"), n_people=2, n_purchases=2).folder
    _change(folder / "headwater.yaml", "lake:", "lists: {clinic: [sensitive]}\nlake:")
    _change(folder / "sources/members.yaml", "{city: city,", "{city: {column: city, labels: [location]},")
    _change(folder / "sources/purchases.yaml", "event:", "labels: {amount: [financial]}\nevent:")
    _change(folder / "sources/purchases.yaml", "key:", "property_labels: {gift: [children]}\n  key:")
    _change(
        folder / "destinations/mailing.yaml",
        "all",
        "all\naccepts: [financial, location, children, sensitive]",
    )
    (folder / "plans").mkdir()
    plan = "event: article_read\nlabels: [location]\nproperty_labels: {topic: [sensitive]}\n"
    (folder / "plans/article_read.yaml").write_text(plan)
    (folder / "plans/identify.yaml").write_text("event: identify\ntrait_labels: {faith: [sensitive]}\n")
    for name, rule in AUDIENCES.items():
        (folder / f"audiences/{name}.yaml").write_text(f"rule: {rule}\n")
    (folder / "audiences/patients.yaml").unlink()  # nobody uploads a list here
    return folder


def _change(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))


@contextmanager
def changed(file: Path, old: str, new: str) -> Iterator[None]:
    before = file.read_text()
    try:
        _change(file, old, new)
        yield
    finally:
        file.write_text(before)


def judged(folder: Path) -> tuple[Definitions, list[Problem]]:
    with read(open_project(folder)) as workspace:
        return judge(workspace)


def test_traits_and_audiences_carry_the_labels_of_all_they_are_made_from(folder):
    definitions, problems = judged(folder)
    assert problems == []
    traits, audiences = definitions.lineage.labels_of_traits, definitions.lineage.labels_of_audiences
    assert (traits["city"], traits["revenue_30d"]) == ({LOCATION}, {FINANCIAL})
    assert (traits["email"], traits["faith"]) == ({Label.IDENTIFIER}, {SENSITIVE})
    assert not {"points", "favourite_category"} & traits.keys()
    every = {LOCATION, FINANCIAL, SENSITIVE}
    assert audiences == {
        "big_spenders": {FINANCIAL},
        "locals": {LOCATION},
        "rich_locals": {LOCATION, FINANCIAL},
        "gifted": {CHILDREN},
        "lives_with_gifted": {CHILDREN},
        "by_sql": every,
        "by_sql_of_audiences": every | {CHILDREN},
        "readers": {LOCATION, SENSITIVE},
        "page_readers": {LOCATION},
    }


def test_a_label_tells_where_it_comes_from(folder):
    lineage = judged(folder)[0].lineage
    told = sorted(map(str, lineage.of_audience("rich_locals")))
    assert told == [
        "attribute 'city' (sources/members.yaml:4)",
        "column 'amount' of 'purchases' (sources/purchases.yaml:4)",
    ]
    assert list(map(str, lineage.lists["clinic"])) == ["list 'clinic' (headwater.yaml:7)"]


def test_an_audience_is_refused_where_its_labels_may_not_go_with_file_and_line(folder):
    file = folder / "destinations/mailing.yaml"
    with changed(
        file,
        "audiences: all\naccepts: [financial, location, children, sensitive]",
        "audiences:\n- everyone\n- rich_locals",
    ):
        (problem,) = judged(folder)[1]
        assert (problem.file, problem.line, problem.path) == (
            "destinations/mailing.yaml", 5, "audiences[1]",
        )  # fmt: skip
        assert (
            "'audience rich_locals' carries financial, location, because of column 'amount' of 'purchases' "
            "(sources/purchases.yaml:4) "
            "and attribute 'city' (sources/members.yaml:4), but only identifier, pseudonym may go there"
        ) in problem.message
        assert problem.expected.endswith("`accepts: [financial, location]`")


def test_a_destination_that_takes_all_is_refused_what_it_does_not_accept(folder):
    with changed(folder / "destinations/mailing.yaml", "sensitive]", "]"):
        problems = judged(folder)[1]
    assert {each.path for each in problems} == {"audiences"}
    assert [each.message.split("'")[3] for each in problems] == [
        "audience by_sql", "audience by_sql_of_audiences", "audience readers",
    ]  # fmt: skip


@pytest.mark.parametrize("basis", ["legitimate_interest", "contract"])
def test_sensitive_data_rests_on_consent_or_on_a_ground_of_its_own(folder, basis):
    service = f"purposes:\n  service: {{description: Help, lawful_basis: {basis}"
    audience = (folder / "audiences/readers.yaml", "rule:", "purpose: service\nrule:")
    with changed(folder / "headwater.yaml", "purposes:", service + "}"), changed(*audience):
        (problem,) = judged(folder)[1]
        assert (problem.file, problem.line) == ("audiences/readers.yaml", 1)
        assert f"rests on {basis}, which does not allow that (GDPR art. 9)" in problem.message
        assert "property 'topic' of 'article_read' (plans/article_read.yaml:3)" in problem.message
    with changed(folder / "headwater.yaml", "purposes:", service + ", gdpr: 9.2.h}"), changed(*audience):
        assert judged(folder)[1] == []


def test_a_project_with_a_placement_that_uses_them_is_refused_unless_it_accepts_them(folder):
    file = folder / "placements/home_hero.yaml"
    with changed(file, "coffee_lovers", "rich_locals"):
        (problem,) = judged(folder)[1]
        assert (problem.file, problem.path) == ("placements/home_hero.yaml", "rules[0].when")
        assert (
            "'audience rich_locals' carries financial, location, because of column 'amount'"
            in problem.message
        )
        file.write_text(file.read_text() + "accepts: [financial, location]\n")
        definitions, problems = judged(folder)
        assert problems == []
        assert list(definitions.placements) == ["home_hero"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("sources/purchases.yaml", "{amount: [", "{amuont: [", "no property is read from the column 'amuont'"),
        ("sources/purchases.yaml", "{gift: [", "{gfit: [", "gfit: labelled, but no property of it"),
        ("sources/purchases.yaml", "[children]", "[childish]", "property_labels.gift[0]"),
        ("headwater.yaml", "now:", "gate: {country: land}\nnow:", "at gate.country: there is no trait 'land'"),
        ("headwater.yaml", "ccpa: [share]}", "ccpa: [share], minimum_age: 16}", "nothing says how old people are"),
        ("headwater.yaml", "ccpa: [share]}", "ccpa: [share], jurisdictions: [EU]}", "nothing says where people are"),
        ("destinations/mailing.yaml", "children,", "identifiers,", "accepts[2]"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_is(folder, file, old, new, message):
    with changed(folder / file, old, new):
        assert message in "\n".join(map(str, judged(folder)[1]))
