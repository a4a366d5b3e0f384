"""The contract kit of destinations: every one that is discovered must keep it, there is no list of exceptions."""

from __future__ import annotations

import ast
import inspect
import json
import string
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from headwater.activate.declare import kinds
from headwater.activate.destination import ANY, Change, File, Http, Later, Member, Refused, Response
from headwater.core.documents import Declaration
from headwater.privacy.labels import read_labels

KINDS = [pytest.param(kind, id=name) for name, kind in kinds().items()]
EXAMPLES = [
    pytest.param(kind, example, id=f"{name}-{number}")
    for name, kind in kinds().items()
    for number, example in enumerate(kind.examples, start=1)
]


def test_the_kit_sees_the_built_in_destinations():
    assert {"csv_file", "webhook"} <= set(kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_it_describes_itself_and_every_setting(kind):
    assert kind.description.endswith(".")
    assert issubclass(kind.fields, Declaration)
    assert all(field.description for field in kind.fields.model_fields.values())
    assert kind.examples


@pytest.mark.parametrize("kind", KINDS)
def test_it_declares_identifiers_labels_and_limits_that_mean_something(kind):
    read_labels(kind.accepts)
    assert kind.limits.max_rows > 0
    assert kind.limits.max_bytes is None or kind.limits.max_bytes > 0
    assert kind.identifiers
    for field in kind.identifiers:
        assert field.kinds
        assert len(set(field.forms)) == len(field.forms) > 0
        assert (field.name == ANY) <= (field.kinds == (ANY,)), (
            "a field without a name of its own takes any kind"
        )


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_an_example_batch_is_exactly_its_request(kind, example):
    assert kind.request(kind.fields(**example.settings), example.batch) == example.request


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_example_answers_mean_what_they_say(kind, example):
    assert example.answers
    for answer, outcome in example.answers:
        assert kind.read(kind.fields(**example.settings), answer) == outcome


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_the_same_batch_is_the_same_body_at_any_time(kind, example):
    own = kind.fields(**example.settings)
    later = kind.request(own, replace(example.batch, sent_at=example.batch.sent_at + timedelta(days=1)))
    first = kind.request(own, example.batch)
    assert _body(first) == _body(later)
    assert first.size == len(_body(first))


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_a_change_of_the_batch_changes_the_request(kind, example):
    own = kind.fields(**example.settings)
    for changed in (
        replace(example.batch, key="another"),
        replace(example.batch, change=Change.REMOVED),
        replace(example.batch, members=example.batch.members[:1]),
    ):
        assert kind.request(own, changed) != kind.request(own, example.batch)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_a_file_is_named_by_its_idempotency_key_inside_its_folder(kind, example):
    request = kind.request(kind.fields(**example.settings), example.batch)
    if isinstance(request, File):
        assert example.batch.key in request.name
        assert "/" not in request.name
        assert ".." not in request.folder.split("/")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.lists(TEXT, max_size=3), max_size=5))
def test_any_members_can_be_written(kind, example, values):
    fields = tuple(example.batch.fields)
    members = tuple(Member({fields[0]: tuple(own)} if own else {}) for own in values)
    request = kind.request(kind.fields(**example.settings), replace(example.batch, members=members))
    assert isinstance(request, Http | File)
    assert _body(request).decode("utf-8")


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
@settings(max_examples=60, deadline=None)
@given(
    status=st.integers(100, 599),
    wait=st.text(string.printable, max_size=30) | st.just("Sun, 99 Mar 2026 08:02:00 GMT"),
    body=st.binary(max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["rejected", "index", "reason"]), inner)
        ),
        max_leaves=8,
    ).map(lambda said: json.dumps(said).encode()),
)
def test_any_answer_has_an_outcome(kind, example, status, wait, body):
    outcome = kind.read(
        kind.fields(**example.settings), Response(status, {"retry-after": wait, "date": wait}, body)
    )
    if isinstance(outcome, Later | Refused):
        assert outcome.reason
        assert not isinstance(outcome, Later) or outcome.after_seconds is None or outcome.after_seconds >= 0
    else:
        assert 200 <= status < 300


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_pure_and_sees_only_the_contract(kind):
    tree = ast.parse(inspect.getsource(inspect.getmodule(kind.request)))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    ours = {name for name in imported if name.startswith("headwater")}
    assert ours <= {"headwater.activate.destination", "headwater.core.documents"}
    assert not imported & {"httpx", "requests", "urllib.request", "socket", "os", "time", "random"}
    assert not {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"open", "Path"}


def _body(request):
    return request.body if isinstance(request, Http) else request.content
