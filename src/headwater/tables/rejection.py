"""Why a row could not be used: a closed set, so that every rejected row can be counted, explained and repaired.

Each reason says what it means and what to do about it. The reasons stand in the order in which they are found: reading
the bytes, reading a value, knowing who it is about, fitting it to what is there already; then those of what clients send
over the network.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason in `rejected_events`; its value is what the table holds."""

    meaning: str
    advice: str

    def __new__(cls, value: str, meaning: str, advice: str) -> Reason:
        """A member with its two sentences."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.advice = advice
        return member

    MALFORMED_ROW = (
        "malformed_row",
        "The line does not have the file's columns, or a quote in it is opened and never closed.",
        "Quote values that hold delimiters, quotes or line breaks where the file is made.",
    )
    INVALID_JSON = (
        "invalid_json",
        "The line is not one JSON object.",
        "Write one object a line, without a comma after it and without brackets around the file.",
    )
    INVALID_UTF8 = (
        "invalid_utf8",
        "The row holds bytes that mean nothing in the file's encoding.",
        "Write the file as UTF-8, or state its encoding under `read:`.",
    )
    MISSING_VALUE = (
        "missing_value",
        "A value that every row must have is empty.",
        "Fill it where the row is made, or map the field to another column.",
    )
    INVALID_TIME = (
        "invalid_time",
        "The time cannot be read in the declared format and time zone.",
        "Mend the value, or correct the time's `format` in the source's file.",
    )
    TIME_IN_FUTURE = (
        "time_in_future",
        "The event would have happened after the present.",
        "Check the clock of the system it came from, and the source's time zone.",
    )
    INVALID_NUMBER = (
        "invalid_number",
        "The value is not a finite number.",
        "Mend the value, or say which decimal sign the source uses.",
    )
    INVALID_BOOLEAN = (
        "invalid_boolean",
        "The value is neither a yes nor a no.",
        "Write true or false, or say which words the source uses.",
    )
    INVALID_LIST = (
        "invalid_list",
        "The value is no list of texts: it is an object, or a list of lists or objects.",
        "Map a column with a list of texts, or with texts between separators.",
    )
    UNKNOWN_VALUE = (
        "unknown_value",
        "The value is none of those that the field may have.",
        "Mend the value, or add it to the ones the source's file names.",
    )
    INVALID_IDENTIFIER = (
        "invalid_identifier",
        "The identifier is not one of its kind, such as an e-mail address without an @.",
        "Mend the value, or map the column to another kind of identifier.",
    )
    NO_IDENTIFIER = (
        "no_identifier",
        "The row names nobody: every identifier in it is empty or invalid.",
        "Map a column that names the person, or leave such rows out where the file is made.",
    )
    DUPLICATE = (
        "duplicate",
        "The same row, by the source's duplicates key, stands earlier in this source.",
        "Nothing, if it is a repeat; else add to the duplicates key what tells the rows apart.",
    )
    ALREADY_LOADED = (
        "already_loaded",
        "All rows of this object were loaded before.",
        "Nothing: the rows are in the project already.",
    )
    SUPPRESSED = (
        "suppressed",
        "The person asked to be forgotten: it is counted, and nothing of it is kept.",
        "Nothing; if they want to be known again, `headwater privacy lift` lets them in.",
    )
    TOO_LARGE = (
        "too_large",
        "The event has more bytes than its wire format allows, or than an event may have at all.",
        "Send less with the event, or send it in parts.",
    )
    TOO_DEEP = (
        "too_deep",
        "The event's objects and arrays are nested deeper than an event's may be.",
        "Flatten the event's properties.",
    )
    INVALID_VALUE = (
        "invalid_value",
        "A field of the event is not of the type that its wire format says.",
        "Mend the field where the event is made.",
    )
    BOT = (
        "bot",
        "A crawler or another program sent it, and no person.",
        "Nothing; set `keep_bots` for this source if you want them.",
    )
    AGAINST_PLAN = (
        "against_plan",
        "The tracking plan says something else of this event, and its mode is to quarantine what does not follow it.",
        "Mend the event where it is made, or the plan; then `headwater replay --reason against_plan`.",
    )
