"""The address of a page that is asked something else while it stands: to share, and for back and forward to go through."""

from __future__ import annotations

import json
from dataclasses import replace

from nicegui import ui
from nicegui.elements.sub_pages import SubPages
from starlette.datastructures import QueryParams

_PUT = """
(() => {{
  const to = {to};
  if (location.pathname + location.search !== to) history.{how}({{page: to}}, "", to);
}})()
"""


def put_address(to: str, *, is_new: bool) -> None:
    """Let the page that is open have another address, of the same path; nothing is drawn, which the page has done itself.

    Args:
        to: the address, from its first slash on.
        is_new: whether going back leads to what was asked before; else this takes its place.
    """
    client = ui.context.client
    client.sub_pages_router.current_path = to
    query = QueryParams(to.partition("?")[2])
    for each in client.layout.descendants():
        # Back is then another address to NiceGUI, which draws a page anew if its query is not the one it has seen.
        if isinstance(each, SubPages) and each._match is not None:  # noqa: SLF001 - there is no other way to tell it
            each._match = replace(each._match, query_params=query)  # noqa: SLF001
    how = "pushState" if is_new else "replaceState"
    client.run_javascript(_PUT.format(to=json.dumps(to), how=how))
