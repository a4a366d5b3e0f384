"""What the consent strings of TCF in Europe and in Canada have in common, read and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headwater.core.errors import SignalError
from headwater.privacy.signals.bits import Reader, Writer
from headwater.privacy.signals.id_set import IdSet
from headwater.privacy.signals.tc_string import Restriction, RestrictionType

N_PURPOSES, N_SPECIAL_FEATURES = 24, 12  # how many there is room for
FIRST_CMP = 2  # ids of consent platforms begin there
_KINDS = tuple(RestrictionType)


def read_segments(texts: list[str], kinds: Mapping[int, str]) -> dict[int, Reader]:
    """The segments after the core by their kind, each read up to behind it.

    Args:
        texts: the segments.
        kinds: what each kind is called.

    Raises:
        SignalError: there is no such kind, or one is there twice.
    """
    found: dict[int, Reader] = {}
    for number, text in enumerate(texts, start=2):
        reader = Reader(text, f"TCF segment {number}")
        kind = reader.number(3)
        if kind not in kinds:
            raise reader.wrong(f"is of kind {kind}; there are {', '.join(map(str, kinds))}")
        reader.where = kinds[kind]
        if kind in found:
            raise reader.wrong("is there twice")
        found[kind] = reader
    return found


def read_cmp(reader: Reader) -> int:
    """The id of a consent platform.

    Raises:
        SignalError: no platform has it.
    """
    cmp_id = reader.number(12)
    if cmp_id < FIRST_CMP:
        raise reader.wrong(f"the id of the consent platform (cmpId) is {cmp_id}; they begin at {FIRST_CMP}")
    return cmp_id


def write_cmp(writer: Writer, cmp_id: int) -> None:
    """The id of a consent platform.

    Raises:
        SignalError: no platform has it.
    """
    if cmp_id < FIRST_CMP:
        raise SignalError(
            f"{writer.where}: the id of the consent platform is {cmp_id}; they begin at {FIRST_CMP}"
        )
    writer.number(cmp_id, 12, "the id of the consent platform")


def read_restrictions(reader: Reader, read_vendors: Callable[[Reader], IdSet]) -> tuple[Restriction, ...]:
    """How many (12 bits), then each: the purpose, the kind, the vendors. The same purpose and kind again adds its vendors.

    Raises:
        SignalError: there is no such purpose or kind.
    """
    found: dict[tuple[int, RestrictionType], IdSet] = {}
    for _ in range(reader.number(12)):
        purpose, kind = divmod(reader.number(8), 4)
        if not 0 < purpose <= N_PURPOSES or kind >= len(_KINDS):
            raise reader.wrong(f"there is no restriction of kind {kind} for a purpose {purpose}")
        key = (purpose, _KINDS[kind])
        vendors = read_vendors(reader)
        found[key] = IdSet(bits=found[key].bits | vendors.bits) if key in found else vendors
    return tuple(Restriction(purpose, kind, vendors) for (purpose, kind), vendors in found.items())


def write_restrictions(
    writer: Writer, restrictions: tuple[Restriction, ...], write_vendors: Callable[[Writer, IdSet], None]
) -> None:
    """How many, then each.

    Raises:
        SignalError: there is no such purpose, or they do not fit.
    """
    writer.number(len(restrictions), 12, "the number of restrictions")
    for each in restrictions:
        if not 0 < each.purpose <= N_PURPOSES:
            raise SignalError(f"{writer.where}: there is no restriction for a purpose {each.purpose}")
        writer.number(each.purpose, 6, "a purpose")
        writer.number(each.kind, 2, "the kind of a restriction")
        write_vendors(writer, each.vendors)


def read_publisher(reader: Reader) -> tuple[IdSet, IdSet, int, IdSet, IdSet]:
    """Standard purposes on two bases, how many custom ones there are, and those on both."""
    first, second = reader.ids(N_PURPOSES), reader.ids(N_PURPOSES)
    n_custom = reader.number(6)
    return first, second, n_custom, reader.ids(n_custom), reader.ids(n_custom)


def write_publisher(writer: Writer, said: tuple[IdSet, IdSet, int, IdSet, IdSet]) -> None:
    """The same.

    Raises:
        SignalError: a purpose does not fit.
    """
    first, second, n_custom, first_custom, second_custom = said
    writer.ids(first, N_PURPOSES, "purposes")
    writer.ids(second, N_PURPOSES, "purposes")
    writer.number(n_custom, 6, "the number of custom purposes")
    writer.ids(first_custom, n_custom, "custom purposes")
    writer.ids(second_custom, n_custom, "custom purposes")
