"""The commands about live events, against a small shop that is alive but for its processes."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.conftest import Headwater
from tests.flow.alive import Alive, track
from tests.tables.sealed import NODES

from headwater.collect.log.segments import bases, path_of
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Moved, Outcome, Refused, packed
from headwater.collect.tracking_plan.drift import to_json
from headwater.core.owner import SERVE, own
from headwater.flow.new_project import make_project
from headwater.live.state import micros
from headwater.tables.workspace import read
from headwater.testing.shop import make_shop

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
TEA = {"product_id": "sencha", "category": "tea", "price": 9.5}
ORDER = {"order_id": "o1", "revenue": 19, "products": [{"product_id": "sencha", "price": 9.5, "quantity": 2}]}
BAD = {"order_id": "o2"}  # neither revenue nor products
SECOND = "collectors/app.yaml"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's shop, run once."""
    folder = tmp_path_factory.mktemp("template") / "shop"
    make_project(folder, "shop")
    (folder / SECOND).write_text("keys: [app]\n")
    Alive(folder).run()
    return folder


@pytest.fixture
def alive(template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(template, tmp_path / "shop"))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Have something happen once a command waits for something to happen."""

    def call(happens: Callable[[], object]) -> None:
        sleep, todo = time.sleep, [happens]

        def pause(seconds: float) -> None:
            if todo:
                todo.pop()()
            sleep(seconds)

        monkeypatch.setattr("headwater.cli.live.time.sleep", pause)

    return call


def mend(alive: Alive) -> None:
    """Let the plan ask for no more than the bad order tells."""
    plan = alive.root / "plans" / "order_completed.yaml"
    plan.write_text(plan.read_text().replace("[order_id, revenue, products]", "[order_id]"))


def some_come(alive: Alive) -> None:
    alive.tell(
        track("Product Viewed", **TEA), track("Order Completed", **ORDER), track("Order Completed", **BAD)
    )
    alive.tell(track("Order Completed", who="a2", **BAD), key="app")
    alive.take()


class TestListen:
    @pytest.fixture
    def listen(
        self, alive: Alive, headwater: Headwater, meanwhile: Callable[..., None]
    ) -> Iterator[Headwater]:
        meanwhile(lambda: some_come(alive))
        alive.tell(track("Product Viewed", who="before", **TEA))
        alive.take()
        return lambda *more: headwater("listen", "-p", alive.root, "--seconds", "0.5", *more)

    def test_shows_what_comes_good_and_bad_and_who_moves(self, listen: Headwater) -> None:
        lines = listen().out.splitlines()
        assert [line.split()[1:4] for line in lines[1:]] == [
            ["✓", "website", "Product"],
            ["✓", "website", "Order"],
            ["→", "into", "bought_today"],
            ["✗", "website", "Order"],
            ["!", "app", "Order"],
            ["→", "into", "bought_today"],
        ]
        assert "against_plan properties.revenue: is missing" in lines[4]

    def test_json_is_a_line_an_outcome_and_says_all(self, listen: Headwater) -> None:
        told = [json.loads(line) for line in listen("--json").out.splitlines()]
        assert [each["outcome"] for each in told] == [
            "accepted",
            "accepted",
            "moved",
            "refused",
            "accepted",
            "moved",
        ]
        assert told[0]["identifiers"] == {"anonymous_id": "a1"}
        assert told[0]["properties"]["category"] == "tea"
        assert told[3]["reason"] == "against_plan"

    def test_bad_leaves_out_what_follows_the_plan(self, listen: Headwater) -> None:
        told = [json.loads(line) for line in listen("--bad", "--json").out.splitlines()]
        assert [(each["outcome"], each["source"]) for each in told] == [
            ("refused", "website"),
            ("accepted", "app"),
        ]

    def test_of_one_source(self, listen: Headwater) -> None:
        told = [json.loads(line) for line in listen("--source", "app", "--json").out.splitlines()]
        assert [(each["outcome"], each["source"]) for each in told] == [("accepted", "app")]

    def test_markup_in_what_a_client_tells_is_shown_as_it_is(
        self, alive: Alive, headwater: Headwater, meanwhile: Callable[..., None]
    ) -> None:
        def come() -> None:
            alive.tell(track("[red]Odd[/]", **{"[bold]x": "[link=https://a.example]y[/]"}), key="app")
            alive.take()

        meanwhile(come)
        out = headwater("listen", "-p", alive.root, "--seconds", "0.5").out
        assert "[red]Odd[/]" in out
        assert "[bold]x: [link=https://a.example]y[/]" in out

    def test_where_nothing_ever_was_live_nothing_comes(self, headwater: Headwater, tmp_path: Path) -> None:
        make_project(tmp_path / "p", "empty")
        said = headwater("listen", "-p", tmp_path / "p", "--seconds", "0", "--json")
        assert (said.exit_code, said.out) == (0, "")


class TestWatch:
    """What comes is written by hand: in one process the live store is open once."""

    @pytest.fixture
    def watch(
        self, alive: Alive, headwater: Headwater, meanwhile: Callable[..., None]
    ) -> Iterator[Headwater]:
        alive.tell(
            *[track("Product Viewed", **TEA) for _ in range(3)],
            {"type": "identify", "anonymousId": "a1", "traits": {"email": "ann@example.org"}},
        )
        alive.take()
        at = micros(AT)
        come: list[Outcome] = [
            Accepted(9, "website", "track", "Signed In", "m1", at, at, {"anonymous_id": "a1"}, {}),
            Moved("tea_lovers", False, at, "time", [("anonymous_id", "a1"), ("email", "ann@example.org")]),
            Accepted(9, "website", "track", "Signed In", "m2", at, at, {"anonymous_id": "b"}, {}),
            Moved("tea_lovers", True, at, "time", [("anonymous_id", "b")]),
            Refused(9, "website", "segment", "invalid_json", "", at),
        ]  # fmt: skip

        def write() -> None:
            writer = Writer(alive.folders.outcomes, alive.seals)
            writer.append([packed(come)])
            writer.close()

        meanwhile(write)
        return lambda who, *more: headwater(
            "profile", "watch", who, "-p", alive.root, "--seconds", "0.5", *more
        )

    def test_shows_where_they_stand_and_then_what_is_theirs_by_whichever_identifier(
        self, watch: Headwater
    ) -> None:
        lines = watch("email=ANN@example.org").out.splitlines()
        assert lines[0] == "audiences: looking_around, tea_lovers"
        assert [line.split()[1:] for line in lines[1:]] == [
            ["✓", "website", "Signed", "In"],
            ["←", "out", "of", "tea_lovers", "(time)"],
        ]

    def test_json_is_an_object_and_then_a_line_each(self, watch: Headwater) -> None:
        begin, *lines = watch("email=ann@example.org", "--json").out.split("\n{")
        assert json.loads(begin)["known"] is True
        assert json.loads(begin)["audiences"] == ["looking_around", "tea_lovers"]
        assert [json.loads("{" + line)["outcome"] for line in lines] == ["accepted", "moved"]

    def test_somebody_who_is_yet_to_come_can_be_waited_for(self, watch: Headwater) -> None:
        lines = watch("anonymous_id=b").out.splitlines()
        assert lines[0].startswith("nobody is known")
        assert [line.split()[1] for line in lines[1:]] == ["✓", "→"]

    def test_what_is_no_identifier_is_said(self, watch: Headwater) -> None:
        assert watch("ann").exit_code == 2


class TestReplay:
    def test_what_was_refused_is_accepted_once_when_the_plan_is_mended(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        alive.tell(track("Order Completed", **ORDER), {**track("Order Completed", **BAD), "messageId": "m1"})
        alive.take()
        assert (alive.accepted(), alive.refused()) == (["Order Completed"], ["against_plan"])
        mend(alive)
        said = headwater("replay", "-p", alive.root, "--reason", "against_plan", "--json")
        assert said.json == {"n_events": 1, "n_gone": 0, "dry_run": False}
        alive.take()
        assert alive.accepted() == ["Order Completed"] * 2
        assert alive.refused() == ["against_plan"], "the good one is not played with it"

    @pytest.mark.parametrize("identity", [{"messageId": "m1"}, {}], ids=["with message id", "without"])
    @pytest.mark.parametrize("pause", [False, True], ids=["at once", "taken in between"])
    def test_twice_is_once(
        self, alive: Alive, headwater: Headwater, identity: dict[str, str], pause: bool
    ) -> None:
        alive.tell(
            {**track("Order Completed", **BAD), **identity},
            {**track("Order Completed", **BAD), **dict.fromkeys(identity, "m2")},
        )
        alive.take()
        mend(alive)
        for _ in range(2):
            headwater("replay", "-p", alive.root)
            if pause:
                alive.take()
        alive.take()
        assert alive.accepted() == ["Order Completed"] * 2
        person = alive.person("anonymous_id", "a1")
        assert person
        assert person.card.traits["orders"] == 2

    def test_of_many_days_long_after_is_once_too(self, alive: Alive, headwater: Headwater) -> None:
        for day in range(8):
            alive.tell(
                {**track("Order Completed", **BAD), "messageId": f"m{day}"}, at=AT + timedelta(days=day)
            )
        alive.take()
        mend(alive)
        headwater("replay", "-p", alive.root)
        alive.tell({**track("Order Completed", **ORDER), "messageId": "n"}, at=AT + timedelta(days=8))
        alive.take()
        assert len(alive.accepted()) == 9
        for day in range(9, 15):  # so much later the ids of messages are forgotten
            alive.tell(track("Product Viewed", who="b", **TEA), at=AT + timedelta(days=day))
        alive.take()
        assert headwater("replay", "-p", alive.root, "--json").json["n_events"] == 0

    def test_many_days_played_again_do_not_make_today_s_messages_forgotten(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        for day in range(6):
            alive.tell(
                {**track("Order Completed", **BAD), "messageId": f"m{day}"}, at=AT + timedelta(days=day)
            )
        alive.tell({**track("Order Completed", **ORDER), "messageId": "n"}, at=AT + timedelta(days=6))
        alive.take()
        mend(alive)
        headwater("replay", "-p", alive.root)
        alive.take()
        alive.tell({**track("Order Completed", **ORDER), "messageId": "n"}, at=AT + timedelta(days=6))
        alive.take()
        assert alive.refused()[-1] == "duplicate"
        assert len(alive.accepted()) == 7

    def test_what_is_refused_again_is_played_once_the_next_time(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        alive.tell(track("Order Completed", **BAD))
        alive.take()
        for _ in range(3):
            assert headwater("replay", "-p", alive.root, "--json").json["n_events"] == 1
            alive.take()
        mend(alive)
        headwater("replay", "-p", alive.root)
        alive.take()
        assert alive.accepted() == ["Order Completed"]

    def test_a_dry_run_only_counts(self, alive: Alive, headwater: Headwater) -> None:
        some_come(alive)
        mend(alive)
        assert "1 events would be played again" in headwater("replay", "-p", alive.root, "--dry-run").out
        alive.take()
        assert len(alive.accepted()) == 3

    def test_duplicates_are_never_played(self, alive: Alive, headwater: Headwater) -> None:
        for _ in range(2):
            alive.tell({**track("Order Completed", **ORDER), "messageId": "m"})
        alive.take()
        assert headwater("replay", "-p", alive.root, "--json").json["n_events"] == 0

    def test_since_source_and_reason_choose(self, alive: Alive, headwater: Headwater) -> None:
        alive.tell(track("Order Completed", **BAD), at=AT)
        alive.tell(track("Order Completed", **BAD), at=AT + timedelta(days=1))
        alive.tell({"type": "track", "event": "Nobody's"}, key="app", at=AT)
        alive.take()

        def n(*options: str) -> int:
            return int(
                headwater("replay", "-p", alive.root, "--dry-run", "--json", *options).json["n_events"]
            )

        assert n() == 3
        assert n("--since", "2026-05-05") == 1
        assert n("--since", "2026-05-04T10:00") == 3
        assert n("--source", "app") == 1
        assert n("--reason", "against_plan") == 2
        assert n("--reason", "bot") == 0

    def test_a_date_that_is_none_is_said(self, alive: Alive, headwater: Headwater) -> None:
        said = headwater("replay", "-p", alive.root, "--since", "last week")
        assert said.exit_code == 2
        assert "'last week' is no date or time" in said.err

    def test_what_is_no_longer_kept_is_counted(self, alive: Alive, headwater: Headwater) -> None:
        alive.tell(track("Order Completed", **BAD), track("Order Completed", **BAD))
        alive.take()
        new_file(alive)
        alive.tell(track("Order Completed", **BAD))
        alive.take()
        first, *_ = bases(alive.folders.requests)
        path_of(alive.folders.requests, first).unlink()
        said = headwater("replay", "-p", alive.root)
        assert "1 events are played again" in said.out
        assert "2 more are not in the log any more" in said.out

    def test_where_nothing_is_live_there_is_nothing_to_play(
        self, headwater: Headwater, tmp_path: Path
    ) -> None:
        make_project(tmp_path / "p", "empty")
        assert headwater("replay", "-p", tmp_path / "p", "--json").json["n_events"] == 0


def new_file(alive: Alive) -> None:
    """Have the log of requests go on in a new file."""
    writer = Writer(alive.folders.requests, alive.seals, segment_bytes=1)
    with writer.head.locked():
        end = writer.head.end
        path_of(alive.folders.requests, end).touch()
        writer.head.move(end, end)
    writer.close()


class TestDrift:
    def test_says_what_does_not_look_as_planned(self, alive: Alive, headwater: Headwater) -> None:
        alive.tell(track("Order Completed", **BAD), track("Product Viewd", **TEA))
        with alive.stream() as stream:
            stream.take_some()
            (alive.root / "live" / "drift.json").write_bytes(to_json(stream.drift))
        said = headwater("drift", "-p", alive.root)
        assert "Product Viewd" in said.out
        assert "Order Completed" in said.out
        assert headwater("drift", "-p", alive.root, "--json").json["drift"] == said.out.splitlines()

    def test_names_what_is_planned_and_never_came(self, alive: Alive, headwater: Headwater) -> None:
        assert "Signed In is planned and never came" in headwater("drift", "-p", alive.root).out

    def test_where_nothing_is_planned_and_nothing_came_nothing_has_drifted(
        self, headwater: Headwater, tmp_path: Path
    ) -> None:
        make_project(tmp_path / "p", "empty")
        assert headwater("drift", "-p", tmp_path / "p").out == "Nothing has drifted.\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with sources, and live events upon them."""
    folder = make_shop(tmp_path_factory.mktemp("rebuilt") / "shop", n_people=20, n_purchases=120).folder
    config = folder / "headwater.yaml"
    config.write_text(config.read_text().replace("now: 2026-04-01T00:00\n", ""))
    for name, text in {
        "collectors/website.yaml": "keys: [demo]\n",
        "traits/revenue_ever.yaml": "kind: sum\ndescription: Money spent\nevent: purchase\nproperty: revenue\n",
        "plans/product_viewed.yaml": "event: Product Viewed\n",
        "audiences/looks.yaml": "rule: {did: Product Viewed, at_least: 2, within: {last: 2 days}}\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    alive = Alive(folder)
    alive.run()
    alive.tell(*[track("Product Viewed", who=f"v{person % 4}", **TEA) for person in range(7)])
    alive.tell(
        {"type": "identify", "userId": "m1", "anonymousId": "v2", "traits": {"city": "Bern", "points": 3}}
    )
    alive.tell(track("purchase", who="new", revenue=120.5, category="coffee"))
    alive.take()
    alive.seal()
    alive.tell(track("purchase", who="v0", revenue=7.5, category="tea"), track("Product Viewed", who="v1"))
    alive.take()
    return folder


@pytest.mark.slow
class TestRebuild:
    """A shop with sources, and live events upon them."""

    @pytest.fixture
    def alive(self, sound: Path, tmp_path: Path) -> Alive:
        return Alive(shutil.copytree(sound, tmp_path / "shop"))

    def test_a_sound_project_is_equal(self, alive: Alive, headwater: Headwater) -> None:
        said = headwater("rebuild", "-p", alive.root, "--json")
        assert said.json["equal"] is True
        assert said.json["live"] == said.json["rebuilt"]
        assert (said.json["n_events"], said.json["n_differing"], said.exit_code) == (11, 0, 0)
        assert said.json["live"]["n_persons"] == 22
        assert "They are equal." in headwater("rebuild", "-p", alive.root).out

    def test_what_somebody_withdrew_live_is_not_agreed_to_again_by_a_file_that_is_older(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        agreed = next(
            line
            for line in (alive.root / "data/members.csv").read_text().splitlines()
            if line.endswith(",yes")
        )
        member = agreed.partition(",")[0]
        alive.tell(
            {
                "type": "identify",
                "userId": member,
                "context": {"consent": {"categoryPreferences": {"newsletter": False}}},
            }
        )
        alive.take()
        headwater("rebuild", "-p", alive.root, "--replace")
        with read(alive.project) as workspace:
            query = f"SELECT state FROM consents JOIN {NODES} USING (node_id) WHERE value = '{member}' ORDER BY stated_at"
            assert [row["state"] for row in workspace.engine.table(query).to_pylist()] == [
                "granted",
                "denied",
            ]

    def test_what_still_waits_in_the_log_is_taken_in_first(self, alive: Alive, headwater: Headwater) -> None:
        alive.tell(track("purchase", who="newer", revenue=120.5))
        said = headwater("rebuild", "-p", alive.root, "--json")
        assert said.json["equal"] is True
        assert said.json["live"]["n_persons"] == 23

    def test_live_state_that_is_wrong_is_found_and_put_right(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        self.corrupt(alive)
        said = headwater("rebuild", "-p", alive.root)
        assert said.exit_code == 1
        assert "They differ in 1 people." in said.out
        assert headwater("rebuild", "-p", alive.root, "--json").json["n_differing"] == 1, (
            "nothing was changed"
        )
        assert headwater("rebuild", "-p", alive.root, "--replace").exit_code == 0
        assert headwater("rebuild", "-p", alive.root, "--json").json["equal"] is True

    def corrupt(self, alive: Alive) -> None:
        with alive.store(is_writer=True) as store, store.writing() as draft:
            key = draft.key_of(("anonymous_id", "new"))
            assert key
            person = draft.person(key)
            person.card.audiences["coffee_lovers"] = micros(AT)
            draft.put(person)

    def test_after_replacing_all_goes_on_where_it_was(self, alive: Alive, headwater: Headwater) -> None:
        headwater("rebuild", "-p", alive.root, "--replace")
        alive.tell(track("purchase", who="new", revenue=1))
        alive.take()
        assert alive.refused() == []
        person = alive.person("anonymous_id", "new")
        assert person
        assert person.card.traits["revenue_ever"] == 121.5
        alive.run()
        assert headwater("rebuild", "-p", alive.root, "--json").json["equal"] is True

    def test_a_store_that_is_gone_is_made_anew(self, alive: Alive, headwater: Headwater) -> None:
        shutil.rmtree(alive.folders.store)
        alive.folders.store.mkdir()
        (alive.folders.store / "data.mdb").write_bytes(b"x" * 9000)
        assert headwater("rebuild", "-p", alive.root).exit_code == 4
        assert headwater("rebuild", "-p", alive.root, "--replace").exit_code == 0
        assert headwater("rebuild", "-p", alive.root, "--json").json["equal"] is True

    @pytest.mark.parametrize("what", [SERVE, "work/owner.lock"], ids=["served", "worked on"])
    def test_is_refused_while_another_process_works_on_it(
        self, alive: Alive, headwater: Headwater, what: str
    ) -> None:
        with own(alive.root, what):
            said = headwater("rebuild", "-p", alive.root)
        assert said.exit_code == 4
        assert "being worked on by" in said.err

    def test_is_refused_when_the_log_does_not_go_back_to_its_beginning(
        self, alive: Alive, headwater: Headwater
    ) -> None:
        new_file(alive)
        first, *_ = bases(alive.folders.requests)
        path_of(alive.folders.requests, first).unlink()
        said = headwater("rebuild", "-p", alive.root, "--replace")
        assert said.exit_code == 2
        assert "does not go back to its beginning" in said.err

    def test_is_refused_where_nothing_is_live(self, headwater: Headwater, tmp_path: Path) -> None:
        make_project(tmp_path / "p", "empty")
        assert headwater("rebuild", "-p", tmp_path / "p").exit_code == 2
