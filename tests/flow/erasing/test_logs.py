"""Erasing persons from both logs: nothing of them is left in any record, and of everybody else everything is as it was."""

from __future__ import annotations

import json
import shutil

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from msgspec.structs import replace
from tests.core.sealing.ring import SEALS
from tests.flow.erasing.logged import (
    PEOPLE,
    REQUESTS,
    Customer,
    Shop,
    laid_open,
    make_shop,
    opened,
    outcomes,
    rebuilt,
    request_of,
    take_in,
    write,
)

from headwater.collect.kept import Kept, read_kept
from headwater.collect.log.reader import Reader, read_all
from headwater.collect.log.segments import path_of
from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, Outcome
from headwater.collect.request import Request
from headwater.flow.erasing.logs import LogsErased, Place, erase_from_logs, find_in_logs
from headwater.flow.live_log import Folders


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return make_shop(tmp_path_factory.mktemp("project") / "shop")


def of_others(found: list[Outcome], marks) -> list[bytes]:
    packed = [msgspec.msgpack.encode(each) for each in found]
    return [each for each in packed if not marks.search(laid_open(each))]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    requests=st.lists(REQUESTS, min_size=1, max_size=12),
    later=st.lists(REQUESTS, max_size=3),
    who=st.sampled_from(PEOPLE),
    segment_bytes=st.sampled_from([1_000, 4_000, 1 << 20]),
)
def test_nothing_of_somebody_is_left_and_everybody_else_is_as_before(
    shop, tmp_path_factory, requests, later, who, segment_bytes
):
    root = tmp_path_factory.mktemp("logs")
    folders = Folders.of(root / "a")
    write(folders, requests, segment_bytes)
    take_in(folders, shop)
    write(folders, later, segment_bytes)
    before = of_others(outcomes(folders), who.marks)
    before_anew = of_others(rebuilt(folders, root / "b", shop), who.marks)
    places = [(begin, end) for begin, end, _ in opened(folders.requests)]
    erased = erase_from_logs(folders, SEALS, who.nodes, shop.told)
    assert find_in_logs(folders, SEALS, who.nodes, shop.told) == []
    assert erase_from_logs(folders, SEALS, who.nodes, shop.told) == LogsErased()
    for folder in (folders.requests, folders.outcomes):
        for position, _, payload in opened(folder):
            assert not who.marks.search(laid_open(payload)), (folder.name, position, payload)
    assert [(begin, end) for begin, end, _ in opened(folders.requests)] == places
    assert [msgspec.msgpack.encode(each) for each in outcomes(folders)] == before
    assert [msgspec.msgpack.encode(each) for each in rebuilt(folders, root / "c", shop)] == before_anew
    assert (
        erased.n_outcomes
        or erased.n_requests
        or not who.marks.search(b"".join(laid_open(each[2]) for each in opened(folders.requests)))
    )
    shutil.rmtree(root)


ANA, BEN = Customer(1), Customer(3)


def track(who: Customer, message: str, **said) -> dict:
    return {"type": "track", "event": "view", "messageId": message, "userId": who.user_id, **said}


def batch(*calls: dict, **said) -> tuple[Request, str, str]:
    body = json.dumps({"batch": calls, **said}).encode()
    return request_of(path="/v1/batch", body=body, headers={"user-agent": "Mozilla/5.0 X"}), "segment", ""


@pytest.fixture
def logs(tmp_path, shop):
    """Makes logs with some requests, of which the first so many are taken in."""

    def make(*requests, taken: bool = True) -> Folders:
        folders = Folders.of(tmp_path / "logs")
        write(folders, requests, 1 << 20)
        if taken:
            take_in(folders, shop)
        return folders

    return make


def requests_in(folders: Folders) -> list[Kept]:
    return [read_kept(payload) for _, _, payload in opened(folders.requests)]


def is_gone(who: Customer, folders: Folders) -> bool:
    payloads = [
        payload for folder in (folders.requests, folders.outcomes) for _, _, payload in opened(folder)
    ]
    return not any(who.marks.search(laid_open(each)) for each in payloads)


def ids(found: list[Outcome]) -> list[str]:
    return [each.event_id for each in found if isinstance(each, Accepted)]


def test_a_request_about_one_person_goes_whole(logs, shop):
    folders = logs(batch(track(ANA, "a1"), track(ANA, "a2")), batch(track(BEN, "b1")))
    assert erase_from_logs(folders, SEALS, ANA.nodes, shop.told) == LogsErased(1, 1, 2, 2, 2, 0)
    gone, stays = requests_in(folders)
    assert gone.is_erased
    assert (gone.ip, gone.headers, gone.query, gone.path, gone.body.strip()) == ("", {}, "", "", b"")
    assert stays.headers == {"user-agent": "Mozilla/5.0 X"}
    assert ids(outcomes(folders)) == ["b1"]


def test_a_copy_of_the_logs_from_before_gives_only_the_others(logs, shop, tmp_path):
    folders = logs(
        batch(track(ANA, "a1")), batch(track(BEN, "b1")), batch(track(ANA, "a2"), track(BEN, "b2"))
    )
    copy = Folders.of(tmp_path / "backup")
    for mine, copied in ((folders.requests, copy.requests), (folders.outcomes, copy.outcomes)):
        shutil.copytree(mine, copied)
    assert len(requests_in(copy)) == 3
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    reader = Reader(copy.requests, SEALS)
    assert [read_kept(each.payload).body for each in reader.read()] == [requests_in(folders)[1].body]
    assert b"a1" not in b"".join(each.payload for each in read_all(copy.outcomes, SEALS, 0, 1 << 62))


def test_of_a_request_about_several_the_others_keep_their_places(logs, shop, tmp_path):
    folders = logs(batch(track(ANA, "a1"), track(BEN, ""), track(ANA, "a2"), track(BEN, "b2")))
    before = [
        each
        for each in outcomes(folders)
        if isinstance(each, Accepted) and each.identifiers["user_id"] == BEN.user_id
    ]
    erased = erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert (erased.n_requests, erased.n_whole, erased.n_events) == (1, 0, 2)
    (kept,) = requests_in(folders)
    assert [place for place in kept.erased if place >= 0] == [0, 2]
    assert [each.position for each in before] == [1, 3]
    assert outcomes(folders) == before
    assert rebuilt(folders, tmp_path / "again", shop) == before


def test_many_persons_go_at_once(logs, shop):
    people = [Customer(number) for number in range(20, 320)]
    folders = logs(
        *(
            batch(
                *(track(each, f"m{each.number}") for each in people[begin : begin + 30]),
                track(BEN, f"b{begin}"),
            )
            for begin in range(0, 300, 30)
        )
    )
    nodes = [node for each in people for node in each.nodes]
    erased = erase_from_logs(folders, SEALS, nodes, shop.told)
    assert (erased.n_requests, erased.n_events, erased.n_outcomes) == (10, 300, 300)
    assert ids(outcomes(folders)) == [f"b{begin}" for begin in range(0, 300, 30)]
    assert find_in_logs(folders, SEALS, nodes, shop.told) == []


def test_an_identifier_that_stands_aside_goes_and_the_event_stays_with_whom_it_is(logs, shop, tmp_path):
    """Ana's browser, on which Ben signs in: a device brings no two known people together."""
    folders = logs(
        batch({**track(ANA, "a1"), "anonymousId": ANA.browser}),
        batch({**track(BEN, "b1", properties={"revenue": 5}), "anonymousId": ANA.browser}),
    )
    before = outcomes(folders)[-1]
    assert isinstance(before, Accepted)
    assert before.aside == ["anonymous_id"]
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    (after,) = outcomes(folders)
    assert after == replace(before, identifiers={"user_id": BEN.user_id}, aside=[])
    session = {"session_id", "session_number"}  # hung on the browser
    left = {name: value for name, value in after.properties.items() if name not in session}
    assert rebuilt(folders, tmp_path / "again", shop) == [replace(after, properties=left)]
    assert is_gone(ANA, folders)


def test_what_names_somebody_in_the_text_of_another_is_taken_out_of_the_text(logs, shop, tmp_path):
    said = {"note": f"for {ANA.email.upper()}, soon", "friend": ANA.user_id, "revenue": 3}
    folders = logs(batch(track(BEN, "b1", properties=said)))
    erased = erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert (erased.n_whole, erased.n_events, erased.n_outcomes) == (0, 0, 1)
    (after,) = outcomes(folders)
    assert isinstance(after, Accepted)
    assert (
        after.properties.items()
        >= {"note": "for [email], soon", "friend": "*" * len(ANA.user_id), "revenue": 3}.items()
    )
    assert rebuilt(folders, tmp_path / "again", shop) == [after]


def test_what_was_not_taken_in_yet_goes_too(logs, shop, tmp_path):
    folders = logs(
        batch({**track(ANA, "a1"), "type": "identify", "traits": {"phone": "030 123 456 01"}}),
        batch(track(BEN, "b1")),
        taken=False,
    )
    erase_from_logs(folders, SEALS, [("phone", ANA.phone)], shop.told)
    assert [each.is_erased for each in requests_in(folders)] == [True, False]
    take_in(folders, shop)
    assert ids(outcomes(folders)) == ["b1"]
    assert len(outcomes(folders)) == 1, "what was erased is not refused either"


def test_an_alias_and_a_shared_context_name_people_too(logs, shop):
    folders = logs(
        batch({"type": "alias", "userId": BEN.user_id, "previousId": ANA.browser}),
        batch(
            {"type": "track", "event": "view", "anonymousId": "some-browser"},
            context={"traits": {"email": ANA.email}},
        ),
        taken=False,
    )
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert all(each.is_erased for each in requests_in(folders))


def test_refused_events_go_and_those_of_others_stay(logs, shop, tmp_path):
    folders = logs(
        batch(track(ANA, "a1", event=""), track(BEN, "b1", event="")),
        (
            request_of(path="/v1/batch", body=f'{{"batch": [{{"userId": "{ANA.user_id}"'.encode()),
            "segment",
            "the body: is no JSON",
        ),
        (
            request_of(path="/v1/batch", body=b'{"batch": [{"userId": "somebody"'),
            "segment",
            "the body: is no JSON",
        ),
        batch(track(BEN, "b2", timestamp="soon"), track(ANA, "a2", timestamp="soon")),
    )
    before = outcomes(folders)
    assert len(before) == 6
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert [each.is_erased for each in requests_in(folders)] == [False, True, False, False]
    assert outcomes(folders) == [before[1], before[3], before[4]]
    assert rebuilt(folders, tmp_path / "again", shop) == outcomes(folders)
    assert is_gone(ANA, folders)


def test_a_short_identifier_takes_nothing_from_others(logs, shop):
    folders = logs(
        batch(
            {"type": "track", "event": "view", "userId": 7, "messageId": "a"},
            track(BEN, "b", properties={"size": "7", "n": 7, "sku": "x-7"}),
        ),
        (request_of(method="GET", path="/i", query="e=pv&uid=7&p=srv"), "snowplow", ""),
        (request_of(method="GET", path="/i", query="e=pv&uid=70&p=srv&page=7"), "snowplow", ""),
    )
    before = outcomes(folders)
    erase_from_logs(folders, SEALS, [("user_id", "7")], shop.told)
    assert [each.is_erased for each in requests_in(folders)] == [False, True, False]
    assert outcomes(folders) == [before[1], before[3]]
    assert find_in_logs(folders, SEALS, [("user_id", "7")], shop.told) == []


def test_a_request_that_is_played_again_is_cut_as_well(logs, shop, tmp_path):
    folders = logs(batch(track(ANA, "a1", event=""), track(BEN, "b1", event="")))
    (kept,) = requests_in(folders)
    writer = Writer(folders.requests, SEALS)
    writer.append([kept.again([1], 0), kept.again([0], 0)])
    writer.close()
    take_in(folders, shop)
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    first, bens, anas = requests_in(folders)
    assert [first.holds(place) for place in (0, 1)] == [False, True]
    assert [bens.holds(place) for place in (0, 1)] == [False, True]
    assert anas.is_erased
    assert is_gone(ANA, folders)


def test_a_record_that_is_no_request_goes_whole_if_it_names_somebody(logs, shop):
    folders = logs(batch(track(BEN, "b1")))
    writer = Writer(folders.requests, SEALS)
    writer.append([b"\xc1 of " + ANA.email.encode() + b" and more", b"\xc1 of nobody"])
    writer.close()
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert is_gone(ANA, folders)
    assert [payload for _, _, payload in opened(folders.requests)][-1] == b"\xc1 of nobody"


def test_nobody_and_no_log_cost_nothing(tmp_path, shop):
    folders = Folders.of(tmp_path / "new")
    assert erase_from_logs(folders, SEALS, ANA.nodes, shop.told) == LogsErased()
    assert erase_from_logs(folders, SEALS, [], shop.told) == LogsErased()
    assert find_in_logs(folders, SEALS, ANA.nodes, shop.told) == []
    assert not folders.requests.exists()


def test_it_is_said_where_somebody_stands(logs, shop):
    folders = logs(batch(track(BEN, "b1")), batch(track(ANA, "a1")))
    second = [begin for begin, _, _ in opened(folders.requests)][1]
    found = find_in_logs(folders, SEALS, ANA.nodes, shop.told)
    assert Place("requests", second) in found
    assert {each.log for each in found} == {"requests", "outcomes"}


def test_damage_is_counted_and_stays(logs, shop):
    folders = logs(batch(track(ANA, "a1")), batch(track(BEN, "b1")), batch(track(ANA, "a2")))
    path = path_of(folders.requests, 0)
    (_, begin, _), *_ = list(opened(folders.requests))[0:1]
    data = bytearray(path.read_bytes())
    data[begin + 30] ^= 1
    path.write_bytes(data)
    erased = erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    assert (erased.n_requests, erased.n_damaged) == (2, 1)


def test_the_stream_goes_on_where_it_was(logs, shop):
    folders = logs(batch(track(ANA, "a1")), batch(track(BEN, "b1")))
    erase_from_logs(folders, SEALS, ANA.nodes, shop.told)
    write(folders, [batch(track(BEN, "b2"))], 1 << 20)
    take_in(folders, shop)
    assert ids(outcomes(folders)) == ["b1", "b2"]
