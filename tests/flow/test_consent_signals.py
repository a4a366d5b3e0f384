"""Consent signals from the wire to the gate: what a visitor's browser says, live and at rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.flow.alive import Alive
from tests.privacy.signals.test_tcf import SAID

from headwater.flow.bases import replace_base
from headwater.flow.batch import Run
from headwater.flow.definitions import read_definitions
from headwater.live.reader import LiveReader
from headwater.privacy.consent import Standing, standing_of, standings
from headwater.privacy.signals import gpp, tcf
from headwater.privacy.signals.gpp import GppString
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.us_fields import GpcSegment, UsSection
from headwater.privacy.signals.us_sections import USNAT
from headwater.profiles.show import find_profile, show_profile
from headwater.tables.workspace import Workspace, read, work

NOW = datetime.now(UTC).replace(microsecond=0)
G, D, A = Standing.GRANTED, Standing.DENIED, Standing.ABSENT
FILES = {
    "headwater.yaml": """
project: shop
lake: {buckets: 1}
settings: {threads: 1}
purposes:
  ads: {description: a, signals: ["tcf:3", "consent_mode:ad_storage", "us_privacy:sale", "gpp:usnat:sale_opt_out", gpc]}
  measuring: {description: m, lawful_basis: legitimate_interest, signals: ["tcf:7"]}
  brief: {description: b, signals: ["consent_mode:analytics_storage"], lasts_days: 1}
  news: {description: n}
""",
    "collectors/website.yaml": "keys: [demo]\n",
    "sources/crm.yaml": """
kind: files
read: {path: data/*.csv}
identifiers: {user_id: user}
consents:
  - {signal: tcf, column: tc, time: at}
  - {signal: us_privacy, column: usp, time: at}
  - {signal: gpc, column: gpc, time: at}
  - {purpose: news, column: news, time: at}
""",
}


def tc(
    *consented: int, by_interest: tuple[int, ...] = (), made: timedelta = timedelta(0), **changes: Any
) -> str:
    """A TCF string made so long ago."""
    said = replace(
        SAID,
        purposes=IdSet.of(consented),
        purposes_by_interest=IdSet.of(by_interest),
        created=NOW - made,
        updated=NOW - made,
        **{"disclosed_vendors": IdSet.of([2]), "restrictions": (), **changes},
    )
    return tcf.encode(said)


def us(sale: int, *, gpc: bool | None = None) -> str:
    """A GPP string of the United States."""
    values = {each.name: (0,) * each.n_values if each.n_values else 0 for each in USNAT.versions[1]} | {
        "sale_opt_out": sale,
        "sale_opt_out_notice": 1,
    }
    segment = None if gpc is None else GpcSegment(gpc)
    return gpp.encode(GppString({"usnat": UsSection(USNAT, 1, values, segment)}))


@dataclass(frozen=True)
class Says:
    """A call of a visitor: its consent, so many minutes ago."""

    consent: dict[str, Any]
    ago: int = 5
    header: bool = False
    who: str = ""
    user: str = ""


OPTED_IN = {"categoryPreferences": {"ads": True}}
TOMORROW = timedelta(days=-1)
TELLING: dict[str, tuple[list[Says], dict[str, Standing]]] = {
    "a string that grants": ([Says({"tcf": tc(3, 7)})], {"ads": G, "measuring": D}),
    "legitimate interest": ([Says({"tcf": tc(by_interest=(7,))})], {"ads": D, "measuring": G}),
    "no signal at all": ([Says({})], {"ads": A, "measuring": A}),
    "a choice beside": (
        [Says({"tcf": tc(3, by_interest=(7,)), "categoryPreferences": {"news": True}})],
        {"ads": G, "news": G},
    ),
    "a choice and a string that differ": ([Says({"tcf": tc(), **OPTED_IN})], {"ads": D}),
    "no opt-out is no consent": ([Says({"us_privacy": "1YNN"})], {"ads": A}),
    "an opt-out": ([Says({"usPrivacy": "1YYN", **OPTED_IN})], {"ads": D}),
    "an opt-out in gpp": ([Says({"gpp": us(1), **OPTED_IN})], {"ads": D}),
    "gpc in gpp": ([Says({"gpp": us(2, gpc=True), **OPTED_IN})], {"ads": D}),
    "gpc not set in gpp": ([Says({"gpp": us(2, gpc=False), **OPTED_IN})], {"ads": G}),
    "consent mode": ([Says({"consent_mode": {"ad_storage": "granted"}})], {"ads": G}),
    "consent mode as commands": (
        [
            Says(
                {
                    "consentMode": [
                        ["default", {"ad_storage": "denied"}],
                        ["update", {"ad_storage": "granted"}],
                    ]
                }
            )
        ],
        {"ads": G},
    ),
    "a default is nobody's word": (
        [Says({"consent_mode": [["default", {"ad_storage": "granted"}]]})],
        {"ads": A},
    ),
    "padded": ([Says({"tcf": tc(3) + "=="})], {"ads": A}),
    "truncated": ([Says({"tcf": tc(3)[:20], **OPTED_IN})], {"ads": G}),
    "a wrong version": ([Says({"tcf": "B" + tc(3)[1:]})], {"ads": A}),
    "no text": ([Says({"tcf": {"3": True}, "gpp": 7, "us_privacy": [], "consent_mode": "x"})], {"ads": A}),
    "made tomorrow": ([Says({"tcf": tc(3, made=TOMORROW)})], {"ads": A}),
    "refused tomorrow": ([Says({"tcf": tc(made=TOMORROW), **OPTED_IN})], {"ads": D}),
    "without disclosed vendors": ([Says({"tcf": tc(3, disclosed_vendors=None)})], {"ads": A}),
    "an old one without disclosed vendors": (
        [Says({"tcf": tc(3, disclosed_vendors=None, made=timedelta(days=400))})],
        {"ads": G},
    ),
    "refused since the string was made": (
        [
            Says({"categoryPreferences": {"ads": False}}, 60),
            Says({"tcf": tc(3, made=timedelta(hours=3))}),
        ],
        {"ads": D},
    ),
    "agreed since it was refused": (
        [Says({"categoryPreferences": {"ads": False}}, 60), Says({"tcf": tc(3, made=timedelta(minutes=30))})],
        {"ads": G},
    ),
    "gpc after an opt-in": ([Says(OPTED_IN, 60), Says({}, header=True)], {"ads": D}),
    "gpc with an opt-in": ([Says(OPTED_IN, header=True)], {"ads": D}),
    "an opt-in after gpc that knows nothing of it": ([Says({}, 60, header=True), Says(OPTED_IN)], {"ads": D}),
    "an opt-in that knows of gpc": (
        [
            Says({}, 60, header=True),
            Says({**OPTED_IN, "despiteGpc": ["ads"]}, header=True),
            Says(OPTED_IN, 3),
        ],
        {"ads": G},
    ),
    "one that says so and agrees to nothing": ([Says({"despiteGpc": ["ads"]}, header=True)], {"ads": D}),
    "gpc anew after an opt-in that knew of it": (
        [Says({**OPTED_IN, "despiteGpc": ["ads"]}, 60, header=True), Says({}, header=True)],
        {"ads": D},
    ),
    "gpc of a browser counts for its person": (
        [
            Says({**OPTED_IN}, 60, user="p1", who="b1"),
            Says({}, 30, header=True, who="b2"),
            Says({}, who="b2", user="p1"),
        ],
        {"ads": D},
    ),
    "gpc of who is signed in stays with the browser": (
        [Says({}, 30, header=True, who="b3", user="p3"), Says({}, who="b3")],
        {"ads": D},
    ),
    "lapsed": ([Says({"consent_mode": {"analytics_storage": "granted"}}, 60 * 25)], {"brief": A}),
    "not lapsed yet": ([Says({"consent_mode": {"analytics_storage": "granted"}}, 60 * 23)], {"brief": G}),
}
ROWS = {
    "c1": (f"{tc(3, by_interest=(7,), made=timedelta(days=2))},,,yes", {"ads": G, "measuring": G, "news": G}),
    "c2": (f"{tc(3, made=timedelta(days=2))},1YYN,,", {"ads": D}),
    "c3": (f"{tc(3, made=timedelta(days=2))},,1,", {"ads": D}),
    "c4": (f"{tc(3)[:30]},,,no", {"ads": A, "news": D}),
}


def node(name: str, says: list[Says]) -> tuple[str, str]:
    last = says[-1]
    return ("user_id", last.user) if last.user else ("anonymous_id", last.who or name)


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Alive:
    root = tmp_path_factory.mktemp("signals")
    rows = [f"{user},{row},{(NOW - timedelta(hours=1)).isoformat()}" for user, (row, _) in ROWS.items()]
    data = "\n".join(["user,tc,usp,gpc,news,at", *rows]) + "\n"
    for name, text in {**FILES, "data/crm.csv": data}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    alive = Alive(root)
    alive.run()
    told = [(name, each) for name, (says, _) in TELLING.items() for each in says]
    for name, each in sorted(told, key=lambda one: -one[1].ago):
        call = {
            "type": "track",
            "event": "Looked",
            "anonymousId": each.who or name,
            "userId": each.user or None,
        }
        headers = {"sec-gpc": "1"} if each.header else {}
        at = NOW - timedelta(minutes=each.ago)
        alive.tell({**call, "context": {"consent": each.consent}}, at=at, headers=headers)
    alive.take()
    return alive


@pytest.fixture(scope="module")
def workspace(alive: Alive) -> Iterator[Workspace]:
    alive.run()
    with work(alive.project) as working:
        replace_base(Run(working, read_definitions(working)))
    with read(alive.project) as workspace:
        yield workspace


@pytest.mark.parametrize("name", TELLING)
def test_live_they_stand_where_they_said(alive: Alive, name: str) -> None:
    says, expected = TELLING[name]
    person = alive.person(*node(name, says))
    assert person is not None
    assert {each: standing_of(person.card.consents, each) for each in expected} == expected


@pytest.mark.parametrize("name", [*TELLING, *ROWS])
def test_at_rest_they_stand_there_too(workspace: Workspace, name: str) -> None:
    who, expected = ROWS[name] if name in ROWS else TELLING[name]
    kind, value = ("user_id", name) if name in ROWS else node(name, who)  # type: ignore[arg-type]
    profile = np.array([find_profile(f"{kind}={value}", workspace)])
    found = {each: Standing(int(standings(workspace, each, profile)[0])) for each in expected}
    assert {each: A if said is Standing.LAPSED else said for each, said in found.items()} == expected


@pytest.mark.parametrize("name", [*TELLING, *ROWS])
def test_a_base_of_the_tables_says_the_same(workspace: Workspace, alive: Alive, name: str) -> None:
    who, expected = ROWS[name] if name in ROWS else TELLING[name]
    with alive.base() as base:
        place = base.place_of(("user_id", name) if name in ROWS else node(name, who))  # type: ignore[arg-type]
        assert place is not None
        consents = base.card_at(place).consents
    assert {each: standing_of(consents, each) for each in expected} == expected


def test_what_came_live_and_what_the_tables_say_come_together_the_same(
    workspace: Workspace, alive: Alive
) -> None:
    with alive.stream() as stream:
        while stream.renew_some():
            pass
    reader = LiveReader(alive.folders.store, alive.folders.bases, alive.seals)
    for name, (says, expected) in TELLING.items():
        person = reader.find([node(name, says)])
        assert {each: standing_of(person.consents, each) for each in expected} == expected, name


def test_whoever_came_with_a_bad_signal_is_taken_in_and_it_is_counted_by_reason(
    workspace: Workspace, alive: Alive
) -> None:
    assert not alive.refused()
    rows = workspace.engine.table(
        "SELECT source, signal, reason, sum(n_signals) AS n FROM refused_signals GROUP BY ALL"
    ).to_pylist()
    assert {(row["source"], row["signal"], row["reason"]): row["n"] for row in rows} == {
        ("crm", "tcf", "truncated"): 1,
        ("website", "tcf", "padded"): 1,
        ("website", "tcf", "truncated"): 1,
        ("website", "tcf", "wrong_version"): 1,
        ("website", "tcf", "malformed"): 1,
        ("website", "gpp", "malformed"): 1,
        ("website", "us_privacy", "truncated"): 1,
        ("website", "consent_mode", "malformed"): 1,
        ("website", "tcf", "from_the_future"): 2,
        ("website", "tcf", "no_disclosed_vendors"): 1,
    }


def test_the_history_says_by_which_signal_and_what_was_overruled(workspace: Workspace) -> None:
    profile = show_profile(find_profile("anonymous_id=gpc in gpp", workspace), workspace)
    told = {(each.signal, each.state, each.overruled) for each in profile.consents if each.purpose == "ads"}
    assert told == {("choice", "granted", None), ("gpc", "denied", "choice")}
    [by_gpc] = [each for each in profile.consents if each.signal == "gpc"]
    assert by_gpc.string == us(2, gpc=True)
    assert profile.consents[0].source == "website"
