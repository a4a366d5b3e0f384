"""Every endpoint there is, in the order in which they are told of."""

from __future__ import annotations

from headwater.api.endpoints import (
    access,
    audiences,
    audit,
    consents,
    identity,
    persons,
    profiles,
    requests,
    sharing,
)

ENDPOINTS = (
    *identity.ENDPOINTS,
    *profiles.ENDPOINTS,
    *audiences.ENDPOINTS,
    *sharing.ENDPOINTS,
    *persons.ENDPOINTS,
    *consents.ENDPOINTS,
    *requests.ENDPOINTS,
    *access.ENDPOINTS,
    *audit.ENDPOINTS,
)
