"""When something was done for the last time: `last_time: purchase`, `is: {after: 2017-06-01}`. Who never did meets no test."""

from __future__ import annotations

from pydantic import Field

from headwater.audiences.example import Example, bought, person
from headwater.audiences.moments import TimedFields, Timing, reader_of
from headwater.audiences.operator import EventName, Operator


class Fields(TimedFields):
    """What `last_time` may say."""

    last_time: EventName = Field(description="The event.")


TIMING = Timing("last_time", "the last", is_last=True)

_RULE: dict[str, object] = {"last_time": "purchase", "is": {"after": "2017-06-01"}}
_TEXT = "the last purchase at any time is after 2017-06-01"

OPERATOR = Operator(
    Fields,
    reader_of(TIMING),
    (
        Example(_RULE, _TEXT, person(bought(1), bought(40)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(35), bought(40)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
        Example(
            {
                "last_time": "purchase",
                "where": {"category": "COFFEE"},
                "within": {"last": "90 days"},
                "is": {"before": "2017-06-01"},
            },
            'the last purchase where (category equals "COFFEE") in the last 90 days is before 2017-06-01',
            person(bought(1, category="TEA"), bought(40, category="COFFEE"), bought(100, category="COFFEE")),
            takes_in=True,
        ),
    ),
)
