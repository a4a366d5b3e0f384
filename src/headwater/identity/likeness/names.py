"""What an attribute holds, told by what it is called: `surname`, `familyName` and `last_name` are last names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from headwater.identity.matching.model import Kind

# By kind, the likelier name first: of two that a record has, that one counts.
_NAMES: Mapping[Kind, str] = {
    "first_name": "firstname givenname forename prename fname",
    "last_name": "lastname surname familyname lname",
    "birth_date": "birthdate dateofbirth birthday dob born",
    "email": "email emailaddress mail",
    "phone": "phone phonenumber telephone mobile mobilephone cell tel",
    "street": "street streetname streetaddress addressstreet address addressline1 address1",
    "house_number": "housenumber streetnumber houseno",
    "postcode": "postcode postalcode zip zipcode addresspostalcode addresszip",
    "city": "city town suburb locality addresscity",
    "state": "state province addressstate",
    "national_id": "nationalid socialsecuritynumber ssn taxid",
}
_KIND_OF: Mapping[str, tuple[int, Kind]] = {
    name: (place, kind) for kind, names in _NAMES.items() for place, name in enumerate(names.split())
}


def recognised(attributes: Iterable[str]) -> dict[str, Kind]:
    """The attributes whose name says what they hold, and what; those that say it more plainly first.

    >>> recognised(["points", "zip_code", "familyName", "last_name"])
    {'last_name': 'last_name', 'familyName': 'last_name', 'zip_code': 'postcode'}
    """
    known = [(_KIND_OF[plain], name) for name in attributes if (plain := _plain(name)) in _KIND_OF]
    ordered = sorted(known, key=lambda each: (list(_NAMES).index(each[0][1]), each[0][0], each[1]))
    return {name: kind for (_, kind), name in ordered}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
