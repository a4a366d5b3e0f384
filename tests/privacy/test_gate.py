"""The gate: who may be used for a purpose, what may go where, and that there is no way round."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from headwater.core.errors import Bug, Ground, Refusal
from headwater.privacy.consent import Standing, standing_of
from headwater.privacy.gate import SOMEBODY, PermitRequest, Permitted, Reason, Use, permit, permit_person
from headwater.privacy.labels import Label, Origin
from headwater.tables.consents import TABLE as CONSENTS
from headwater.tables.identity_map import TABLE as IDENTITY_MAP
from headwater.tables.workspace import Workspace

NOW = datetime(2026, 6, 1)
BEFORE, LATER = NOW - timedelta(days=9), NOW + timedelta(days=9)
EARLIER = BEFORE - timedelta(days=9)
FIRST = datetime(1, 1, 1)

GRANTED, DENIED = "granted", "denied"


def ask(workspace: Workspace, people: Sequence[int], purpose: str = "mailing", **changes: Any) -> Permitted:
    request = PermitRequest(
        purpose,
        Use.DESTINATION,
        "crm",
        np.array(people, dtype=np.int64),
        {"email": frozenset({Label.PSEUDONYM})},
        frozenset({Label.PSEUDONYM}),
    )
    return permit(dataclasses.replace(request, **changes), workspace)


def test_under_consent_only_who_granted_is_permitted(workspace, say):
    say(
        [(n, n) for n in (1, 2, 3, 4)],
        [(1, GRANTED, BEFORE, None), (2, DENIED, BEFORE, None), (3, GRANTED, BEFORE, NOW)],
    )
    permitted = ask(workspace, [4, 3, 2, 1, 1])
    assert permitted.profile_ids.tolist() == [1]
    assert permitted.left_out == {Reason.NO_CONSENT: 1, Reason.CONSENT_DENIED: 1, Reason.CONSENT_LAPSED: 1}


@pytest.mark.parametrize("purpose", ["service", "profiling"])
def test_without_consent_as_basis_everyone_is_permitted_who_did_not_object(workspace, say, purpose):
    say(
        [(n, n) for n in (1, 2, 3, 4)],
        [(1, GRANTED, BEFORE, None), (2, DENIED, BEFORE, None), (3, GRANTED, BEFORE, NOW)],
    )
    permitted = ask(workspace, [1, 2, 3, 4], purpose)
    assert permitted.profile_ids.tolist() == [1, 3, 4]
    assert permitted.left_out == {Reason.OBJECTED: 1}


@pytest.mark.parametrize(
    ("statements", "is_permitted"),
    [
        pytest.param(
            [(1, DENIED, EARLIER, None), (1, GRANTED, BEFORE, None)], True, id="the newest wins: granted"
        ),
        pytest.param(
            [(1, GRANTED, EARLIER, None), (1, DENIED, BEFORE, None)], False, id="the newest wins: denied"
        ),
        pytest.param(
            [(1, GRANTED, BEFORE, None), (1, DENIED, BEFORE, None)], False, id="at the same time denied wins"
        ),
        pytest.param(
            [(1, GRANTED, EARLIER, None), (1, GRANTED, BEFORE, NOW)], False, id="lapsed revives no older one"
        ),
        pytest.param([(1, GRANTED, BEFORE, LATER)], True, id="not yet lapsed"),
        pytest.param([(1, GRANTED, LATER, None)], False, id="said after now"),
        pytest.param([(1, GRANTED, BEFORE, None), (1, DENIED, LATER, None)], True, id="refused after now"),
        pytest.param(
            [(1, GRANTED, BEFORE, None), (2, DENIED, EARLIER, None)], False, id="the stricter identifier"
        ),
        pytest.param([(1, GRANTED, BEFORE, None)], True, id="the other identifier says nothing"),
        pytest.param(
            [(1, GRANTED, BEFORE, None), (2, DENIED, BEFORE, NOW)], True, id="the other refusal has lapsed"
        ),
        pytest.param([(1, "perhaps", BEFORE, None)], False, id="a word nobody foresaw"),
        pytest.param([(1, DENIED, None, None), (1, GRANTED, BEFORE, None)], True, id="undated is oldest"),
        pytest.param([(1, DENIED, None, None)], False, id="undated still counts"),
        pytest.param(
            [(1, DENIED, EARLIER, None, "gpc"), (1, GRANTED, BEFORE, None, "choice")],
            False,
            id="no newer agreement outdates GPC",
        ),
        pytest.param(
            [(1, GRANTED, EARLIER, None), (1, DENIED, BEFORE, None, "gpc")], False, id="nor an older one"
        ),
        pytest.param(
            [
                (1, DENIED, EARLIER, None, "gpc"),
                (1, GRANTED, BEFORE, None, "gpc"),
                (1, GRANTED, BEFORE, None, "choice"),
            ],
            True,
            id="but for one that knows of it",
        ),
        pytest.param(
            [(1, DENIED, EARLIER, None), (1, GRANTED, BEFORE, None, "gpc")],
            False,
            id="which takes back nothing else",
        ),
        pytest.param(
            [(1, DENIED, EARLIER, None, "gpc"), (2, GRANTED, BEFORE, None, "gpc")],
            False,
            id="nor the GPC of another browser",
        ),
        pytest.param([(9, GRANTED, BEFORE, None)], False, id="somebody else's consent"),
    ],
)
def test_what_a_history_of_two_identifiers_allows(workspace, say, statements, is_permitted):
    say([(1, 1), (2, 1), (9, 9)], statements)
    assert ask(workspace, [1]).profile_ids.tolist() == ([1] if is_permitted else [])


def test_what_is_said_between_two_questions_counts(workspace):
    workspace.stand_ins.clear()
    now = {IDENTITY_MAP: [{"node_id": 1, "profile_id": 1}, {"node_id": 2, "profile_id": 2}]}
    for state in (GRANTED, DENIED):
        now |= {
            CONSENTS: [
                {"node_id": 1, "purpose": "mailing", "state": state, "source": "t", "stated_at": BEFORE}
            ]
        }
        with workspace.publish() as publication:
            for table, rows in now.items():
                publication.replace_rows(table, pa.Table.from_pylist(rows, schema=table.schema))
        assert ask(workspace, [1, 2]).profile_ids.tolist() == ([1] if state == GRANTED else [])
    with workspace.publish() as publication:  # the agreement of another person becomes theirs
        said = [{"node_id": 2, "purpose": "mailing", "state": GRANTED, "source": "t", "stated_at": BEFORE}]
        publication.replace_rows(CONSENTS, pa.Table.from_pylist(said, schema=CONSENTS.schema))
        moved = [{"node_id": 1, "profile_id": 2}, {"node_id": 2, "profile_id": 1}]
        publication.replace_rows(IDENTITY_MAP, pa.Table.from_pylist(moved, schema=IDENTITY_MAP.schema))
    assert ask(workspace, [1, 2]).profile_ids.tolist() == [1]


def test_consent_to_one_purpose_is_none_to_another(workspace, say):
    say([(1, 1)], [(1, GRANTED, BEFORE, None)])
    others = workspace.engine.table("SELECT * FROM consents WHERE purpose <> 'mailing'")
    workspace.engine.register("consents", others)
    assert not len(ask(workspace, [1]).profile_ids)


def test_nobody_asked_about_is_nobody_permitted(workspace, say):
    say([], [])
    permitted = ask(workspace, [])
    assert permitted.profile_ids.dtype == np.int64
    assert (len(permitted.profile_ids), dict(permitted.left_out)) == (0, {})


def test_an_unknown_purpose_is_refused_and_the_nearest_named(workspace, say):
    say([], [])
    with pytest.raises(
        Refusal, match=r"'mailings' is not declared in headwater.yaml; did you mean 'mailing'\?"
    ):
        ask(workspace, [1], "mailings")


def test_a_label_that_is_not_accepted_refuses_the_whole_request(workspace, say):
    say([(1, 1)], [(1, GRANTED, BEFORE, None)])
    with pytest.raises(
        Refusal, match=r"'crm' was refused: the field 'email' is labelled identifier, but only pseudonym"
    ):
        ask(workspace, [1], fields={"email": frozenset({Label.IDENTIFIER})})


def test_a_refusal_says_as_data_what_was_refused_and_because_of_what(workspace):
    origin = Origin(Label.SENSITIVE, "attribute 'illness'", "sources/crm.yaml:7")
    fields = {"audience patients": frozenset({Label.SENSITIVE}), "email": frozenset({Label.PSEUDONYM})}
    with pytest.raises(Refusal, match=r"because of attribute 'illness' \(sources/crm.yaml:7\)") as refused:
        ask(workspace, [1], fields=fields, origins={"audience patients": frozenset({origin})})
    (ground,) = refused.value.grounds
    assert ground == Ground(
        "label_not_accepted",
        "mailing",
        "destination",
        "crm",
        "audience patients",
        "sensitive",
        ("attribute 'illness' (sources/crm.yaml:7)",),
    )
    assert refused.value.as_dict()["details"] == [vars(ground)]


@pytest.mark.parametrize("use", Use)
def test_sensitive_data_needs_consent_whatever_it_is_for(workspace, say, use):
    say([(1, 1)], [(1, GRANTED, BEFORE, None)])
    fields = {"illness": frozenset({Label.SENSITIVE})}
    accepts = frozenset({Label.SENSITIVE})
    assert len(ask(workspace, [1], "mailing", use=use, fields=fields, accepts=accepts).profile_ids) == 1
    for purpose in ("service", "profiling"):
        with pytest.raises(Refusal, match=r"GDPR art\. 9") as refused:
            ask(workspace, [1], purpose, use=use, fields=fields, accepts=accepts)
        assert [each.rule for each in refused.value.grounds] == ["special_category"]


def test_a_permit_says_what_it_is_for(workspace, say):
    say([(1, 1)], [(1, GRANTED, BEFORE, None)])
    permitted = ask(workspace, [1])
    assert (permitted.purpose, permitted.use, permitted.name) == ("mailing", Use.DESTINATION, "crm")
    assert permitted.labels == {Label.PSEUDONYM}


def test_a_permit_cannot_be_made_widened_or_changed(workspace, say):
    say([(1, 1)], [(1, GRANTED, BEFORE, None)])
    permitted = ask(workspace, [1])
    forged = (permitted.purpose, permitted.use, permitted.name, np.array([1, 2]), {}, {})
    with pytest.raises(Bug, match=r"only privacy\.gate\.permit"):
        Permitted(*forged, seal=object())
    with pytest.raises(TypeError):
        Permitted(*forged)
    with pytest.raises((ValueError, TypeError)):
        dataclasses.replace(permitted, profile_ids=np.array([1, 2]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        permitted.purpose = "service"
    with pytest.raises(ValueError, match="read-only"):
        permitted.profile_ids[0] = 2
    with pytest.raises(TypeError):
        permitted.fields["phone"] = frozenset()


STATEMENTS = {
    Standing.ABSENT: [],
    Standing.LAPSED: [(1, GRANTED, BEFORE, NOW)],
    Standing.GRANTED: [(1, GRANTED, BEFORE, None)],
    Standing.DENIED: [(1, DENIED, BEFORE, None)],
}


@pytest.mark.parametrize("purpose", ["mailing", "service", "profiling"])
@pytest.mark.parametrize("standing", STATEMENTS)
def test_one_live_person_is_judged_as_a_profile_that_stands_there(workspace, say, purpose, standing):
    say([(1, 0)], STATEMENTS[standing])
    request = PermitRequest(
        purpose, Use.PERSONALISATION, "hero", SOMEBODY, {"city": frozenset()}, frozenset()
    )
    at_rest, live = permit(request, workspace), permit_person(request, standing, workspace.project)
    assert live.profile_ids.tolist() == at_rest.profile_ids.tolist()
    assert live.left_out == at_rest.left_out
    assert (live.purpose, live.use, live.name, live.fields) == (
        purpose,
        Use.PERSONALISATION,
        "hero",
        request.fields,
    )


def test_one_live_person_is_refused_what_everybody_is(workspace):
    request = PermitRequest("mailing", Use.PERSONALISATION, "hero", SOMEBODY, {}, frozenset())
    labelled = dataclasses.replace(request, fields={"illness": frozenset({Label.SENSITIVE})})
    with pytest.raises(Refusal, match=r"'hero' was refused: the field 'illness' is labelled sensitive"):
        permit_person(labelled, Standing.GRANTED, workspace.project)
    with pytest.raises(Refusal, match="did you mean 'mailing'"):
        permit_person(dataclasses.replace(request, purpose="mail"), Standing.GRANTED, workspace.project)
    two = dataclasses.replace(request, profile_ids=np.array([1, 2]))
    with pytest.raises(Bug, match="one person has one standing, but 2"):
        permit_person(two, Standing.GRANTED, workspace.project)


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        (GRANTED, Standing.GRANTED),
        (DENIED, Standing.DENIED),
        ("Granted", Standing.DENIED),
        ("", Standing.DENIED),
    ],
)
def test_only_the_one_word_grants(said, standing):
    assert standing_of({"mailing": said}, "mailing") is standing
    assert standing_of({"mailing": said}, "service") is Standing.ABSENT


MOMENTS = st.sampled_from([None, EARLIER, BEFORE, NOW, LATER])
HISTORIES = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([GRANTED, DENIED, "perhaps"]), MOMENTS, MOMENTS), max_size=12
)
OWNERS = st.lists(st.sampled_from([0, 1, 2, 3]), min_size=8, max_size=8)


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=OWNERS, history=HISTORIES)
@pytest.mark.parametrize("purpose", ["mailing", "service"])
def test_no_permit_holds_a_profile_whose_history_refuses(workspace, say, purpose, owners, history):
    say(list(enumerate(owners)), history)
    permitted = ask(workspace, [0, 1, 2, 3], purpose)
    allowed = [
        p for p in range(4) if _allows(purpose, [n for n, owner in enumerate(owners) if owner == p], history)
    ]
    assert permitted.profile_ids.tolist() == allowed
    assert sum(permitted.left_out.values()) + len(allowed) == 4


def _allows(purpose, nodes, history):
    """The rule once more, in plain Python: one node at a time, one statement at a time."""
    outcomes = set()
    for node in nodes:
        said = [s for s in history if s[0] == node and (s[2] is None or s[2] <= NOW)]
        newest = max((s[2] or FIRST for s in said), default=None)
        of_newest = [s for s in said if (s[2] or FIRST) == newest]
        is_over = [s[3] is not None and s[3] <= NOW for s in of_newest]
        if any(s[1] != GRANTED and not over for s, over in zip(of_newest, is_over, strict=True)):
            outcomes.add(DENIED)
        elif of_newest and not any(is_over):
            outcomes.add(GRANTED)
    if DENIED in outcomes:
        return False
    return purpose == "service" or GRANTED in outcomes
