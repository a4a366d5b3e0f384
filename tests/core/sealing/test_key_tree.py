"""A tree of keys: what is destroyed nothing kept gives, and every other key stays what it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from headwater.core.sealing.key_tree import (
    BLOCK,
    HEIGHT,
    N_LEAVES,
    KeyTree,
    new_tree,
    read_tree,
    write_tree,
)

TREE = new_tree()
LEAVES = st.integers(0, N_LEAVES - 1) | st.integers(0, 3 * BLOCK)


def key(tree: KeyTree, leaf: int) -> bytes | None:
    return tree.block(leaf // BLOCK)[leaf % BLOCK]


def is_above(node: tuple[int, int], leaf: int) -> bool:
    height, place = node
    return leaf >> height == place


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(LEAVES, max_size=8), max_size=4), st.sets(LEAVES, min_size=1, max_size=4))
def test_nothing_kept_gives_what_is_destroyed_and_all_else_stays(
    times: list[set[int]], asked: set[int]
) -> None:
    tree, destroyed = TREE, set[int]()
    for leaves in times:
        tree, destroyed = tree.without(leaves), destroyed | leaves
    for leaf in asked | destroyed | {each ^ 1 for each in destroyed}:
        assert key(tree, leaf) == (None if leaf in destroyed else key(TREE, leaf))
        assert any(is_above(node, leaf) for node in tree.nodes) == (leaf not in destroyed)
    assert len(tree.nodes) <= 1 + HEIGHT * len(destroyed)


def test_the_keys_of_a_block_are_all_different() -> None:
    keys = TREE.block(0) + TREE.block(1) + TREE.block(N_LEAVES // BLOCK - 1)
    assert None not in keys
    assert len(set(keys)) == 3 * BLOCK


def test_a_whole_block_destroyed_leaves_no_node_in_it() -> None:
    tree = TREE.without(range(BLOCK, 2 * BLOCK))
    assert tree.block(1) == [None] * BLOCK
    assert tree.block(0) == TREE.block(0)
    assert len(tree.nodes) == HEIGHT - 8


@given(st.sets(LEAVES, max_size=5))
def test_what_is_written_is_read(destroyed: set[int]) -> None:
    tree = TREE.without(destroyed)
    assert read_tree(write_tree(tree)) == tree


def test_a_part_of_a_tree_is_none() -> None:
    with pytest.raises(ValueError, match="missing"):
        read_tree(write_tree(TREE)[:-1])


def test_a_tree_shows_no_secret() -> None:
    assert next(iter(TREE.nodes.values())).hex() not in repr(TREE)
    assert str(next(iter(TREE.nodes.values()))) not in repr(TREE)
