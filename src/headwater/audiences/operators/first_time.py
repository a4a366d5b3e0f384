"""When something was done for the first time: `first_time: purchase`, `is: {after: 2017-06-01}`. Who never did meets no test."""

from __future__ import annotations

from pydantic import Field

from headwater.audiences.example import Example, bought, person
from headwater.audiences.moments import TimedFields, Timing, reader_of
from headwater.audiences.operator import EventName, Operator


class Fields(TimedFields):
    """What `first_time` may say."""

    first_time: EventName = Field(description="The event.")


TIMING = Timing("first_time", "the first", is_last=False)

_RULE: dict[str, object] = {"first_time": "purchase", "is": {"after": "2017-06-01"}}
_TEXT = "the first purchase at any time is after 2017-06-01"

OPERATOR = Operator(
    Fields,
    reader_of(TIMING),
    (
        Example(_RULE, _TEXT, person(bought(1), bought(20)), takes_in=True),
        Example(_RULE, _TEXT, person(bought(1), bought(40)), takes_in=False),
        Example(_RULE, _TEXT, person(), takes_in=False),
        Example(
            {
                "first_time": "purchase",
                "where": {"category": "COFFEE"},
                "within": {"last": "90 days"},
                "is": {"before": "2017-06-01"},
            },
            'the first purchase where (category equals "COFFEE") in the last 90 days is before 2017-06-01',
            person(bought(1, category="TEA"), bought(40, category="COFFEE"), bought(100, category="COFFEE")),
            takes_in=True,
        ),
    ),
)
