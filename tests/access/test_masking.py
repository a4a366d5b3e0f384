"""What is shown to whom: each label by itself, and what says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, strategies as st

from headwater.access.masking import EVERY_LABEL, NOT_DECLARED, Known, Mask, pseudonym
from headwater.access.roles import Role
from headwater.core.errors import Bug
from headwater.core.sealing.keys import new_ring
from headwater.core.sealing.seals import Seals
from headwater.privacy.labels import Label
from headwater.privacy.shown import AudienceName, Harmless, OfTrait, Written, identifier_of

SEALS, OTHERS = (Seals(new_ring(name, datetime(2026, 3, 1, tzinfo=UTC))) for name in ("shop", "other"))
KNOWN = Known(
    {"income": frozenset({Label.FINANCIAL}), "email": frozenset({Label.IDENTIFIER}), "city": frozenset()},
    {"rich": frozenset({Label.FINANCIAL}), "locals": frozenset()},
)
ANN = "ann@example.org"


def mask(*sees: Label) -> Mask:
    return Mask(frozenset(sees), lambda: SEALS, lambda: KNOWN)


@dataclass(frozen=True)
class Held:
    kind: Harmless
    value: Annotated[str | None, identifier_of("kind")]


@dataclass(frozen=True)
class Trait:
    trait: Harmless
    value: Annotated[str | None, OfTrait(name_in="trait")]


@dataclass(frozen=True)
class Answer:
    held: tuple[Held, ...] = ()
    traits: tuple[Trait, ...] = ()
    audiences: tuple[AudienceName, ...] = ()
    reason: Written = ""
    counts: Mapping[Harmless, int] = field(default_factory=dict)
    pair: tuple[int | None, float] = (1, 2.5)
    ended: Literal["well", "badly"] = "well"
    at: datetime | None = datetime(2026, 3, 1)


def test_who_sees_every_label_sees_what_is_there() -> None:
    answer = Answer((Held("email", ANN),), (Trait("income", "high"),), ("rich",), f"{ANN} called", {"n": 2})
    shown: Any = mask(*Label).shown(answer, Answer)
    assert shown == {
        "held": [{"kind": "email", "value": ANN}],
        "traits": [{"trait": "income", "value": "high"}],
        "audiences": ["rich"],
        "reason": f"{ANN} called",
        "counts": {"n": 2},
        "pair": [1, 2.5],
        "ended": "well",
        "at": datetime(2026, 3, 1),
    }


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_pseudonym_is_the_same_for_the_same_value_and_says_nothing_of_it(one: str, other: str) -> None:
    def shown(value: str, kind: str = "email") -> str:
        answer: Any = mask(Label.PSEUDONYM).shown(Held(kind, value), Held)
        return str(answer["value"])

    assert shown(one) == shown(one) == pseudonym("email", one, SEALS)
    assert (shown(one) == shown(other)) == (one == other)
    assert shown(one).removeprefix("email:") != shown(one, "phone").removeprefix("phone:")
    assert pseudonym("email", one, OTHERS) != shown(one)
    assert SEALS.index_text(one, "email")[:8] not in shown(one)  # not what stands in the tables


def test_without_pseudonyms_an_identifier_is_hidden_altogether() -> None:
    assert mask().shown(Held("email", ANN), Held) == {"kind": "email", "value": "(hidden: identifier)"}
    assert mask().shown(Held("email", None), Held) == {"kind": "email", "value": None}


@pytest.mark.parametrize(
    ("trait", "sees", "shown"),
    [
        (Trait("income", "high"), [Label.PSEUDONYM, Label.IDENTIFIER], "(hidden: financial)"),
        (Trait("income", "high"), [Label.FINANCIAL], "high"),
        (Trait("email", ANN), [Label.PSEUDONYM], pseudonym("email", ANN, SEALS)),
        (Trait("email", ANN), [], "(hidden: identifier)"),
        (Trait("city", "Ulm"), [], "Ulm"),
        (Trait("from_a_website", "Ann Smith"), [Label.FINANCIAL], NOT_DECLARED),
        (Trait("from_a_website", "Ann Smith"), list(Label), "Ann Smith"),
        (Trait("city", f"ask {ANN}"), [Label.FINANCIAL], "ask [email]"),
        (Trait("city", f"ask {ANN}"), [Label.IDENTIFIER], f"ask {ANN}"),
    ],
    ids=range(9),
)
def test_a_trait_is_masked_by_its_own_labels(trait: Trait, sees: list[Label], shown: str) -> None:
    assert mask(*sees).shown(trait, Trait) == {"trait": trait.trait, "value": shown}


def test_an_audience_tells_what_it_is_made_of() -> None:
    shown: Any = mask().shown(Answer(audiences=("rich", "locals", "gone")), Answer)
    assert shown["audiences"] == ["(hidden: financial)", "locals", NOT_DECLARED]


def test_words_written_freely_may_name_people() -> None:
    shown: Any = mask(Label.PSEUDONYM).shown(Answer(reason=f"{ANN} called"), Answer)
    assert shown["reason"] == "(hidden: identifier)"


@dataclass(frozen=True)
class Silent:
    text: str


@dataclass(frozen=True)
class Unknown:
    anything: Any


def test_what_says_nothing_is_shown_to_nobody_but_who_sees_all() -> None:
    shown: Any = Mask(EVERY_LABEL - {Label.CHILDREN}, lambda: SEALS, lambda: KNOWN).shown(Silent(ANN), Silent)
    assert shown == {"text": "(hidden: children)"}
    with pytest.raises(Bug, match="of which nothing is said"):
        mask().shown(Unknown(object()), Unknown)


@pytest.mark.parametrize("role", Role)
def test_what_a_role_does_not_see_it_does_not_see(role: Role) -> None:
    shown: Any = mask(*role.labels).shown(Answer((Held("email", ANN),), (Trait("income", "high"),)), Answer)
    assert (ANN in str(shown)) == (Label.IDENTIFIER in role.labels)
    assert ("high" in str(shown)) == (Label.FINANCIAL in role.labels)
