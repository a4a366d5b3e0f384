"""What somebody had corrected wins over what sources say, live and at rest, until it is withdrawn."""

from __future__ import annotations

import pytest
from tests.flow.alive import Alive
from tests.flow.sealed_shop import EMAIL, PHONE, USER, VISITOR

from headwater.core.errors import NobodyError, NotFoundError, ProjectError, UserError
from headwater.flow.definitions import read_definitions
from headwater.flow.identities import Identities
from headwater.flow.privacy import Privacy
from headwater.flow.rebuild import rebuild
from headwater.tables.workspace import read

WHO = f"email={EMAIL}"
COOK = "description: c\nrule: {trait: plan, is: {equals: cook}}\n"


def traits(alive: Alive) -> dict[str, tuple[str | None, str]]:
    found = Identities(alive.project).profile(WHO).traits
    return {each.trait: (each.value, each.origin) for each in found}


def live(alive: Alive) -> dict[str, object]:
    person = alive.person("anonymous_id", VISITOR)
    assert person
    return person.card.traits


def crm(alive: Alive, city: str) -> None:
    row = f"{EMAIL},{PHONE},{USER},{city},yes"
    (alive.root / "data" / "crm.csv").write_text(f"mail,phone,number,city,newsletter\n{row}\n")
    alive.run()


def test_it_wins_until_it_is_withdrawn(alive: Alive) -> None:
    privacy = Privacy(alive.project)
    assert (traits(alive)["city"], live(alive)["city"]) == (("Bath", "crm"), "Bath")
    done = privacy.correct(WHO, {"city": "Bern", "plan": "cook"}).done
    assert done == {"city": "corrected", "plan": "corrected", "live_profiles": "1"}
    assert (traits(alive)["city"], live(alive)["city"]) == (("Bern", "correction"), "Bern")
    crm(alive, "Basel")
    alive.tell({"type": "identify", "userId": USER, "traits": {"city": "Biel", "plan": "gold"}})
    alive.take()
    assert (live(alive)["city"], live(alive)["plan"]) == ("Bern", "cook")
    alive.run()
    assert (traits(alive)["city"], traits(alive)["plan"]) == (("Bern", "correction"), ("cook", "correction"))
    privacy.correct(f"anonymous_id={VISITOR}", {"city": None})
    assert (traits(alive)["city"][0], live(alive)["city"], live(alive)["plan"]) == ("Biel", "Biel", "cook")
    with read(alive.project) as workspace:
        history = workspace.engine.table(
            "SELECT attribute, verdict FROM corrections ORDER BY ALL"
        ).to_pylist()
    assert [tuple(each.values()) for each in history] == [
        ("city", "corrected"),
        ("city", "withdrawn"),
        ("plan", "corrected"),
    ]


def test_who_enters_an_audience_by_it_does_so_live(alive: Alive) -> None:
    (alive.root / "audiences" / "cooks.yaml").write_text(COOK)
    alive.run()
    alive.take()
    Privacy(alive.project).correct(WHO, {"plan": "cook"})
    alive.take()
    assert ("cooks", True) in alive.moved()


@pytest.mark.slow
def test_a_rebuild_knows_of_corrections_and_of_who_opted_out(alive: Alive) -> None:
    (alive.root / "audiences" / "unlisted.yaml").unlink()
    alive.run()
    privacy = Privacy(alive.project)
    privacy.correct(WHO, {"city": "Bern"})
    privacy.opt_out([WHO])
    alive.take()
    with read(alive.project) as workspace:
        tables = {name: workspace.engine.table(f"SELECT * FROM {name}").num_rows for name in TABLES}
    assert rebuild(alive.project, replacing=True).is_equal
    with read(alive.project) as workspace:
        assert {name: workspace.engine.table(f"SELECT * FROM {name}").num_rows for name in TABLES} == tables
    assert traits(alive)["city"] == ("Bern", "correction")


TABLES = ("corrections", "consents")


@pytest.mark.parametrize(
    ("who", "values", "error", "says"),
    [
        ("email=nobody@example.org", {"city": "Bern"}, NobodyError, "nobody has that email"),
        (WHO, {"citi": "Bern"}, NotFoundError, "did you mean 'city'"),
    ],
    ids=["nobody", "no such attribute"],
)
def test_what_is_wrong_is_told_and_nothing_is_noted(
    template, who: str, values: dict[str, str | None], error: type[UserError], says: str
) -> None:
    privacy = Privacy(Alive(template).project)
    before = privacy.requests()
    with pytest.raises(error, match=says):
        privacy.correct(who, values)
    assert privacy.requests() == before


def test_a_value_must_be_of_the_attributes_type(alive: Alive) -> None:
    (alive.root / "sources" / "crm.yaml").write_text(
        "kind: files\nread: {path: data/crm.csv}\nidentifiers: {email: mail}\n"
        "attributes: {city: {column: city, type: number}}\n"
    )
    with pytest.raises(UserError, match="the value of city is no number"):
        Privacy(alive.project).correct(WHO, {"city": "Bern"})


def test_no_file_may_be_called_as_what_is_corrected(alive: Alive) -> None:
    (alive.root / "sources" / "crm.yaml").rename(alive.root / "sources" / "correction.yaml")
    with read(alive.project) as workspace, pytest.raises(ProjectError, match="sources/correction.yaml"):
        read_definitions(workspace)
