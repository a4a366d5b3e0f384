"""Sources, events and what was refused, as the console shows them: counted, masked by role, recorded, and without secrets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.console.asking import Asking
from tests.console.conftest import SCRIPT
from tests.console.live_shop import COLLECTOR, PRICE, made_live
from tests.flow.alive import Alive, track

from headwater.access.roles import Action, Role
from headwater.console.desk.question import RefusedError
from headwater.console.drawn.declared import NOT_SHOWN
from headwater.console.sources.dictionary import BOOK, ENTRY, PROPERTIES, matching
from headwater.console.sources.events_asked import OF_LOG, OF_REJECTED, OF_TABLE
from headwater.console.sources.mending import COUNT_REPAIR, COUNT_REPLAY, REPAIR, REPLAY, about, with_step
from headwater.console.sources.newest import NEWEST
from headwater.console.sources.one_source import LOOK, SOURCE
from headwater.console.sources.payload import Payload
from headwater.console.sources.planned import EXAMPLE, IN_NO_PLAN, KEEPING
from headwater.console.sources.questions import SOURCES
from headwater.console.sources.rejected import BY_EVENT, REJECTED, ROWS
from headwater.console.sources.tail import FAR_BEHIND, KEPT, Tail
from headwater.console.sources.told import told_text
from headwater.core.errors import NotFoundError, UserError
from headwater.explore.dictionary import Kind

MISSING = "properties.revenue: is missing"
HIDDEN = "(hidden: identifier)"


@pytest.fixture(scope="module")
def alive(tmp_path_factory: pytest.TempPathFactory) -> Alive:
    return made_live(tmp_path_factory.mktemp("live") / "shop")


@pytest.fixture(scope="module")
def live(alive: Alive) -> Iterator[Asking]:
    asking = Asking(alive.root)
    yield asking
    asking.close()


@pytest.fixture
def tail(alive: Alive) -> Tail:
    tail = Tail(alive.root, alive.seals)
    tail.read_on()
    return tail


def test_every_source_is_told_with_what_it_gave_and_refused(live: Asking) -> None:
    found = {each.name: each for each in live.ask(SOURCES, role=Role.MARKETER).listed}
    assert list(found) == ["members", "purchases", COLLECTOR]
    website = found[COLLECTOR]
    assert (website.n_received, website.n_accepted, website.n_rejected) == (5, 2, 3)
    assert (website.is_live, website.why, website.status) == (True, "against_plan", ("some refused", "warn"))
    assert found["members"].status == ("good", "good")


def test_a_source_is_told_whole(live: Asking) -> None:
    one = live.ask(SOURCE, "purchases")
    assert sum(each.n_received for each in one.runs) == one.listed.n_received == 407
    assert ("property", "revenue", "amount") in {(each.what, each.name, each.column) for each in one.mapped}
    assert sum(each.n for each in one.refused) == one.listed.n_rejected == 7
    assert "data/purchases*.csv" in one.text
    assert live.ask(LOOK, "purchases") == ()
    with pytest.raises(NotFoundError):
        live.ask(SOURCE, "nothing")


def test_a_file_that_is_not_sound_is_named_and_its_secret_is_not(alive: Alive, tmp_path: Path) -> None:
    root = shutil.copytree(alive.root, tmp_path / "shop")
    (root / "collectors" / "app.yaml").write_text("keys: hunter2-hunter2\n")
    asking = Asking(root)
    try:
        broken = asking.ask(SOURCES).listed[0]
        assert (broken.name, broken.status[1]) == ("app", "bad")
        assert "hunter2" not in str(asking.ask(SOURCE, "app"))
    finally:
        asking.close()


@pytest.mark.parametrize(
    ("text", "hidden", "shown"),
    [
        ("keys: [wk_123, '${KEY}']\n", "wk_123", "${KEY}"),
        ("kind: sql_database\nread: {url: 'postgresql://app:hunter2@db/shop', table: t}\n", "hunter2", "app"),
        ("kind: sql_database\nread: {url: 'postgresql://app:${PW}@db/shop', table: t}\n", "nothing", "${PW}"),
        ("kind: sql_database\nread: {url: 'x://db/shop?key=a1b2c3d4e5f6g7h8'}\n", "a1b2c3d4e5f6g7h8", "sql_"),
        ('keys: ["wk_\\x31\\x32"]\n', "x31", ""),
        ("keys: [", "[", ""),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(text: str, hidden: str, shown: str) -> None:
    told = told_text(text, "sources/one.yaml")
    assert hidden not in told
    assert shown in told
    assert NOT_SHOWN in told or shown in ("", "${PW}")


def test_the_newest_events_say_nothing_of_anybody(tail: Tail) -> None:
    came = tail.after(0)
    assert [each.event for each in came] == [SCRIPT, "Wishlist Shared", *["Order Completed"] * 3]
    assert [each.reason for each in came] == ["", *["against_plan"] * 3, ""]
    assert PRICE not in str(came)
    assert tail.after(came[0].number) == []
    assert [each.event for each in came if each.fits(["wishlist"], "", bad=True)] == ["Wishlist Shared"]
    assert not [each for each in came if each.fits(["ring"], "", bad=False)]
    assert not [each for each in came if each.fits([], "members", bad=False)]


def test_what_comes_too_fast_is_passed_over(
    alive: Alive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(alive.root, tmp_path / "shop")
    other = Alive(root)
    tail = Tail(root, other.seals)
    tail.read_on()
    monkeypatch.setattr("headwater.console.sources.tail.FAR_BEHIND", 20_000)
    monkeypatch.setattr("headwater.console.sources.tail.NEAR", 5_000)
    monkeypatch.setattr("headwater.console.sources.tail.LOOK_SECONDS", 0.0)
    with other.stream() as stream:
        for number in range(40):
            other.tell(track("Order Completed", order_id=f"n{number}", revenue=1, note="x" * 1000))
            assert stream.take_some()
    n_before = tail.n_seen
    tail.read_on()
    assert tail.n_jumps == 1
    assert 0 < tail.n_seen - n_before < 40
    assert len(tail.after(0)) <= KEPT < FAR_BEHIND


def _payload(live: Asking, tail: Tail, number: int, role: Role) -> Payload:
    row = next(each for each in tail.after(0) if each.number == number)
    return live.ask(OF_LOG, row.source, row.position, row.place, role=role)


def test_an_event_is_masked_by_role(live: Asking, tail: Tail) -> None:
    values = {
        role: _values(_payload(live, tail, 2, role)) for role in (Role.ADMIN, Role.ENGINEER, Role.READ_ONLY)
    }
    assert values[Role.ADMIN]["properties.paid"] == PRICE
    assert values[Role.ADMIN]["anonymous_id"] == "a1"
    assert values[Role.ENGINEER]["properties.paid"] == HIDDEN
    assert values[Role.ENGINEER]["properties.order_id"] == "o2"
    assert values[Role.ENGINEER]["anonymous_id"].startswith("anonymous_id:")
    assert values[Role.READ_ONLY]["properties.order_id"] == "(hidden: pseudonym)"
    assert values[Role.READ_ONLY]["anonymous_id"] == HIDDEN


def _values(found: Payload) -> dict[str, str]:
    return {each.kind: each.value for each in found.identifiers} | {
        each.path: each.value for each in found.said
    }


def test_looking_at_an_event_is_recorded_and_not_for_everybody(live: Asking, tail: Tail) -> None:
    _payload(live, tail, 2, Role.ENGINEER)
    entry = live.recorded()[0].event
    assert (entry.action, entry.by, entry.about) == (Action.SEE_PEOPLE, "console event", (COLLECTOR,))
    for question, given in (
        (OF_LOG, (COLLECTOR, 0, 0)),
        (OF_REJECTED, (COLLECTOR, 1, "")),
        (OF_TABLE, (COLLECTOR, "0")),
    ):
        with pytest.raises(RefusedError):
            live.ask(question, *given, role=Role.MARKETER)


def test_an_event_that_is_no_more_or_of_another_source_is_not_found(live: Asking) -> None:
    for given in ((COLLECTOR, 10**9, 0), (COLLECTOR, 0, 99), ("members", 0, 0), (COLLECTOR, 1, 0)):
        with pytest.raises(UserError):
            live.ask(OF_LOG, *given)


def test_an_event_of_the_tables_is_the_same_as_in_the_log(live: Asking, tail: Tail) -> None:
    row = next(each for each in live.ask(NEWEST, role=Role.MARKETER) if each.event == "Order Completed")
    found = live.ask(OF_TABLE, row.source, row.event_id, role=Role.ENGINEER)
    log = _payload(live, tail, 1, Role.ENGINEER)
    assert found.identifiers == log.identifiers
    assert _values(found) == _values(log)


def test_what_breaks_the_plan_is_told_with_an_example(live: Asking) -> None:
    found = live.ask(KEEPING, role=Role.MARKETER)
    assert [(each.event, each.words, each.n) for each in found.broken] == [
        ("Order Completed", MISSING, 2),
        ("Wishlist Shared", IN_NO_PLAN, 1),
    ]
    assert {each.event: (each.n, each.n_broken) for each in found.planned if each.event != SCRIPT} == {
        "Basket Filled": (0, 0),
        "Order Completed": (3, 2),
    }
    example = live.ask(EXAMPLE, COLLECTOR, "Order Completed", MISSING, role=Role.ENGINEER)
    assert (example.name, _values(example)["properties.paid"]) == ("Order Completed", HIDDEN)
    with pytest.raises(UserError, match="no example is kept"):
        live.ask(EXAMPLE, COLLECTOR, "Order Completed", "properties.other: is missing")


def test_what_was_refused_is_grouped_and_its_rows_are_named(live: Asking) -> None:
    found = live.ask(REJECTED, COLLECTOR, "", role=Role.MARKETER)
    assert [(each.detail, each.n) for each in found.groups] == [(MISSING, 2), (IN_NO_PLAN, 1)]
    assert {"members", "purchases", COLLECTOR} >= set(found.sources) > {COLLECTOR}
    rows = live.ask(ROWS, COLLECTOR, "against_plan", MISSING)
    assert [(each.line, each.is_kept) for each in rows] == [(2, True), (1, True)]
    events = {(each.source, each.event): each.n for each in live.ask(BY_EVENT, "", "against_plan")}
    assert events == {(COLLECTOR, "Order Completed"): 2, (COLLECTOR, "Wishlist Shared"): 1}
    assert ("purchases", "purchase") in {(each.source, each.event) for each in live.ask(BY_EVENT, "", "")}
    with pytest.raises(UserError):
        live.ask(REJECTED, "", "no_reason")


def test_a_row_of_a_file_is_shown_whole_to_who_sees_identifiers(live: Asking) -> None:
    assert "a lot" in (live.ask(OF_REJECTED, "purchases", 5, "").raw or "")
    assert live.ask(OF_REJECTED, "purchases", 5, "", role=Role.ENGINEER).raw == HIDDEN


def test_a_repair_is_written_step_by_step_and_comments_stay() -> None:
    text = "# ask the shop\n" + about("", COLLECTOR, "against_plan", "Order Completed")
    text = with_step(text, "rename", "properties.paid", "properties.revenue")
    text = with_step(text, "set", "properties.items", "3")
    text = with_step(text, "remove", "properties.note", "")
    assert "# ask the shop" in text
    assert "items: 3" in text
    other = about(text, "app", "bot", "")
    assert ("event:" in other, "source: app" in other, "items: 3" in other) == (False, True, True)
    assert about("of: {", "app", "", "") == "of:\n  source: app\nrepair: []\n"
    for step in (("rename", "", "x"), ("rename", "properties.a", "")):
        with pytest.raises(UserError):
            with_step(text, *step)


def test_only_who_operates_repairs_and_what_is_repaired_is_taken_in_once(
    alive: Alive, tmp_path: Path
) -> None:
    other = Alive(shutil.copytree(alive.root, tmp_path / "shop"))
    asking = Asking(other.root)
    text = about("", COLLECTOR, "against_plan", "Order Completed")
    for step in (
        ("rename", "properties.paid", "properties.revenue"),
        ("change", "properties.revenue", "number"),
    ):
        text = with_step(text, *step)
    try:
        for question, given in (
            (COUNT_REPAIR, (text,)),
            (REPAIR, (text,)),
            (REPLAY, ("", "", "")),
            (COUNT_REPLAY, ("", "", "")),
        ):
            with pytest.raises(RefusedError):
                asking.ask(question, *given, role=Role.ANALYST)
        counted = asking.ask(COUNT_REPAIR, text, role=Role.ENGINEER)
        assert (counted.n_found, counted.n_played, counted.n_unfit) == (2, 1, 1)
        other.take()
        assert len(other.accepted()) == 2
        asking.ask(REPAIR, text, role=Role.ENGINEER)
        assert dict(asking.recorded()[0].event.counts) == {"changed": 1}
        other.take()
        assert other.accepted().count("Order Completed") == 2
        assert asking.ask(COUNT_REPAIR, text, role=Role.ENGINEER).n_played == 0
        left = asking.ask(COUNT_REPLAY, COLLECTOR, "against_plan", "", role=Role.ENGINEER)
        assert left.n_events == 2
        with pytest.raises(UserError, match="no moment"):
            asking.ask(COUNT_REPLAY, "", "", "soon")
        for said in ("", "- a", "of: {", "repair: [{rename: {total: revenue}}]"):
            with pytest.raises(UserError):
                asking.ask(COUNT_REPAIR, said)
    finally:
        asking.close()


def test_the_dictionary_tells_what_there_is_and_who_uses_it(live: Asking) -> None:
    events = live.ask(BOOK, Kind.EVENT.value)
    purchase = events.find("purchase")
    assert (purchase.n, purchase.n_people) == (400, 60)
    assert events.sent_to(purchase) == ("hostile", "mailing")
    assert [each.name for each in matching(events.entries, "PURCH")] == ["purchase"]
    properties = live.ask(PROPERTIES, "purchase")
    assert [each.name for each in properties.entries] == [
        "category",
        "gift",
        "order_id",
        "quantity",
        "revenue",
    ]
    assert [each for each in live.ask(BOOK, Kind.PROPERTY.value).entries if each.of == "purchase"] == list(
        properties.entries
    )
    with pytest.raises(NotFoundError):
        live.ask(BOOK, "planet")
    with pytest.raises(NotFoundError):
        events.find("nothing")


def test_a_dictionary_tells_rare_texts_and_small_counts_only_to_who_sees_them(live: Asking) -> None:
    def orders(role: Role) -> int:
        return len(live.ask(PROPERTIES, "purchase", role=role).find("order_id").frequent)

    assert (orders(Role.ADMIN), orders(Role.ENGINEER), orders(Role.MARKETER)) == (10, 0, 0)
    assert live.ask(PROPERTIES, "purchase", role=Role.ENGINEER).find("category").frequent
    listed = live.ask(BOOK, Kind.EVENT.value, role=Role.MARKETER)
    assert (listed.is_counted, listed.find("purchase").n_filled, listed.find("purchase").n_people) == (
        False,
        None,
        None,
    )
    counted = live.ask(ENTRY, Kind.EVENT.value, "", "purchase", role=Role.MARKETER)
    assert counted.find("purchase").n_filled is not None
    assert counted.find("purchase").n is None
    assert live.ask(ENTRY, Kind.EVENT.value, "", "purchase").find("purchase").n_people == 60


def test_looking_through_the_dictionary_spends_no_counts(live: Asking) -> None:
    def n_shown() -> int:
        with live.engine.connect() as connection:
            return int(connection.execute(sa.text("SELECT count(*) FROM counts_shown")).scalar_one())

    before = n_shown()
    for kind in Kind:
        live.ask(BOOK, kind.value, role=Role.MARKETER)
    assert n_shown() == before
    live.ask(ENTRY, Kind.TRAIT.value, "", "city", role=Role.MARKETER)
    assert n_shown() <= before + 2
