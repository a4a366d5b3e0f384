"""Which variant a person belongs to: chance that is the same every time.

Every variant draws a lot for every person: the hash of salt, variant and person's key, an even number between 0 and 1.
Lots are made exponential and divided by the weights; the smallest wins, so each variant wins as often as it weighs
(weighted rendezvous hashing: Thaler and Ravishankar, 1998; Schindelhauer and Schomaker, 2005). Nobody's lots depend on
the other variants or their order. So when one weight grows, people move to that variant alone, and no more than it needs;
a new variant takes its share evenly from all; when one goes, only its people move. Another salt has nothing to do with it.

**Whose lot?** `Person.key`. The kinds of identifier are no good: a visitor has an anonymous id first and a user id after
the first login, so whichever came first in a list of preference would change at the login, or split one customer's phone
and laptop for ever. The key is the live store's own: it stays when identifiers are added, and changes only where two
people turn out to be one. Then one of two shares has to give way, whatever is chosen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

from headwater.audiences.shuffle import Stretch
from headwater.live.person import Person

_DIGITS = 13  # as many hexadecimal digits as a double-precision number holds


def stable_key(person: Person) -> str:
    """What a person's lots are drawn by; see above."""
    return person.key


def assigned(key: str, salt: str, weights: Mapping[str, float]) -> str:
    """The variant a person belongs to.

    Args:
        key: who, as `stable_key` gives it.
        salt: of the placement.
        weights: variants with their weights, 0 or more, at least one more than 0; in any unit and order.

    Returns:
        The variant's name; those of weight 0 never.
    """
    drawn = {name: _lot(key, salt, name) / weight for name, weight in weights.items() if weight > 0}
    return min(drawn, key=lambda name: (drawn[name], name))


def share(name: str, weights: Mapping[str, float]) -> float:
    """The probability with which a variant is the one, from 0 to 1."""
    return weights[name] / math.fsum(weights.values())


def is_held_out(key: str, salt: str, millionths: int) -> bool:
    """Whether a person belongs to the share that sees no variant; a larger share holds the smaller one."""
    return Stretch(f"{salt}:holdout", 0, millionths).holds(key)


def _lot(key: str, salt: str, name: str) -> float:
    """A number above 0, exponentially distributed with mean 1."""
    digest = hashlib.md5(f"{salt}:{name}:{key}".encode(), usedforsecurity=False).hexdigest()
    return -math.log((int(digest[:_DIGITS], 16) + 0.5) / 16**_DIGITS)
