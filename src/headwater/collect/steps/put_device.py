"""Say with what the person came: browser, system, device and what kind of device it is.

Reads the user agent by the expressions of ua-parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Literal

from ua_parser import OS, Device, Domain, Resolver, UserAgent, load_lazy_builtins
from ua_parser.regex import Resolver as RegexResolver

from headwater.collect.event import Event
from headwater.collect.step import Surroundings, put

DeviceType = Literal["desktop", "mobile", "tablet", "tv", "bot", "other"]
MOST_CHARACTERS = 1000
_TV = re.compile(
    r"smart-?tv|android ?tv|google ?tv|apple ?tv|hbbtv|netcast|web0s|viera|bravia|roku|crkey|\b(?-i:AFT[A-Z0-9]+)\b|tv safari",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|kindle|playbook", re.IGNORECASE)
_MOBILE = re.compile(r"mobi|iphone|ipod|phone|dalvik|ios-device", re.IGNORECASE)
_CONSOLE = re.compile(r"playstation|xbox|nintendo", re.IGNORECASE)
_DESKTOP = frozenset(
    {"Windows", "Mac OS X", "Linux", "Chrome OS", "Ubuntu", "Fedora", "Debian", "FreeBSD", "OpenBSD"}
)
_NO_MODEL = frozenset({"K", "Other", "Generic Smartphone", "Generic Tablet", "Generic Feature Phone"})


def put_device(event: Event, around: Surroundings) -> None:
    """Put browser, system and device with their versions, and `device_type`."""
    if event.user_agent and event.name:
        put(event, device_of(event.user_agent[:MOST_CHARACTERS]))


@lru_cache(maxsize=8192)
def device_of(user_agent: str) -> Mapping[str, str | None]:
    """What a user agent says, by property."""
    found = _resolver()(user_agent.encode(errors="replace").decode(), Domain.ALL)
    browser, system, device = found.user_agent, found.os, found.device
    return {
        "browser": browser.family if browser else None,
        "browser_version": _version(browser),
        "os": system.family if system else None,
        "os_version": _version(system),
        "device": device.family if device and device.family not in _NO_MODEL else None,
        "device_type": _type_of(user_agent, system, device),
    }


@cache
def _resolver() -> Resolver:
    return RegexResolver(load_lazy_builtins())


def _version(of: UserAgent | OS | None) -> str | None:
    parts = (of.major, of.minor, of.patch) if of else ()
    return ".".join(part for part in parts if part) or None


def _type_of(user_agent: str, system: OS | None, device: Device | None) -> DeviceType:
    """What kind of device it is; Android browsers say `Mobile` on phones only, its other programs say nothing."""
    family, maker = (device.family, device.brand or "") if device else ("", "")
    text = f"{user_agent} {family} {maker}"
    if family == "Spider":
        return "bot"
    if _TV.search(text):
        return "tv"
    if _CONSOLE.search(text):
        return "other"
    if _TABLET.search(text):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    name = system.family if system else ""
    if name == "Android":
        return "tablet" if user_agent.startswith("Mozilla") else "mobile"
    return "desktop" if name in _DESKTOP else "mobile" if name == "iOS" else "other"
