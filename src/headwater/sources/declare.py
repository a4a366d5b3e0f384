"""What a file in `sources/` says: how to read a source, and what its columns mean.

    kind: files                                   # which module of sources/ reads it
    read: {path: data/pos/*.csv}                  # that kind's own settings
    time_zone: America/New_York                   # where its clocks stand, for times without an offset
    identifiers: {household_id: household}        # identifier kind: column
    event:
      name: purchase
      time: sold_at
      key: [receipt, line]                        # what makes a row the same row
      properties: {order_id: receipt, revenue: amount, discount: {sum: [coupon, markdown]}, tags: {texts: tags}}
      fixed: {channel: store}
    attributes: {age: age_band, loyalty_points: {column: points, type: number}, interests: {column: likes, type: texts}}
    consents: [{purpose: email_marketing, column: newsletter}]
    labels: {age_band: [financial]}               # column: what calls for care, and flows on

A source gives events, attributes and consents of people, or it gives a catalogue (`products:`, `campaigns:`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast

from pydantic import Field, field_validator, model_validator

from headwater.core.config import NAME, check_zone
from headwater.core.documents import Declaration, Declared, Document, read_declaration
from headwater.core.errors import NotFoundError, Problem, suggest
from headwater.core.plugins import discover, find
from headwater.core.project import Project
from headwater.privacy.labels import Label
from headwater.sources.source import Source
from headwater.sources.texts import SEPARATOR
from headwater.tables import campaigns, events, products, promotions
from headwater.tables.table import Table, Type

PACKAGE, ATTRIBUTE = "headwater.sources", "SOURCE"
NOT_KINDS = ("declare", "look", "mapping", "reading", "source", "texts")

# Columns of `events` that a source may not set as properties: Headwater fills them.
_FILLED = {
    "event_id", "source", "event", "occurred_at", "loaded_at", "node_id", "other_node_ids", "properties", "month", "bucket",
}  # fmt: skip
EVENT_COLUMNS = {column.name: column for column in events.TABLE.columns if column.name not in _FILLED}
CATALOGUES: dict[str, Table] = {
    "products": products.TABLE,
    "campaigns": campaigns.TABLE,
    "promotions": promotions.TABLE,
}

AttributeType = Literal["text", "number", "boolean", "instant", "texts"]


class SumOf(Declaration):
    """Several number columns added up; empty ones count as 0."""

    sum: tuple[str, ...] = Field(min_length=1, description="The columns.")


class TextsOf(Declaration):
    """A column read as a list of texts, as an attribute of this type is."""

    texts: str = Field(description="The column.")
    separator: str = Field(
        SEPARATOR, min_length=1, description="What stands between the texts of a list in one text."
    )


class AttributeColumn(Declaration):
    """A column with the type to read it as."""

    column: str = Field(description="The column.")
    type: AttributeType = Field("text", description="What its values are; texts: a list of them.")
    separator: str | None = Field(
        None,
        min_length=1,
        description="What stands between the texts of a list in one text; a comma if left out.",
    )
    labels: tuple[Label, ...] = Field(
        (), description="What it is that calls for care: it goes nowhere unasked."
    )

    @model_validator(mode="after")
    def _only_lists_are_cut(self) -> AttributeColumn:
        if self.separator is not None and self.type != "texts":
            raise ValueError("only a list has a separator: write `type: texts`, or leave it out")
        return self


class EventMapping(Declaration):
    """How a row becomes an event."""

    name: str = Field(pattern=NAME, description="What happened: purchase, page, coupon_redeemed, …")
    time: str = Field(
        description="The column that says when; `table.column` for a column that `lookup` brings."
    )
    time_format: str | None = Field(
        None,
        description="For texts that are not ISO 8601: strptime codes, or epoch_seconds, epoch_milliseconds for numbers.",
    )
    key: tuple[str, ...] = Field(
        (), description="The columns that make a row unique; without them, its place in the file does."
    )
    properties: dict[str, str | SumOf | TextsOf] = Field(
        default_factory=dict,
        description="Property: column. Names that `events` has become its columns, others JSON.",
    )
    fixed: dict[str, str | float | bool] = Field(
        default_factory=dict, description="Properties that are the same for every row."
    )
    labels: tuple[Label, ...] = Field(
        (), description="What it says of a person that calls for care that it happened at all."
    )
    property_labels: dict[str, tuple[Label, ...]] = Field(
        default_factory=dict, description="Property: what it is that calls for care."
    )

    @field_validator("properties", "fixed")
    @classmethod
    def _not_filled(cls, value: dict[str, object]) -> dict[str, object]:
        if taken := _FILLED & value.keys():
            raise ValueError(f"{', '.join(sorted(taken))}: filled by Headwater, not a property")
        return value

    @model_validator(mode="after")
    def _labelled_are_there(self) -> EventMapping:
        if missing := self.property_labels.keys() - {*self.properties, *self.fixed}:
            raise ValueError(f"{', '.join(sorted(missing))}: labelled, but no property of it")
        return self

    def columns(self) -> dict[str, tuple[str, ...]]:
        """The columns that each property is read from."""
        return {name: _columns_of(given) for name, given in self.properties.items()}


def _columns_of(given: str | SumOf | TextsOf) -> tuple[str, ...]:
    match given:
        case SumOf():
            return given.sum
        case TextsOf():
            return (given.texts,)
    return (given,)


class ConsentMapping(Declaration):
    """How a row states consent: by a column, by a consent signal in one, or by being in this source at all."""

    purpose: str | None = Field(
        None, description="A purpose of headwater.yaml; left out where a signal says which."
    )
    column: str | None = Field(
        None, description="true/yes/1 grants, false/no/0 denies, empty states nothing; or the signal."
    )
    signal: Literal["tcf", "gpp", "us_privacy", "consent_mode", "gpc"] | None = Field(
        None,
        description="The column holds a consent signal of this kind, for all purposes that list its codes.",
    )
    state: Literal["granted", "denied"] | None = Field(
        None, description="What every row of this source states."
    )
    time: str | None = Field(None, description="The column that says when; else the time of loading.")

    @model_validator(mode="after")
    def _one_of(self) -> ConsentMapping:
        if (self.column is None) == (self.state is None):
            raise ValueError("give either `column` or `state`")
        if (self.signal is None) == (self.purpose is None):
            raise ValueError("give either `purpose` or, for a column with consent signals, `signal`")
        if self.signal and self.state:
            raise ValueError("a signal stands in a column: give `column`, not `state`")
        return self


class SourceDeclaration(Declaration):
    """What a file in `sources/` may say."""

    kind: str = Field(description="How it is read: files, sql_database, …")
    description: str = Field("", description="What it is, for people.")
    read: dict[str, object] = Field(default_factory=dict, description="The kind's own settings.")
    time_zone: str | None = Field(
        None, description="IANA zone of times that carry no offset; the project's zone if left out."
    )
    decimal: Literal[".", ","] = Field(".", description="The decimal sign in texts that are numbers.")
    lookup: dict[Literal["campaigns", "products"], str] = Field(
        default_factory=dict,
        description="Catalogue: column with its id; its columns can then be used as `catalogue.column`.",
    )
    identifiers: dict[str, str] = Field(default_factory=dict, description="Identifier kind: column.")
    event: EventMapping | None = Field(None, description="How a row becomes an event.")
    attributes: dict[str, str | AttributeColumn] = Field(
        default_factory=dict, description="Attribute of the person: column."
    )
    consents: tuple[ConsentMapping, ...] = Field((), description="What a row says about consent.")
    labels: dict[str, tuple[Label, ...]] = Field(
        default_factory=dict,
        description="Column: what it is that calls for care; so is every attribute and property read from it.",
    )
    products: dict[str, str] = Field(default_factory=dict, description="Column of `products`: column here.")
    campaigns: dict[str, str] = Field(default_factory=dict, description="Column of `campaigns`: column here.")

    promotions: dict[str, str] = Field(
        default_factory=dict, description="Column of `promotions`: column here."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        return check_zone(value) if value else value

    @property
    def catalogue(self) -> str | None:
        """The catalogue this source fills, if it fills one."""
        return next((name for name in CATALOGUES if getattr(self, name)), None)

    def attribute_columns(self) -> dict[str, AttributeColumn]:
        """The attributes with their columns and types."""
        return {
            name: AttributeColumn(column=given, type="text") if isinstance(given, str) else given
            for name, given in self.attributes.items()
        }


def read_sources(project: Project) -> tuple[dict[str, Declared[SourceDeclaration]], list[Problem]]:
    """Every source of the project that is sound, catalogues first, and what is wrong with the others."""
    sound: dict[str, Declared[SourceDeclaration]] = {}
    problems: list[Problem] = []
    for document in project.documents["sources"]:
        declaration = read_declaration(document, SourceDeclaration)
        found = declaration if isinstance(declaration, list) else list(_judge(document, declaration))
        found = [*found, *_judge_parts(document, project)]
        problems += found
        if not isinstance(declaration, list) and not found:
            sound[document.name] = Declared(document.name, declaration, document)
    ordered = sorted(sound.values(), key=lambda source: (source.value.catalogue is None, source.name))
    return {source.name: source for source in ordered}, problems


def source_kind(kind: str) -> Source:
    """The reader of this kind.

    Raises:
        NotFoundError: there is none; the nearest is named.
    """
    return cast("Source", find(PACKAGE, ATTRIBUTE, kind, kind="kind of source", leave_out=NOT_KINDS))


def source_kinds() -> dict[str, Source]:
    """Every kind of source by id."""
    return cast("dict[str, Source]", dict(discover(PACKAGE, ATTRIBUTE, NOT_KINDS)))


def read_settings(source: Declared[SourceDeclaration]) -> Declaration:
    """The source's `read:` block as its kind understands it (judged when the source was read)."""
    return source_kind(source.value.kind).fields.model_validate(source.value.read)


def _judge(document: Document, source: SourceDeclaration) -> list[Problem]:
    return [
        *_judge_key(document, source),
        *_judge_purpose_of_source(document, source),
        *_judge_catalogue(document, source),
        *_judge_properties(document, source),
        *_judge_labels(document, source),
    ]


def _judge_parts(document: Document, project: Project) -> list[Problem]:
    """What can be told of parts of the file by themselves, whatever is wrong with others."""
    data = document.data if isinstance(document.data, dict) else {}
    return [*_judge_read(document, data), *_judge_consents(document, data, project)]


def _judge_read(document: Document, data: Mapping[str, object]) -> list[Problem]:
    given, read = data.get("kind"), data.get("read", {})
    if not isinstance(given, str) or not isinstance(read, dict):
        return []
    try:
        kind = source_kind(given)
    except NotFoundError as error:
        return [document.problem(("kind",), error.message)]
    lines = {place[1:]: line for place, line in document.lines.items() if place[:1] == ("read",)}
    found = read_declaration(Document(document.file, document.name, read, lines), kind.fields)
    return [_under_read(one) for one in found] if isinstance(found, list) else []


def _judge_key(document: Document, source: SourceDeclaration) -> list[Problem]:
    kind = source_kinds().get(source.kind)
    if not kind or kind.rows_keep_their_place or not source.event or source.event.key:
        return []
    expected = "add the columns that make a row unique: key: [id]"
    return [document.problem(("event",), f"events of a {source.kind} source need a key", expected=expected)]


def _under_read(problem: Problem) -> Problem:
    """A problem of the `read:` block as one of the whole file."""
    return replace(problem, path=f"read.{problem.path}".rstrip("."))


def _judge_purpose_of_source(document: Document, source: SourceDeclaration) -> list[Problem]:
    about_people = source.event or source.attributes or source.consents
    if source.catalogue and about_people:
        return [
            document.problem(
                (source.catalogue,), "a catalogue cannot also give events, attributes or consents"
            )
        ]
    if not source.catalogue and not about_people:
        return [
            document.problem(
                (), "gives nothing", expected="add event, attributes, consents, products or campaigns"
            )
        ]
    if about_people and not source.identifiers:
        return [
            document.problem(
                (), "says nothing about who a row is about", expected="add identifiers: {kind: column}"
            )
        ]
    return []


def _judge_catalogue(document: Document, source: SourceDeclaration) -> list[Problem]:
    name = source.catalogue
    if not name:
        return []
    table = CATALOGUES[name]
    known = [column.name for column in table.columns if column.name != "source"]
    given: dict[str, str] = getattr(source, name)
    problems = [
        document.problem((name, key), f"'{key}' is no column of {name}", expected=suggest(key, known))
        for key in given
        if key not in known
    ]
    problems += [document.problem((name,), f"'{key}' is missing") for key in table.key if key not in given]
    return problems


def _judge_consents(document: Document, data: Mapping[str, object], project: Project) -> list[Problem]:
    known, consents = list(project.config.purposes), data.get("consents")
    if not isinstance(consents, list):
        return []
    named = [consent.get("purpose") if isinstance(consent, dict) else None for consent in consents]
    return [
        document.problem(
            ("consents", index, "purpose"), f"there is no purpose '{purpose}'",
            expected=suggest(purpose, known) if known else "declare it under `purposes:` in headwater.yaml",
        )
        for index, purpose in enumerate(named)
        if isinstance(purpose, str) and purpose not in known
    ]  # fmt: skip


def _judge_properties(document: Document, source: SourceDeclaration) -> list[Problem]:
    given = source.event.properties if source.event else {}
    return [
        document.problem(("event", "properties", name), message, value=name)
        for name, each in given.items()
        if name in EVENT_COLUMNS and (message := _unfit(each, EVENT_COLUMNS[name].type))
    ]


def _judge_labels(document: Document, source: SourceDeclaration) -> list[Problem]:
    """Labels of columns that nothing is read from: a word that was misspelt would leave the right one without."""
    read = {column.column for column in source.attribute_columns().values()}
    of_event = source.event.columns() if source.event else {}
    read |= {column for columns in of_event.values() for column in columns}
    return [
        document.problem(
            ("labels", column),
            f"no attribute and no property is read from the column '{column}'",
            expected=suggest(column, read),
        )
        for column in source.labels
        if column not in read
    ]


def _unfit(given: str | SumOf | TextsOf, of_column: Type) -> str:
    """Why something cannot become a column of `events`; empty: it can."""
    if isinstance(given, SumOf):
        return "" if of_column is Type.NUMBER else "only a number can be a sum"
    return "is a column of events, which hold no lists" if isinstance(given, TextsOf) else ""
