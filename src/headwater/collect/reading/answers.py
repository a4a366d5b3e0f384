"""Answers that several wire formats share: taken, refused, and the one pixel that images get.

Exactly 200 means taken: rudder-sdk-python sends again after 202 and 204. What is refused for good gets 400 or 401, which
no client seen sends again; 413 makes Snowplow's trackers send the same for ever.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

import msgspec

from headwater.collect.event import Rejected
from headwater.collect.format import Fault
from headwater.collect.request import Answer

STATUS = {
    Fault.UNREADABLE: 400,
    Fault.TOO_LARGE: 400,
    Fault.UNAUTHORISED: 401,
    Fault.BUSY: 429,
    Fault.UNAVAILABLE: 503,
}
PIXEL = Answer(200, b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"), "image/gif")
"""A transparent GIF of one pixel."""
_TAKEN = Answer(200, b'{"success": true}')


def taken(rejected: Sequence[Rejected] = ()) -> Answer:
    """200, and what of the request cannot be used."""
    if not rejected:
        return _TAKEN
    told = [
        {"index": one.index, "messageId": one.message_id, "reason": one.reason.value, "detail": one.detail}
        for one in rejected
    ]
    return Answer(200, msgspec.json.encode({"success": True, "rejected": told}))


def refused(fault: Fault, detail: str) -> Answer:
    """The status that makes clients give up or come back, with the reason."""
    said = {"success": False, "code": fault.value, "message": detail}
    return Answer(STATUS[fault], msgspec.json.encode(said))
