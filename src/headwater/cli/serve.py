"""The command that runs everything live."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from headwater.access.roles import Action
from headwater.access.sessions import LINK_LASTS, console_address, link_to_console
from headwater.cli.audited import audited
from headwater.cli.output import ProjectOption, err, opened, out
from headwater.collect.log.writer import recover
from headwater.core.errors import UserError
from headwater.core.owner import SERVE, own
from headwater.core.project import Project
from headwater.flow.definitions import read_definitions
from headwater.flow.live_log import Folders
from headwater.serve.health import serve_health
from headwater.serve.metrics import counting
from headwater.serve.ports import expect_free
from headwater.serve.supervise import Part, Supervisor
from headwater.tables.workspace import read


@audited("console", Action.OPERATE)
def console(project: ProjectOption = Path()) -> None:
    """Show the console alone, without taking events in, until stopped; `serve` shows it, too.

    Example: `headwater console --project shop`
    """
    found = opened(project)
    if not found.settings.console_port:
        raise UserError(
            "this project has no console: its setting console_port is 0",
            next_step="set HEADWATER_CONSOLE_PORT=8703, or another port that is free",
        )
    expect_free("127.0.0.1", found.settings.console_port, "console_port")
    supervisor = Supervisor(
        [_console(found, found.settings.console_port)],
        lambda text: err.print(text, markup=False, soft_wrap=True),
    )
    _show_console(found, found.settings.console_port)
    out.print("Ctrl-C ends it.")
    supervisor.run()


def _console(project: Project, port: int, name: str = "console") -> Part:
    return Part(name, "headwater.console.run", (str(project.root), str(port)))


def _show_console(project: Project, port: int, name: str = "console") -> None:
    """Say where the console is; to whoever sits in front of it, with a link that signs them in once."""
    address = link_to_console(project, port) if is_terminal() else console_address(port)
    out.print(f"{name + ': ':<22}{address}", markup=False, soft_wrap=True)
    if is_terminal():
        minutes = int(LINK_LASTS.total_seconds() // 60)
        out.print(
            f"                      (signs you in as admin, once, within {minutes} minutes)", style="dim"
        )


def is_terminal() -> bool:
    """Whether somebody sits in front of it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@audited("serve", Action.OPERATE)
def serve(
    project: ProjectOption = Path(),
    shop: Annotated[bool, typer.Option(help="Serve the demonstration's shop at /shop/, too.")] = False,
) -> None:
    """Take events in, keep live profiles, answer what to show, and run everything in its time, until stopped.

    Example: `headwater serve --project shop`
    """
    serve_project(opened(project), with_shop=shop)


def serve_project(project: Project, *, with_shop: bool, beside: Project | None = None) -> None:
    """Serve a project until stopped.

    Args:
        project: the project.
        with_shop: serve the demonstration's shop, too.
        beside: another project, whose console is shown as well, at the next port.

    Raises:
        BusyError: another process serves it. ProjectError: its files are not sound. EnvironmentFault: a port is taken.
    """
    with own(project.root, SERVE):
        with read(project) as workspace:
            read_definitions(workspace)
        _expect_possible(project)
        with counting(project.root):
            _serve(project, with_shop=with_shop, beside=beside)


def _expect_possible(project: Project) -> None:
    if project.config.now is not None:
        raise UserError(
            "this project's present is fixed (`now:` in headwater.yaml): nothing can happen live in it",
            next_step="take `now:` out of headwater.yaml, or serve another project",
        )
    settings = project.settings
    expect_free(settings.edge_address, settings.edge_port, "edge_port")
    expect_free("127.0.0.1", settings.health_port, "health_port")
    expect_free("127.0.0.1", settings.api_port, "api_port")
    if settings.console_port:
        expect_free("127.0.0.1", settings.console_port, "console_port")


def _consoles(project: Project, beside: Project | None) -> list[tuple[Project, int, str]]:
    """Each console with its port and its name."""
    port = project.settings.console_port
    if not port:
        return []
    if beside is None:
        return [(project, port, "console")]
    expect_free("127.0.0.1", port + 1, "console_port")
    return [
        (each, port + at, f"console of {each.config.project}") for at, each in enumerate((project, beside))
    ]


def _serve(project: Project, *, with_shop: bool, beside: Project | None) -> None:
    root, settings = project.root, project.settings
    consoles = _consoles(project, beside)
    recover(Folders.of(root).requests)
    edge = (str(root), settings.edge_address, str(settings.edge_port), str(settings.edge_workers))
    parts = [
        Part("edge", "headwater.edge.run", (*edge, "shop") if with_shop else edge),
        Part("stream", "headwater.serve.stream_process", (str(root),)),
        Part("core", "headwater.serve.core_process", (str(root),)),
        Part("api", "headwater.api.run", (str(root), str(settings.api_port))),
    ]
    parts += [_console(*each) for each in consoles]
    supervisor = Supervisor(parts, lambda text: err.print(text, markup=False, soft_wrap=True))
    health = serve_health(settings.health_port, supervisor.states)
    out.print(f"events and decisions: http://{settings.edge_address}:{settings.edge_port}")
    if with_shop:
        out.print(f"the shop: http://{settings.edge_address}:{settings.edge_port}/shop/")
    out.print(f"management API:       http://127.0.0.1:{settings.api_port}/v1/openapi.json")
    out.print(f"health and counts:    http://127.0.0.1:{settings.health_port}/health, /metrics")
    for each in consoles:
        _show_console(*each)
    out.print("Ctrl-C ends it; what was acknowledged is kept.")
    try:
        supervisor.run()
    finally:
        health.shutdown()
