"""Every endpoint there is, in the order in which they are told of."""

from __future__ import annotations

from headwater.api.endpoints import (
    access,
    audiences,
    audit,
    cleanroom,
    consents,
    deletion_lists,
    identity,
    persons,
    profiles,
    proofs,
    requests,
    sharing,
)

ENDPOINTS = (
    *identity.ENDPOINTS,
    *profiles.ENDPOINTS,
    *audiences.ENDPOINTS,
    *sharing.ENDPOINTS,
    *cleanroom.ENDPOINTS,
    *persons.ENDPOINTS,
    *consents.ENDPOINTS,
    *requests.ENDPOINTS,
    *proofs.ENDPOINTS,
    *deletion_lists.ENDPOINTS,
    *access.ENDPOINTS,
    *audit.ENDPOINTS,
)
