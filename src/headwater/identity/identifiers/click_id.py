"""The id that an ad platform gives one click, with the parameter that carries it: `gclid=Cj0K…`.

The parameter is part of it, because a click can only be told to the platform it came from. It is compared in lower case;
the id is kept as it is. Parameters that many clicks share (a campaign, a kind of ad, Google's aggregated `gbraid` and
`wbraid`) are none, and neither are those by which a mailing names its reader.
"""

from __future__ import annotations

import re

from sqlglot import exp

from headwater.collect.enriching.click_ids import CLICK_IDS
from headwater.identity.identifier import NOT_HASHED, SPACES, Identifier, trimmed
from headwater.identity.placeholders import is_placeholder

SHARED = {"wbraid", "gbraid", "gclsrc", "gad_source", "srsltid", "igshid"}
OF_MAILINGS = {"mc_cid", "_kx", "mkt_tok", "vero_id"}
PARAMETERS = tuple(sorted(CLICK_IDS.keys() - SHARED - OF_MAILINGS))


def _in_any_case(name: str) -> str:
    """A pattern for a name in capitals or not; written out, because engines differ on letters beyond ASCII."""
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in name)


PATTERN = f"^({'|'.join(map(_in_any_case, PARAMETERS))})=[!-~]+$"


def normalise(text: str) -> str | None:
    """The parameter in lower case, = and the id; or None if that is not what it is."""
    value = text.strip(SPACES)
    if not re.fullmatch(PATTERN, value):
        return None
    parameter, _, click = value.partition("=")
    return f"{parameter.lower()}={click}"


def to_sql(value: exp.Expression) -> exp.Expression:
    """The same in SQL."""
    text = trimmed(value)
    parameter = exp.func("split_part", text.copy(), exp.Literal.string("="), exp.Literal.number(1))
    click = exp.Substring(this=text.copy(), start=exp.Length(this=parameter.copy()) + 1)
    spelled = exp.DPipe(this=exp.Lower(this=parameter), expression=click)
    return exp.case().when(exp.RegexpLike(this=text, expression=exp.Literal.string(PATTERN)), spelled)


def is_junk(value: str) -> bool:
    """Whether its id is a placeholder, as in links that were made by hand to try something."""
    return is_placeholder(value.partition("=")[2])


IDENTIFIER = Identifier(
    meaning="The id that an ad platform gives one click.",
    strength=5,
    to_sql=to_sql,
    normalise=normalise,
    examples=(
        (" gclid=Cj0KCQjw-rT_BRC ", "gclid=Cj0KCQjw-rT_BRC"),
        ("ScCid=1a=2B==", "sccid=1a=2B=="),
        ("li_fat_id=8d6f3a1e", "li_fat_id=8d6f3a1e"),
        ("Cj0KCQjw-rT_BRC", None),
        ("gclid=", None),
        ("gclid=a b", None),
        ("wbraid=Cj0KCQjw", None),
        ("m\u017fclkid=17", None),
        ("", None),
    ),
    names="device",
    is_direct=False,
    hash_forms=NOT_HASHED,
    is_junk=is_junk,
)
