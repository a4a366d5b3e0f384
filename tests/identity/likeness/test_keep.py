"""What is alike is evidence among others: it can be explained, counts by how sure it is, and goes when it no longer holds."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from headwater.identity.declare import KindRules, Rules
from headwater.identity.explain import Spoken, explain
from headwater.identity.junk import find_junk
from headwater.identity.likeness.declare import match_model
from headwater.identity.likeness.households import households_of_profiles
from headwater.identity.likeness.keep import keep, links_to_be, outdated
from headwater.identity.likeness.match import Matched, match
from headwater.identity.mapping import read_mapping
from headwater.identity.matching.train import Trained
from headwater.identity.simulate import Simulated, foresee
from headwater.tables.workspace import Workspace

from .conftest import KINDS, Known, a_model, ago

SPOKEN = [
    {"comparison": "last_name", "level": "same", "weight": 7.12349},
    {"comparison": "place", "level": "another place", "weight": -2.0},
]


def alike(
    known: Known,
    *pairs: tuple[str, str, float],
    name: str = "people",
    level: str = "person",
    threshold: float = 0.9,
) -> Matched:
    """As a model would find it."""
    rows = [
        {
            **known.pair(one, other),
            "first_seen_at": ago(2).replace(tzinfo=None),
            "probability": probability,
            "match_weight": 9.0,
            "is_link": probability >= threshold,
            "evidence": SPOKEN,
        }
        for one, other, probability in sorted(pairs, key=lambda pair: -pair[2])
    ]
    model = a_model(name, level=level)
    nothing = match(model, known.records(model))
    found = pa.Table.from_pylist(rows, schema=nothing.pairs.schema)
    trained = Trained(match_model(model.said, ["last_name", "street"]), {}, 0, ())
    return Matched(model, nothing.records, (), threshold, found, trained)


def some(known: Known, *names: str) -> None:
    for name in names:
        known.state(name, last_name="Doe", street="Lindenallee")


def groups(*told: str) -> set[frozenset[str]]:
    """As `groups("u1 e1", "u2")`, where c1 is a customer number, u1 a user id, e1 an e-mail address and d1 a browser."""
    return {frozenset(map(named, each.split())) for each in told}


def named(short: str) -> str:
    kind = {"c": "crm_id", "u": "user_id", "e": "email", "d": "anonymous_id"}[short[0]]
    return f"{kind}={short}@x.example" if kind == "email" else f"{kind}={short}"


C1, U1, U2, E1, E2, D1 = map(named, ("c1", "u1", "u2", "e1", "e2", "d1"))


def foreseen(workspace: Workspace, links_in: str) -> Simulated:
    return foresee(read_mapping(workspace.engine), workspace, Rules({}), KINDS, links_in).told()


def test_records_that_are_alike_are_one_person_as_long_as_that_holds(known: Known) -> None:
    some(known, C1, U1, U2)
    known.write()
    keep([alike(known, (C1, U1, 0.95), (C1, U2, 0.89))], [], known.workspace)
    assert known.profiles() == groups("c1 u1", "u2")
    [row] = known.rows("SELECT rule, source, confidence, is_revoked FROM links")
    assert row == {"rule": "alike", "source": "people", "confidence": 0.95, "is_revoked": False}
    [held] = known.rows("SELECT * FROM matches")
    assert json.loads(held["evidence"]) == [["last_name", "same", 7.123], ["place", "another place", -2.0]]
    keep([alike(known, (C1, U2, 0.99))], [], known.workspace)
    assert known.profiles() == groups("c1 u2", "u1")
    keep([], ["people"], known.workspace)
    assert known.rows("SELECT * FROM links") == known.rows("SELECT * FROM matches") == []
    assert known.profiles() == groups("c1", "u1", "u2")


def test_a_model_leaves_other_evidence_as_it_is(known: Known) -> None:
    some(known, C1, U1)
    known.tie(C1, E1)
    known.write()
    keep([alike(known, (C1, U1, 0.95))], [], known.workspace)
    keep([alike(known, (U1, C1, 0.97), name="others")], [], known.workspace)
    told = known.rows("SELECT rule, source FROM links ORDER BY ALL")
    assert [tuple(each.values()) for each in told] == [
        ("alike", "others"), ("alike", "people"), ("seen_together", "crm"),
    ]  # fmt: skip
    keep([alike(known, name="others")], [], known.workspace)
    assert known.rows("SELECT source FROM links ORDER BY ALL") == [{"source": "crm"}, {"source": "people"}]


def test_what_would_be_is_told_before_it_is(known: Known) -> None:
    some(known, C1, U1, U2)
    known.write()
    known.resolve()
    found = [alike(known, (C1, U1, 0.95))]
    told = foreseen(known.workspace, links_to_be(found, [], known.workspace))
    assert (told.n_before, told.n_after) == (3, 2)
    assert known.profiles() == groups("c1", "u1", "u2")
    keep(found, [], known.workspace)
    known.resolve()
    gone = foreseen(known.workspace, links_to_be([], ["people"], known.workspace))
    assert (gone.n_before, gone.n_after) == (2, 3)


def test_likeness_never_goes_beyond_limits_or_decisions(known: Known) -> None:
    some(known, C1, U1, U2)
    known.tie(U1, E1)
    known.tie(U2, E2)
    known.write()
    keep([alike(known, (U1, U2, 0.95))], [], known.workspace)
    assert known.profiles() == groups("u1 u2 e1 e2", "c1")
    limited = KindRules(most_per_profile=1, trusted_sources=("people",))
    assert known.profiles(email=limited) == groups("u1 e1", "u2 e2", "c1")
    known.decide(U1, E2, "different")
    known.write()
    keep([alike(known, (U1, U2, 0.95))], [], known.workspace)
    assert known.profiles() == groups("u1 e1", "u2 e2", "c1")
    [aside] = known.rows("SELECT reason FROM evidence_aside")
    assert aside == {"reason": "apart"}


def test_what_was_seen_is_surer_than_what_is_alike_and_the_likelier_counts_first(known: Known) -> None:
    some(known, C1, U1, U2)
    known.tie(U2, C1, days_ago=0)
    known.write()
    keep([alike(known, (C1, U1, 1.0))], [], known.workspace)
    limited = KindRules(most_per_profile=1)
    assert known.profiles(user_id=limited) == groups("c1 u2", "u1")
    some(known, E1)
    known.write()
    keep([alike(known, (E1, U1, 0.95), (E1, U2, 0.96))], [], known.workspace)
    assert known.profiles(user_id=limited) == groups("c1 u2 e1", "u1")


def test_likeness_makes_what_was_seen_neither_older_nor_crowded(known: Known) -> None:
    some(known, U1, U2, C1)
    known.tie(U1, D1, days_ago=1)
    known.write()
    keep([alike(known, (U1, D1, 0.95), (U1, U2, 0.95), (U1, C1, 0.95))], [], known.workspace)
    lasting = {"anonymous_id": KindRules(lasts="30 hours"), "user_id": KindRules(most_linked=1)}
    assert known.profiles(**lasting) == groups("u1 d1 u2 c1")
    assert find_junk(known.workspace, KINDS) == []


def test_a_device_that_is_alike_brings_no_two_people_together(known: Known) -> None:
    some(known, U1, U2, D1)
    known.tie(U1, D1)
    known.write()
    keep([alike(known, (D1, U2, 0.99))], [], known.workspace)
    assert known.profiles() == groups("u1 d1", "u2")


def test_a_link_says_how_likely_it_is_and_what_spoke_for_it(known: Known) -> None:
    some(known, C1, U1)
    known.tie(U1, D1)
    known.write()
    keep([alike(known, (C1, U1, 0.95))], [], known.workspace)
    known.resolve()
    told = explain(known.numbers[C1], known.numbers[D1], known.workspace)
    assert told.is_one
    first, second = told.path
    assert (first.rule, first.sources, first.confidence) == ("alike", ("people",), 0.95)
    assert first.spoken == (Spoken("last_name", "same", 7.123), Spoken("place", "another place", -2.0))
    assert second.spoken == ()


def test_models_that_are_no_more_are_told(known: Known) -> None:
    some(known, C1, U1)
    known.write()
    people, homes = a_model(), a_model("homes", level="household")
    keep([alike(known, (C1, U1, 0.95)), alike(known, name="homes", level="household")], [], known.workspace)
    models = {"people": people, "homes": homes}
    assert outdated(known.workspace, models) == []
    assert outdated(known.workspace, {"homes": homes}) == ["people"]
    assert outdated(known.workspace, {**models, "homes": a_model("homes")}) == ["homes"]


def test_who_lives_together_stays_two_and_has_a_household_in_common(known: Known) -> None:
    some(known, C1, U1, U2, E1)
    known.write()
    found = alike(known, (C1, U1, 0.95), name="homes", level="household")
    keep([found], [], known.workspace)
    assert known.profiles() == groups("c1", "u1", "u2", "e1")
    assert known.rows("SELECT * FROM links") == []
    homes = {
        row["profile_id"]: row["household"] for row in households_of_profiles(known.workspace).to_pylist()
    }
    of = {name: homes[number] for name, number in known.numbers.items()}
    assert of[C1] == of[U1]
    assert len({of[U1], of[U2], of[E1]}) == 3


def test_one_person_in_two_households_makes_them_one(known: Known) -> None:
    some(known, C1, U1, U2, E1)
    known.tie(U1, U2)
    known.write()
    found = alike(known, (C1, U1, 0.95), (U2, E1, 0.95), name="homes", level="household")
    keep([found], [], known.workspace)
    known.resolve()
    rows = households_of_profiles(known.workspace).to_pylist()
    assert len(rows) == 3
    assert {(row["trait"], row["household"]) for row in rows} == {("homes", str(min(known.numbers.values())))}
    keep([], ["homes"], known.workspace)
    assert households_of_profiles(known.workspace).num_rows == 0


@pytest.mark.parametrize("n_records", [0, 1, 49])
def test_few_records_are_not_compared_and_that_is_said(known: Known, n_records: int) -> None:
    some(known, *(f"crm_id={number}" for number in range(n_records)))
    known.write()
    told = match(a_model(), known.records())
    assert told.notes == (
        f"nothing was compared: there are {n_records} records, and fewer than 50 teach nothing",
    )
    assert (len(told.links), told.threshold, told.thresholds(), told.estimate()) == (0, None, [], None)
    assert sum(each.n_pairs for each in told.bands()) == 0


def test_one_source_without_duplicates_has_nothing_to_compare(known: Known) -> None:
    some(known, *(f"crm_id={number}" for number in range(60)))
    known.write()
    [note] = match(a_model(once_per_source=True), known.records()).notes
    assert note.startswith("nothing was compared: all records are of one source")


def test_records_that_tell_nobody_apart_are_not_compared_and_that_is_said(known: Known) -> None:
    for number in range(60):
        known.state(f"crm_id={number}", city="Bonn")
    known.write()
    [note] = match(a_model(), known.records()).notes
    assert note.startswith("nothing was compared: these fields tell no person from another")
    [note] = match(a_model("homes", level="household"), known.records()).notes
    assert "last_name and street" in note
