"""What editors complete from agrees with what Headwater accepts: sound files are valid, mistakes are not."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import headwater.flow
from headwater.activate.declare import kinds as destination_kinds
from headwater.core.documents import Document, read_document
from headwater.flow.pages.kinds import trait_example
from headwater.flow.pages.schemas import SCHEMAS
from headwater.profiles.trait import trait_kinds
from headwater.sources.declare import source_kinds
from headwater.testing.shop import make_shop

PROJECTS = Path(headwater.flow.__file__).parent / "projects"
VALIDATORS = {name: jsonschema.Draft202012Validator(schema()) for name, schema in SCHEMAS.items()}
OF_FOLDER = {
    "collectors": "collector",
    "plans": "plan",
    "sources": "source",
    "matching": "matching",
    "traits": "trait",
    "audiences": "audience",
    "destinations": "destination",
    "placements": "placement",
}

COLLECTOR = {
    "keys": ["k"],
    "formats": {"segment": {}},
    "plan": "quarantine",
    "ip": "none",
    "own_hosts": ["a.example"],
}
PLAN = {"event": "Order Completed", "schema": {"required": ["order_id"]}, "traits_schema": {"type": "object"}}
SOURCE = {
    "kind": "files",
    "read": {"path": "a.csv"},
    "identifiers": {"email": "mail"},
    "event": {
        "name": "purchase",
        "time": "at",
        "properties": {"discount": {"sum": ["a", "b"]}, "tags": {"texts": "c", "separator": "|"}},
    },
    "attributes": {"points": {"column": "points", "type": "number"}},
}
TRAIT = {"kind": "sum", "description": "Money", "property": "revenue", "where": {"brand": ["a"]}}
DESTINATION = {
    "kind": "webhook",
    "purpose": "news",
    "audiences": "all",
    "identifiers": {"email": "sha256_hex"},
    "rows_a_batch": 100,
    "settings": {"url": "https://example.com/in", "headers": {"x-team": "crm"}},
}
PLACEMENT = {
    "purpose": "news",
    "accepts": ["location"],
    "rules": [
        {
            "when": {"all": [{"in_audience": "a"}, {"not": {"trait": "b", "is": {"at_least": 2}}}]},
            "variants": [{"name": "c", "weight": 2, "content": {"headline": "d"}}],
        },
        {"variants": [{"name": "e", "content": "f"}]},
    ],
    "holdout": "10%",
    "cap": {"most": 3, "within": "1 day", "of": "variant"},
    "from": "2026-01-01",
    "shows": {"traits": ["b"], "audiences": ["a"]},
}
MATCHING = {
    "level": "household",
    "attributes": {"surname": "last_name", "born": {"kind": "birth_date", "format": "%d.%m.%Y"}},
    "identifiers": ["email"],
    "threshold": 0.9,
    "runs": "by hand",
}
CATALOGUE = {"kind": "files", "read": {"path": "p.csv"}, "products": {"product_id": "id"}}


def documents(root: Path) -> Iterator[Document]:
    for path in sorted(root.rglob("*.yaml")):
        read = read_document(path, root)
        assert isinstance(read, Document), read
        yield read


def schema_of(document: Document) -> str:
    return OF_FOLDER.get(Path(document.file).parent.name, "headwater")


def changed(data: Any, place: tuple[str | int, ...], value: object) -> Any:
    """The data with one value put in, or taken out where the value is `...`."""
    copy = deepcopy(data)
    inner = copy
    for step in place[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return copy


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_reference_inside_a_schema_leads_somewhere(name: str) -> None:
    schema = SCHEMAS[name]()
    for reference in references(schema):
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize(
    "document", [pytest.param(each, id=each.file) for each in documents(PROJECTS) if "empty" not in each.file]
)
def test_the_projects_that_come_with_headwater_are_valid(document: Document) -> None:
    VALIDATORS[schema_of(document)].validate(document.data)


def test_the_generated_shop_is_valid(tmp_path: Path) -> None:
    make_shop(tmp_path, n_people=2, n_purchases=1)
    read = list(documents(tmp_path))
    assert {schema_of(document) for document in read} == set(SCHEMAS) - {
        "collector",
        "plan",
        "identifier",
        "matching",
        "cleanroom",
    }  # nothing comes live, what was seen alone decides, and no partner is there
    for document in read:
        VALIDATORS[schema_of(document)].validate(document.data)


@pytest.mark.parametrize("document", [pytest.param(each, id=each.file) for each in documents(PROJECTS)])
def test_a_key_that_is_misspelt_is_found_in_every_file(document: Document) -> None:
    assert isinstance(document.data, dict)
    for key in document.data:
        wrong = {f"{name}s" if name == key else name: value for name, value in document.data.items()}
        with pytest.raises(jsonschema.ValidationError):
            VALIDATORS[schema_of(document)].validate(wrong)


@pytest.mark.parametrize("name", trait_kinds())
def test_the_example_of_a_kind_of_trait_is_valid(name: str) -> None:
    VALIDATORS["trait"].validate(trait_example(name, trait_kinds()[name]))


@pytest.mark.parametrize(
    ("name", "data", "place", "value"),
    [
        pytest.param("headwater", {"project": "a"}, ("zone",), "UTC", id="unknown key of headwater.yaml"),
        pytest.param("headwater", {"project": "a"}, ("settings",), {"thread": 2}, id="unknown setting"),
        pytest.param("headwater", {"project": "a"}, ("project",), ..., id="project without a name"),
        pytest.param("source", SOURCE, ("kind",), "file", id="unknown kind of source"),
        pytest.param("source", SOURCE, ("read", "path"), ..., id="files without a path"),
        pytest.param("source", SOURCE, ("read",), ..., id="source without read"),
        pytest.param("source", SOURCE, ("read", "delimeter"), ";", id="misspelt setting of the kind"),
        pytest.param("source", SOURCE, ("read", "table"), "orders", id="setting of another kind"),
        pytest.param("source", SOURCE, ("read", "encoding"), "utf8", id="value the kind does not know"),
        pytest.param("source", SOURCE, ("identifiers", "mail"), "m", id="unknown kind of identifier"),
        pytest.param("source", SOURCE, ("event", "time"), ..., id="event without a time"),
        pytest.param("source", SOURCE, ("attributes", "points", "type"), "date", id="unknown type"),
        pytest.param("source", CATALOGUE, ("products", "colour"), "c", id="unknown column of a catalogue"),
        pytest.param("source", CATALOGUE, ("products", "product_id"), ..., id="catalogue without its key"),
        pytest.param("trait", TRAIT, ("kind",), "summ", id="unknown kind of trait"),
        pytest.param("trait", TRAIT, ("property",), ..., id="sum without a property"),
        pytest.param("trait", TRAIT, ("property",), "category", id="sum of a text"),
        pytest.param("trait", {**TRAIT, "property": None}, ("kind",), "sum", id="sum of nothing"),
        pytest.param("trait", TRAIT, ("kind",), "count", id="count of a property"),
        pytest.param("collector", COLLECTOR, ("keys",), ..., id="collector without keys"),
        pytest.param("collector", COLLECTOR, ("keys",), [], id="collector with no key in its list"),
        pytest.param("collector", COLLECTOR, ("formats",), ["segmnt"], id="unknown wire format"),
        pytest.param(
            "collector", COLLECTOR, ("formats", "segmnt"), {}, id="settings of an unknown wire format"
        ),
        pytest.param(
            "collector", COLLECTOR, ("formats", "segment", "a"), 1, id="unknown setting of a wire format"
        ),
        pytest.param("collector", COLLECTOR, ("plan",), "block", id="unknown mode of the plan"),
        pytest.param("plan", PLAN, ("event",), ..., id="plan of no event"),
        pytest.param("plan", PLAN, ("schema",), "text", id="schema that is none"),
        pytest.param("plan", PLAN, ("shema",), {}, id="unknown key of a plan"),
        pytest.param("trait", TRAIT, ("where", "colour"), "red", id="unknown property"),
        pytest.param("trait", TRAIT, ("where", "brand"), {"a": 1}, id="filter that is no value"),
        pytest.param("destination", DESTINATION, ("kind",), "email", id="unknown kind of destination"),
        pytest.param("destination", DESTINATION, ("settings", "url"), ..., id="webhook without a url"),
        pytest.param("destination", DESTINATION, ("settings",), ..., id="webhook without settings"),
        pytest.param("destination", DESTINATION, ("settings", "folder"), "a", id="setting of another one"),
        pytest.param("destination", DESTINATION, ("identifiers",), {"email": "md5"}, id="unknown form"),
        pytest.param("destination", DESTINATION, ("identifiers",), ["mail"], id="unknown identifier sent"),
        pytest.param("destination", DESTINATION, ("rows_a_batch",), 1_001, id="more than the kind takes"),
        pytest.param("matching", MATCHING, ("level",), "family", id="unknown level"),
        pytest.param("matching", MATCHING, ("attributes", "surname"), "name", id="unknown kind of attribute"),
        pytest.param(
            "matching", MATCHING, ("attributes", "born", "kind"), ..., id="attribute without a kind"
        ),
        pytest.param(
            "matching", MATCHING, ("identifiers",), ["user_id"], id="identifier that is never alike"
        ),
        pytest.param("matching", MATCHING, ("threshold",), 1, id="threshold that nothing reaches"),
        pytest.param("matching", MATCHING, ("runs",), "nightly", id="unknown time to run"),
        pytest.param("placement", PLACEMENT, ("purpose",), ..., id="placement without a purpose"),
        pytest.param("placement", PLACEMENT, ("rules",), ..., id="placement that shows nothing"),
        pytest.param("placement", PLACEMENT, ("rules", 0, "when"), {"did": "buy"}, id="rule about events"),
        pytest.param("placement", PLACEMENT, ("rules", 1, "variants", 0, "name"), "a b", id="variant's name"),
        pytest.param("placement", PLACEMENT, ("rules", 0, "variants", 0, "wight"), 1, id="misspelt weight"),
        pytest.param("placement", PLACEMENT, ("cap", "within"), ..., id="cap for ever"),
        pytest.param("placement", PLACEMENT, ("accepts",), ["secret"], id="unknown label"),
    ],
)
def test_a_mistake_makes_a_file_invalid(
    name: str, data: object, place: tuple[str | int, ...], value: object
) -> None:
    sound = {
        "headwater": {"project": "a"},
        "collector": COLLECTOR,
        "plan": PLAN,
        "source": SOURCE,
        "trait": TRAIT,
        "destination": DESTINATION,
        "placement": PLACEMENT,
        "matching": MATCHING,
    }
    VALIDATORS[name].validate(sound[name])
    VALIDATORS["source"].validate(CATALOGUE)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATORS[name].validate(changed(data, place, value))


def test_schemas_name_every_kind_with_its_meaning() -> None:
    for name, kinds in (
        ("source", source_kinds()),
        ("trait", trait_kinds()),
        ("destination", destination_kinds()),
    ):
        about = SCHEMAS[name]()["properties"]["kind"]
        assert about["enum"] == list(kinds)
        assert all(f"\n{kind}: " in about["description"] for kind in kinds)
