"""Cutting people into batches."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from headwater.activate.batch import Holdings, cut
from headwater.activate.destination import Change, Limits

SIZES = st.lists(st.integers(1, 4), max_size=30)  # identifiers of each person


def holdings(sizes):
    people = np.repeat(np.arange(len(sizes)), sizes)
    return Holdings(np.arange(1000, 1000 + len(people)), people)


def weigh(one):
    return 10 + len(one.holdings.node_ids)


@given(SIZES, st.integers(1, 7), st.none() | st.integers(10, 20))
def test_everyone_is_in_one_batch_whole_and_every_batch_keeps_the_limits(sizes, max_rows, max_bytes):
    everyone = holdings(sizes)
    cuts, n_too_large = cut(Change.ADDED, everyone, Limits(max_rows, max_bytes), weigh)
    assert all(0 < one.holdings.n_people <= max_rows for one in cuts)
    assert all(max_bytes is None or weigh(one) <= max_bytes for one in cuts)
    people = [person for one in cuts for person in np.unique(one.holdings.profile_ids).tolist()]
    assert people == sorted(set(people))
    nodes = [node for one in cuts for node in one.holdings.node_ids.tolist()]
    assert nodes == everyone.among(np.array(people, dtype=np.int64)).node_ids.tolist()
    assert n_too_large == len(sizes) - len(people)
    assert n_too_large == sum(max_bytes is not None and 10 + size > max_bytes for size in sizes)


@given(SIZES, st.integers(1, 7))
def test_without_a_limit_of_bytes_only_the_last_batch_may_be_small(sizes, max_rows):
    cuts, _ = cut(Change.ADDED, holdings(sizes), Limits(max_rows), weigh)
    assert all(one.holdings.n_people == max_rows for one in cuts[:-1])
