"""Who is erased is nowhere any more, does not come back, and nobody else is another than before."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.flow.alive import Alive, track
from tests.flow.sealed_shop import EMAIL, PHONE, REJECTED, USER, VISITOR, held, sealed_shop
from tests.tables.sealed import NODES, opened

from headwater.access.audit.log import Wanted, open_audit
from headwater.access.roles import Action
from headwater.activate.ledger import open_ledger
from headwater.audiences.lists import upload
from headwater.core.errors import BusyError, NotFoundError, StorageError, UserError
from headwater.core.owner import WORK, own
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.engine.lake import Lake
from headwater.flow.batch import run_batch
from headwater.flow.definitions import read_definitions
from headwater.flow.privacy import Privacy
from headwater.flow.rebuild import rebuild
from headwater.identity.identifier import sha256_hex
from headwater.privacy.gate import PermitRequest, Reason, Use, permit
from headwater.privacy.persons import find_persons
from headwater.privacy.receipt import Recipient, read as read_receipt, written
from headwater.privacy.suppression import open_suppressions
from headwater.tables.table import all_tables
from headwater.tables.workspace import read, work
from headwater.testing.shop import make_shop

_NOT_COMPARED = {"loaded_at", "fingerprint", "value_index"}


@pytest.fixture(scope="module")
def run_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated shop that was run once."""
    folder = make_shop(tmp_path_factory.mktemp("erasing") / "shop", n_people=30, n_purchases=300).folder
    run(folder)
    return folder


@pytest.fixture
def shop(run_shop: Path, tmp_path: Path) -> Path:
    return shutil.copytree(run_shop, tmp_path / "shop")


@pytest.fixture(scope="module")
def sealed_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("erased") / "shop"
    sealed_shop(root)
    return root


@pytest.fixture
def alive(sealed_template: Path, tmp_path: Path) -> Alive:
    return Alive(shutil.copytree(sealed_template, tmp_path / "shop"))


def run(folder: Path) -> list[Any]:
    with work(open_project(folder)) as workspace:
        return run_batch(workspace, read_definitions(workspace)).taken


def privacy(folder: Path) -> Privacy:
    return Privacy(open_project(folder))


def rows_of_others(folder: Path, of: tuple[str, str]) -> dict[str, list[str]]:
    """All rows of all tables but those that name the person who has an identifier, by the numbers that they have now."""
    with read(open_project(folder)) as workspace:
        index = workspace.seals.index_text(of[1], of[0])
        engine = workspace.engine
        nodes = engine.table(
            "SELECT node_id FROM identity_map WHERE profile_id IN (SELECT profile_id FROM nodes "
            f"JOIN identity_map USING (node_id) WHERE value_index = '{index}')"
        )["node_id"].to_pylist()
        them = set(nodes)
        found = {}
        for name, table in all_tables().items():
            columns = ", ".join(each.name for each in table.columns if each.name not in _NOT_COMPARED)
            rows = engine.table(f"SELECT {columns} FROM {opened(name)} ORDER BY ALL").to_pylist()
            found[name] = [
                repr(row) for row in rows if not any(row.get(each) in them for each in table.naming())
            ]
    return found


def test_everyone_else_is_as_before(shop: Path) -> None:
    before = rows_of_others(shop, ("email", "m3@example.com"))
    receipt = privacy(shop).erase(["email=m3@example.com"])
    assert receipt.left == ()
    assert receipt.n_profiles == 1
    after = rows_of_others(shop, ("email", "m3@example.com"))
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_the_next_run_takes_them_in_no_more_and_says_so(shop: Path) -> None:
    n_before = len(rows_of_others(shop, ("email", "m3@example.com"))["profiles"])
    privacy(shop).erase(["email=m3@example.com"])
    for file in ("members", "purchases"):
        path = shop / "data" / f"{file}.csv"
        path.write_text(path.read_text() + "\n")
    taken = run(shop)
    assert {each.source for each in taken if each.rejected.get("suppressed")} == {"members", "purchases"}  # type: ignore[call-overload]
    assert privacy(shop).verify(["email=m3@example.com", "user_id=m3"]) == []
    with read(open_project(shop)) as workspace:
        raw = workspace.engine.table("SELECT raw, n_rows FROM rejected_events WHERE reason = 'suppressed'")
        profiles = workspace.engine.table("SELECT count(*) AS n FROM profiles")["n"][0].as_py()
    assert raw.num_rows == 2
    assert profiles == n_before
    assert privacy(shop).lift("email=m3@example.com") > 1
    for file in ("members", "purchases"):
        path = shop / "data" / f"{file}.csv"
        path.write_text(path.read_text() + "\n")
    run(shop)
    assert privacy(shop).verify(["email=m3@example.com"])


def test_no_file_of_older_tables_is_left(shop: Path) -> None:
    def files() -> set[Path]:
        return {path for path in (shop / "lake").rglob("*") if path.is_file()}

    before = files()
    receipt = privacy(shop).erase(["email=m3@example.com"])
    for name in receipt.rows:
        gone = {path for path in before if path.is_relative_to(shop / "lake" / name)} - files()
        assert gone, name
    with read(open_project(shop)) as workspace:
        kept = {
            path
            for table in all_tables().values()
            for path in workspace.lake.files(table.layout, workspace.snapshot)
        }
    erased = {path for path in files() if path.suffix == ".parquet" and "_delta_log" not in path.parts}
    assert {path for path in erased if path.relative_to(shop / "lake").parts[0] in receipt.rows} <= kept


def test_the_number_of_an_erased_identifier_is_given_to_nobody(shop: Path) -> None:
    with read(open_project(shop)) as workspace:
        [newest] = workspace.engine.table(
            f"SELECT node_id, identifier, value FROM {NODES} ORDER BY node_id DESC LIMIT 1"
        ).to_pylist()
        last = newest["node_id"]
    privacy(shop).erase([f"{newest['identifier']}={newest['value']}"])
    (shop / "data" / "purchases_later.csv").write_text(
        "receipt,line,member,visitor,sold_at,category,amount,pieces,gift\nz1,0,,somebody-new,2026-03-01 10:00:00,tea,1.0,1,\n"
    )
    run(shop)
    with read(open_project(shop)) as workspace:
        first = workspace.engine.table(f"SELECT min(node_id) AS n FROM nodes WHERE node_id >= {last}")["n"][
            0
        ].as_py()
    assert first == last + 1


def test_destinations_are_told_and_files_do_not_name_them(shop: Path) -> None:
    receipt = privacy(shop).erase(["email=m3@example.com"])
    assert receipt.recipients == (Recipient("mailing", is_told=True),)
    assert receipt.files_rewritten
    naming = {}
    for path in (shop / "deliveries").iterdir():
        for line in path.read_text().splitlines():
            if sha256_hex("m3@example.com") in line:
                naming.setdefault(str(path.relative_to(shop)), []).append(line)
    assert all(line.startswith("removed") for lines in naming.values() for line in lines)
    assert set(naming) == set(receipt.files_that_tell)
    with open_audit(open_project(shop)) as log:
        told = [
            each.event for each in log.entries(Wanted(action=Action.SEND)) if each.event.by == "privacy erase"
        ]
    assert told, "removals are on the record like all that is sent"
    assert all(each.about[0] == "destination mailing" for each in told)
    assert sum(each.counts.get("removed", 0) for each in told) >= 1


def test_what_else_waits_for_a_destination_does_not_go_out_with_an_erasure(shop: Path) -> None:
    file = shop / "destinations" / "mailing.yaml"
    file.write_text(re.sub(r"(?m)^audiences:.*\n(- .*\n|  .*\n)*", "audiences: []\n", file.read_text()))
    with open_ledger(open_project(shop)) as ledger:
        before = {name: len(each.possible) for name, each in ledger.held_at("mailing").items()}
    receipt = privacy(shop).erase(["email=m3@example.com"])
    assert receipt.recipients == (Recipient("mailing", is_told=True),)
    with open_ledger(open_project(shop)) as ledger:
        after = {name: len(each.possible) for name, each in ledger.held_at("mailing").items()}
    gone = {before[name] - n for name, n in after.items()}
    assert 1 in gone
    assert gone <= {0, 1}


def test_one_that_is_not_declared_any_more_is_named_as_not_told(shop: Path) -> None:
    (shop / "destinations" / "mailing.yaml").unlink()
    receipt = privacy(shop).erase(["email=m3@example.com"])
    assert receipt.recipients == (Recipient("mailing", is_told=False, detail="it is not declared any more"),)


def test_who_is_suppressed_passes_no_gate(shop: Path) -> None:
    with read(open_project(shop)) as workspace:
        index = workspace.seals.index_text("m3@example.com", "email")
        profile = workspace.engine.table(
            f"SELECT profile_id FROM nodes JOIN identity_map USING (node_id) WHERE value_index = '{index}'"
        )["profile_id"].to_numpy()
        request = PermitRequest("newsletter", Use.EXPORT, "x", profile, {}, frozenset())
        assert permit(request, workspace).profile_ids.tolist() == profile.tolist()
        with open_suppressions(workspace.project) as suppressions:
            suppressions.add([("email", index)], "r")
        permitted = permit(request, workspace)
        assert permitted.profile_ids.tolist() == []
        assert permitted.left_out == {Reason.SUPPRESSED: 1}


def test_nothing_is_held_of_a_stranger_and_they_are_kept_out_all_the_same(shop: Path) -> None:
    foreseen = privacy(shop).foresee(["email=stranger@example.org"])
    assert (foreseen.n_profiles, foreseen.rows) == (0, {})
    receipt = privacy(shop).erase(["email=stranger@example.org"])
    assert (receipt.rows, receipt.left, receipt.n_kept_out) == ({}, (), 2), "the hash of the address, too"
    (shop / "list.csv").write_text("email\nstranger@example.org\nm1@example.com\n")
    with work(open_project(shop)) as workspace:
        uploaded = upload("vip", shop / "list.csv", "email=email", workspace)
    assert dict(uploaded.rejected) == {"suppressed": 1}


def test_a_rebuild_does_not_bring_them_back(shop: Path) -> None:
    privacy(shop).erase(["email=m3@example.com"])
    rebuild(open_project(shop), replacing=True)
    assert privacy(shop).verify(["email=m3@example.com", "user_id=m3"]) == []
    with read(open_project(shop)) as workspace:
        assert workspace.engine.table("SELECT * FROM profiles").num_rows > 1


def test_twice_is_once(shop: Path) -> None:
    first = privacy(shop).erase(["email=m3@example.com"])
    again = privacy(shop).erase(["email=m3@example.com"])
    assert first.rows
    assert (again.rows, again.left) == ({}, ())
    assert [each.ended_at is not None for each in privacy(shop).requests()] == [True, True]


def test_several_at_once(shop: Path) -> None:
    with read(open_project(shop)) as workspace:
        n_before = workspace.engine.table("SELECT count(*) AS n FROM profiles")["n"][0].as_py()
    receipt = privacy(shop).erase(["email=m1@example.com", "email=m3@example.com"])
    assert (receipt.n_profiles, receipt.rows["profiles"], receipt.left) == (2, 2, ())
    with read(open_project(shop)) as workspace:
        assert workspace.engine.table("SELECT count(*) AS n FROM profiles")["n"][0].as_py() == n_before - 2


def test_what_is_no_identifier_is_refused_and_nothing_is_begun(shop: Path) -> None:
    for wrong, error in (("email=nobody", UserError), ("colour=red", NotFoundError), ("ann", UserError)):
        with pytest.raises(error):
            privacy(shop).erase([wrong])
    assert privacy(shop).requests() == []


def test_while_somebody_else_is_at_work_it_is_noted_and_carried_out_later(shop: Path) -> None:
    with own(shop, WORK), pytest.raises(BusyError, match="is noted as erase-"):
        privacy(shop).erase(["email=m3@example.com"])
    assert privacy(shop).verify(["email=m3@example.com"])
    [receipt] = privacy(shop).resume()
    assert receipt.left == ()
    assert privacy(shop).verify(["email=m3@example.com"]) == []
    assert privacy(shop).resume() == []


def test_a_receipt_that_was_changed_is_not_genuine(shop: Path) -> None:
    receipt = privacy(shop).erase(["email=m3@example.com"])
    content = written(receipt)
    assert read_receipt(content) == receipt
    assert privacy(shop).is_genuine(content)
    assert not privacy(shop).is_genuine({**content, "left": ["x"]})
    assert not privacy(shop).is_genuine({**content, "signature": ""})
    assert not privacy(shop).is_genuine(content, "A" * 43)
    assert b"m3@example.com" not in (shop / "state" / "headwater.db").read_bytes()
    assert privacy(shop).request(receipt.request_id).receipt == content


@given(st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_it_is_nothing_is_left(
    run_shop: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shop = shutil.copytree(run_shop, tmp_path_factory.mktemp("any") / "shop")
    with read(open_project(shop)) as workspace:
        everyone = workspace.engine.table(f"SELECT identifier, value FROM {NODES} ORDER BY ALL").to_pylist()
    who = data.draw(st.lists(st.sampled_from(everyone), min_size=1, max_size=4))
    before = {**rows_of_others(shop, (who[0]["identifier"], who[0]["value"]))} if len(who) == 1 else None
    receipt = privacy(shop).erase([f"{each['identifier']}={each['value']}" for each in who])
    assert receipt.left == ()
    assert before is None or rows_of_others(shop, ("email", "nobody@example.org")) == before


@pytest.mark.slow
def test_of_somebody_who_went_every_way_no_trace_is_found(alive: Alive) -> None:
    seals = seals_of(alive.project)
    nodes = [("email", EMAIL), ("phone", PHONE), ("user_id", USER), ("anonymous_id", VISITOR)]
    receipt = privacy(alive.root).erase([f"email={EMAIL}"])
    assert receipt.left == ()
    assert receipt.n_live == 1
    assert receipt.rows["list_entries"] == 1
    traces = [seals.index_text(value, kind).encode() for kind, value in nodes]
    found = {name for name, data in held(alive.root) for each in traces if each in data}
    assert {name.partition(",")[0] for name in found} <= {
        "state/headwater.db",  # by which they are kept out
        "state/headwater.db-wal",
        "live/store/data.mdb",  # in pages of others
    }
    alive.tell(track("Signed In", who=VISITOR), track("Signed In", who="somebody-else"))
    alive.take()
    assert alive.refused()[-1] == "suppressed"
    assert alive.person("anonymous_id", VISITOR) is None
    assert alive.person("anonymous_id", "somebody-else") is not None


@pytest.mark.slow
def test_a_row_that_was_rejected_goes_by_what_it_says(alive: Alive) -> None:
    receipt = privacy(alive.root).erase([f"email={REJECTED}"])
    assert receipt.rows["rejected_events"] == 2, "of a file, and of a live call"
    assert receipt.left == ()


ERASE = """
import sys
from pathlib import Path
from headwater.core.project import open_project
from headwater.flow.privacy import Privacy
privacy = Privacy(open_project(Path(sys.argv[1])))
print("begun", flush=True)
privacy.erase(["email=m3@example.com"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_is_finished_by_resuming(shop: Path, seed: int) -> None:
    before = rows_of_others(shop, ("email", "m3@example.com"))
    with read(open_project(shop)) as workspace:
        numbers = find_persons([("email", "m3@example.com")], workspace).node_ids
    with subprocess.Popen(
        [sys.executable, "-c", ERASE, str(shop)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "begun"
        time.sleep(random.Random(seed).uniform(0.3, 4.0))
        process.send_signal(signal.SIGKILL)
    receipts = privacy(shop).resume()
    under_way_or_done = (
        receipts or privacy(shop).requests() or [privacy(shop).erase(["email=m3@example.com"])]
    )
    assert under_way_or_done
    assert privacy(shop).verify(["email=m3@example.com", "user_id=m3"]) == []
    assert rows_of_others(shop, ("email", "m3@example.com")) == before
    with open_ledger(open_project(shop)) as ledger:
        assert all(each.status != "unfinished" for each in ledger.deliveries())
        assert not ledger.names(numbers)
    assert_no_older_files(shop)


def test_what_is_left_to_do_after_the_rows_are_gone_is_done_by_resuming(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read(open_project(shop)) as workspace:
        numbers = find_persons([("email", "m3@example.com")], workspace).node_ids
    with monkeypatch.context() as patch, pytest.raises(StorageError):
        patch.setattr(Lake, "forget", lambda *_: (_ for _ in ()).throw(StorageError("the disk is gone")))
        privacy(shop).erase(["email=m3@example.com"])
    with open_ledger(open_project(shop)) as ledger:
        assert ledger.names(numbers)
    [receipt] = privacy(shop).resume()
    assert receipt.left == ()
    assert_no_older_files(shop)
    with open_ledger(open_project(shop)) as ledger:
        assert not ledger.names(numbers)


def assert_no_older_files(shop: Path) -> None:
    with read(open_project(shop)) as workspace:
        for name, table in all_tables().items():
            if table.naming():
                held = set(workspace.lake.files(table.layout, workspace.snapshot))
                there = set((shop / "lake" / name).rglob("*.zstd.parquet"))
                assert there == held, f"{name} has files of older versions"
