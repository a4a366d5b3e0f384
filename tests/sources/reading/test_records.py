"""Cutting delimited text into records: the fast way, the slow way and every way of chunking give the same answer."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, strategies as st

from headwater.sources.reading import records
from headwater.sources.reading.records import Block, Shape, first_record, split

COMMA = Shape(b",", b'"', 2)
# Text in which everything that can go wrong does so often.
TROUBLE = st.lists(
    st.sampled_from(
        [
            b'"',
            b'""',
            b",",
            b"\n",
            b"\r\n",
            b"\r",
            b"a",
            b"b,",
            b'"x"',
            b"\xff",
            b"\0",
            "é".encode(),
            b"1,2\n",
        ]
    )
).map(b"".join)


def outcome(blocks: list[Block]) -> tuple[bytes, list[tuple[int, bytes]], list[tuple[int, str, str, str]]]:
    clean = b"".join(block.clean for block in blocks)
    good = [
        (int(line), block.data[start:end])
        for block in blocks
        for line, start, end in zip(block.lines, block.starts, block.ends, strict=True)
    ]
    bad = [
        (item.line, item.reason.value, item.detail, item.raw) for block in blocks for item in block.rejected
    ]
    return b"\n".join(line for line in clean.replace(b"\r\n", b"\n").split(b"\n") if line), good, bad


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[place : place + size] for place in range(0, len(text), size)]


@given(text=TROUBLE, size=st.integers(1, 40))
def test_where_the_text_is_cut_into_chunks_makes_no_difference(text: bytes, size: int) -> None:
    assert outcome(list(split(cut(text, size), COMMA))) == outcome(list(split([text], COMMA)))


@given(text=TROUBLE)
def test_the_fast_way_gives_what_the_slow_way_gives(text: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fast = outcome(list(split([text], COMMA)))
        patch.setattr(records, "_split_regular", lambda *_: None)
        assert fast == outcome(list(split([text], COMMA)))


@given(text=TROUBLE)
def test_no_byte_is_lost(text: bytes) -> None:
    blocks = list(split([text], COMMA))
    _, good, bad = outcome(blocks)
    kept = sum(len(raw) for _, raw in good)
    lines = text.split(b"\n")
    rejected = sum(len(lines[line - 1]) for line, reason, *_ in bad if reason == "malformed_row")
    assert kept + rejected <= len(text)
    if not text.strip(b"\r\n"):
        assert not good
    elif b'"' not in text:
        rows = [line for line in lines if line.removesuffix(b"\r")]
        assert len(good) + len(bad) == len(rows)


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)
    )
)
def test_what_a_careful_writer_writes_is_all_good(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    blocks = list(split(cut(text.getvalue().encode(), 7), COMMA))
    assert sum(len(block.lines) for block in blocks) == len(rows)
    assert not any(block.rejected for block in blocks)


def test_a_record_longer_than_any_is_taken_for_a_quote_never_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_RECORD", 20)
    text = b'1,"' + b"x\n" * 20 + b'"\n2,b\n'
    _, good, bad = outcome(list(split([text], COMMA)))
    assert good == [(22, b"2,b\n")]
    assert bad[0][0] == 1


def test_without_a_quote_character_quotes_are_letters() -> None:
    _, good, bad = outcome(list(split([b'a\t"b\n"\t"\n'], Shape(b"\t", b"", 2))))
    assert good == [(1, b'a\t"b\n'), (2, b'"\t"\n')]
    assert not bad


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'a,"b ""c"""\r\n1,2', ([b"a", b'b "c"'], 13)),
        (b"\n\r\na\n1", ([b"a"], 5)),
        (b"a,b", ([b"a", b"b"], 3)),
        (b'"a', None),
        (b"\n", None),
        (b"", None),
    ],
)
def test_the_first_record_is_the_header(data: bytes, found: tuple[list[bytes], int] | None) -> None:
    assert first_record(data, b",", b'"') == found
