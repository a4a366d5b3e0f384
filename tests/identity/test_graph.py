"""Who is one person: the answer hangs on the evidence and the limits, never on the order in which either came."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from headwater.identity.graph import Aside, Evidence, Limits, Resolution, Told, resolve_graph

USER, EMAIL, DEVICE = 0, 1, 2
NAMES_PERSON = np.array([True, True, False])
FREE = Limits(np.array([-1, -1, -1]), np.array([True, True, True]), np.zeros((0, 2), np.int64))


def limits(most: list[int] = [-1, -1, -1], apart: list[tuple[int, int]] = []) -> Limits:  # noqa: B006
    return Limits(np.array(most), NAMES_PERSON, np.array(apart, dtype=np.int64).reshape(-1, 2))


def evidence(links: list[tuple[int, int]], decided: list[int] = []) -> Evidence:  # noqa: B006
    """Links that are heard in this order."""
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    return Evidence(ends[:, 0], ends[:, 1], np.isin(np.arange(len(links)), decided))


def in_order(places, _=None) -> Told:
    return Told(places, np.zeros(len(places), np.int64))


def trusting(trusted: list[int]):
    """In order, and these may go beyond every limit."""
    return lambda places, _: Told(places, np.where(np.isin(places, trusted), 7, 0))


def together(resolution: Resolution) -> set[frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for place, component in enumerate(resolution.component.tolist()):
        groups.setdefault(component, set()).add(place)
    return {frozenset(group) for group in groups.values()}


def resolved(kinds: list[int], links: Evidence, by: Limits, tell=in_order) -> set[frozenset[int]]:
    return together(resolve_graph(np.array(kinds, dtype=np.int64), links, by, tell))


def groups(*each: tuple[int, ...]) -> set[frozenset[int]]:
    return {frozenset(group) for group in each}


def test_what_is_tied_is_one() -> None:
    assert resolved([USER, EMAIL, DEVICE, USER], evidence([(0, 1), (1, 2)]), limits()) == groups(
        (0, 1, 2), (3,)
    )


def test_nobody_is_nobody() -> None:
    assert resolved([], evidence([]), limits([1, 1, 1])) == set()


def test_a_shared_device_stays_with_whom_it_was_first() -> None:
    found = resolve_graph(np.array([USER, DEVICE, USER]), evidence([(0, 1), (1, 2)]), limits(), in_order)
    assert together(found) == groups((0, 1), (2,))
    assert found.aside.tolist() == [Aside.COUNTS, Aside.SHARED]


def test_what_people_are_known_by_is_heard_before_devices() -> None:
    """Two who share a device and an address are one, however late the address is heard of."""
    links = evidence([(0, 1), (1, 2), (0, 3), (2, 3)])
    assert resolved([USER, DEVICE, USER, EMAIL], links, limits()) == groups((0, 1, 2, 3))


def test_devices_alone_make_one_visitor() -> None:
    assert resolved([DEVICE, DEVICE, DEVICE], evidence([(0, 1), (1, 2)]), limits()) == groups((0, 1, 2))


@pytest.mark.parametrize(
    ("most", "expected"),
    [(-1, groups((0, 1, 2, 3))), (2, groups((0, 1, 2), (3,))), (1, groups((0, 1), (2,), (3,)))],
)
def test_of_a_kind_there_are_no_more_than_may_be(most, expected) -> None:
    links = evidence([(0, 1), (0, 2), (0, 3)])
    assert resolved([USER, EMAIL, EMAIL, EMAIL], links, limits([-1, most, -1])) == expected


def test_a_trusted_source_may_go_beyond_a_limit() -> None:
    links = evidence([(0, 1), (1, 2)])
    assert resolved([USER, EMAIL, USER], links, limits([1, -1, -1]), trusting([1])) == groups((0, 1, 2))


def test_beyond_a_limit_still_comes_what_adds_none_of_the_kind() -> None:
    links = evidence([(0, 1), (1, 2), (2, 3)])
    assert resolved([USER, EMAIL, USER, EMAIL], links, limits([1, -1, -1]), trusting([1])) == groups(
        (0, 1, 2, 3)
    )


@pytest.mark.parametrize("most", [[-1, -1, -1], [1, 1, 1]])
def test_what_somebody_decided_counts_before_limits_and_shared_devices(most) -> None:
    links = evidence([(0, 1), (1, 2)], decided=[0, 1])
    assert resolved([USER, DEVICE, USER], links, limits(most)) == groups((0, 1, 2))
    assert resolved([USER, EMAIL, USER], links, limits(most)) == groups((0, 1, 2))


def test_what_was_decided_is_heard_first() -> None:
    links = evidence([(0, 1), (1, 2)], decided=[1])
    assert resolved([USER, EMAIL, USER], links, limits([1, -1, -1])) == groups((0,), (1, 2))


def test_of_decisions_that_contradict_each_other_the_one_heard_later_is_set_aside() -> None:
    links = evidence([(0, 1), (1, 2)], decided=[0, 1])
    found = resolve_graph(np.zeros(3, np.int64), links, limits(apart=[(0, 2)]), in_order)
    assert found.aside.tolist() == [Aside.COUNTS, Aside.APART]


def test_whom_somebody_said_to_be_two_stay_two() -> None:
    links = evidence([(0, 1), (1, 2)])
    found = resolve_graph(np.array([USER, EMAIL, USER]), links, limits(apart=[(0, 2)]), in_order)
    assert together(found) == groups((0, 1), (2,))
    assert found.aside.tolist() == [Aside.COUNTS, Aside.APART]


def test_a_chain_of_a_hundred_thousand_with_a_limit_is_answered() -> None:
    n = 100_000
    links = evidence([(place, place + 1) for place in range(n - 1)])
    found = resolve_graph(np.zeros(n, np.int64), links, limits([1_000, -1, -1]), in_order)
    assert np.bincount(found.component).max() == 1_000


graphs = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from([USER, EMAIL, DEVICE]), min_size=n, max_size=n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24),
        st.lists(st.integers(-1, 3), min_size=3, max_size=3),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1]), max_size=3
        ),
    )
)


@given(graphs)
def test_without_limits_it_is_what_networkx_says(graph) -> None:
    kinds, links, *_ = graph
    expected = nx.Graph(links)
    expected.add_nodes_from(range(len(kinds)))
    assert resolved(kinds, evidence(links), FREE) == set(map(frozenset, nx.connected_components(expected)))


@given(graphs, st.randoms(use_true_random=False))
def test_the_order_in_which_evidence_lies_changes_nothing(graph, random) -> None:
    kinds, links, most, apart = graph
    heard = evidence(links)
    order = np.array(random.sample(range(len(links)), len(links)), dtype=np.int64)
    shuffled = Evidence(heard.right[order], heard.left[order], heard.is_decided[order])
    by, turned = limits(most, apart), limits(most, [(b, a) for a, b in reversed(apart)])
    assert resolved(kinds, shuffled, turned, lambda places, _: in_order(order[places])) == resolved(
        kinds, heard, by
    )


@given(graphs)
def test_no_rule_is_ever_broken_and_nothing_is_set_aside_without_one(graph) -> None:
    kinds, links, most, apart = graph
    found = resolve_graph(np.array(kinds), evidence(links), limits(most, apart), in_order)
    for group in together(found):
        for kind, number in enumerate(most):
            held = sum(kinds[each] == kind for each in group)
            assert number < 0 or held <= max(number, 1)  # alone it is one of its kind
        assert not any({a, b} <= group for a, b in apart)
        assert _people_by_themselves(group, kinds, links, found) <= 1
    by_hand = _by_hand(kinds, links, most, apart)
    assert together(found) == by_hand


def _people_by_themselves(group: frozenset[int], kinds, links, found: Resolution) -> int:
    """How many there are in a group if devices tie nobody."""
    people = nx.Graph()
    people.add_nodes_from(each for each in group if kinds[each] != DEVICE)
    counts = [link for link, aside in zip(links, found.aside.tolist(), strict=True) if aside == Aside.COUNTS]
    people.add_edges_from((a, b) for a, b in counts if {a, b} <= set(people.nodes))
    return nx.number_connected_components(people)


def _by_hand(kinds, links, most, apart) -> set[frozenset[int]]:
    """The same, said as simply as can be: every piece of evidence heard, whatever it belongs to."""
    sets = {place: {place} for place in range(len(kinds))}

    def may(one: set[int], other: set[int], a: int, b: int) -> bool:
        if any({x, y} <= one | other for x, y in apart):
            return False
        if DEVICE in (kinds[a], kinds[b]) and all(any(kinds[x] != DEVICE for x in s) for s in (one, other)):
            return False
        for kind, number in enumerate(most):
            held = [sum(kinds[x] == kind for x in s) for s in (one, other)]
            if number >= 0 and all(held) and sum(held) > number:
                return False
        return True

    for a, b in sorted(links, key=lambda link: DEVICE in (kinds[link[0]], kinds[link[1]])):
        one, other = sets[a], sets[b]
        if one is not other and may(one, other, a, b):
            one |= other
            for each in other:
                sets[each] = one
    return {frozenset(each) for each in sets.values()}


@settings(max_examples=25)
@given(graphs)
def test_hearing_everything_twice_changes_nothing(graph) -> None:
    kinds, links, most, apart = graph
    assert resolved(kinds, evidence(links + links), limits(most, apart)) == resolved(
        kinds, evidence(links), limits(most, apart)
    )
