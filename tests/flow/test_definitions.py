"""One mistake is told once, where it was made; and what would stop a run is known before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.collect.log.writer import Writer
from headwater.collect.outcome import Accepted, packed
from headwater.core.errors import ProjectError
from headwater.core.project import open_project
from headwater.core.sealing.keeping import seals_of
from headwater.events.collected import take_in_collected
from headwater.flow.definitions import Findings, examine, judge, project_error, read_definitions
from headwater.identity.identifier import identifier_kinds
from headwater.tables.workspace import read, work
from headwater.testing.shop import make_shop

Examine = Callable[[], Findings]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_shop(tmp_path / "shop", n_people=4, n_purchases=4).folder
    rule = "rule:\n  all:\n    - {trait: city, is: Berlin}\n    - {trait: points, is: {at_least: 3}}\n"
    (made / "audiences" / "berliners.yaml").write_text(rule)
    return made


@pytest.fixture
def examined(folder: Path) -> Examine:
    def run() -> Findings:
        with read(open_project(folder)) as workspace:
            return examine(workspace)

    return run


def mistake(folder: Path, file: str, right: str, wrong: str) -> None:
    text = (folder / file).read_text()
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1))


def test_a_sound_project_has_no_findings(examined: Examine) -> None:
    found = examined()
    assert (found.problems, found.warnings) == ([], [])


@pytest.mark.parametrize(
    ("file", "right", "wrong", "path"),
    [
        ("sources/members.yaml", "purpose: newsletter", "purpose: newsleter", "consents[0].purpose"),
        ("sources/members.yaml", "type: number", "type: nubmer", "attributes.points.type"),
        ("sources/members.yaml", "read: {", "read: {seperator: x, ", "read.seperator"),
        ("sources/members.yaml", "consents: [", "consents: {[", ""),
        ("sources/purchases.yaml", "time: sold_at", "tiem: sold_at\n  time: sold_at", "event.tiem"),
        ("traits/revenue_30d.yaml", "kind: sum", "kind: sums", "kind"),
        ("traits/revenue_30d.yaml", "kind: sum", "kind: [sum", ""),
        ("audiences/coffee_lovers.yaml", "rule: {", "rule: {{", ""),
        ("audiences/coffee_lovers.yaml", "did: purchase", "didd: purchase", "rule.didd"),
    ],
)
def test_a_file_with_a_mistake_makes_no_others_wrong(
    folder: Path, examined: Examine, file: str, right: str, wrong: str, path: str
) -> None:
    (folder / "destinations" / "mailing.yaml").write_text(
        "kind: csv_file\npurpose: newsletter\naudiences: [coffee_lovers]\nidentifiers: [email]\n"
    )
    (folder / "headwater.yaml").write_text(
        (folder / "headwater.yaml").read_text() + "source_priority: [members]\n"
    )
    mistake(folder, file, right, wrong)
    assert [(problem.file, problem.path) for problem in examined().problems] == [(file, path)]


def test_a_name_that_no_file_declares_is_still_a_mistake(folder: Path, examined: Examine) -> None:
    mistake(folder, "sources/members.yaml", "purpose: newsletter", "purpose: newsleter")
    mistake(folder, "audiences/berliners.yaml", "trait: city", "trait: citi")
    assert [problem.file for problem in examined().problems] == [
        "sources/members.yaml",
        "audiences/berliners.yaml",
    ]


def test_problems_stand_in_the_order_in_which_data_flows(folder: Path, examined: Examine) -> None:
    mistake(folder, "destinations/mailing.yaml", "purpose: newsletter", "purpose: news")
    mistake(folder, "audiences/big_spenders.yaml", "at_least: 100", "at_lest: 100")
    mistake(folder, "traits/revenue_30d.yaml", "property: revenue", "property: revenu")
    mistake(folder, "sources/members.yaml", "purpose: newsletter", "purpose: newsleter")
    mistake(folder, "sources/members.yaml", "city: city", "city: town")
    found = examined().problems
    assert [(problem.file, problem.line) for problem in found] == [
        ("sources/members.yaml", 4),
        ("sources/members.yaml", 5),
        ("traits/revenue_30d.yaml", 4),
        ("audiences/big_spenders.yaml", 2),
        ("destinations/mailing.yaml", 2),
    ]
    error = project_error(reversed(found))
    assert error.problems == tuple(found)
    assert str(error) == error.message
    assert [line.strip() for line in error.message.splitlines()[1:]] == [str(problem) for problem in found]


def test_a_run_and_other_commands_do_not_look_at_the_data(folder: Path) -> None:
    (folder / "data" / "members.csv").unlink()
    with read(open_project(folder)) as workspace:
        assert judge(workspace)[1] == []
        assert set(read_definitions(workspace).sources) == {"members", "purchases"}
        [problem] = examine(workspace).problems
    assert (problem.file, problem.path) == ("sources/members.yaml", "read.path")


def test_a_run_tells_problems_in_that_order_too(folder: Path) -> None:
    mistake(folder, "audiences/big_spenders.yaml", "at_least: 100", "at_lest: 100")
    mistake(folder, "sources/members.yaml", "purpose: newsletter", "purpose: newsleter")
    with read(open_project(folder)) as workspace, pytest.raises(ProjectError) as caught:
        read_definitions(workspace)
    assert [problem.file for problem in caught.value.problems] == [
        "sources/members.yaml",
        "audiences/big_spenders.yaml",
    ]


def test_a_secret_that_is_not_set_is_told_at_its_line(
    folder: Path, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "destinations" / "hook.yaml").write_text(
        "kind: webhook\npurpose: newsletter\naudiences: all\nidentifiers: [email]\n"
        "settings:\n  url: https://example.com/in\n  bearer: ${HOOK_TOKEN}\n  secret: ${HOOK_SECRET}\n"
    )
    monkeypatch.setenv("HOOK_TOKEN", "hush")
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    found = examined()
    assert found.problems == []
    [warning] = found.warnings
    assert (warning.file, warning.line, warning.path) == ("destinations/hook.yaml", 8, "settings.secret")
    assert warning.message == "the environment variable HOOK_SECRET is not set"
    monkeypatch.setenv("HOOK_SECRET", "whsec_no base64!")
    [warning] = examined().warnings
    assert "settings.secret cannot be used" in warning.message
    assert "no base64" not in str(warning)
    monkeypatch.setenv("HOOK_SECRET", "hush")
    assert examined().warnings == []


def live(folder: Path, plan: str = "event: Order Completed\n") -> None:
    """Give the project a collector, a plan, and an audience of events that never came yet."""
    for kind in ("collectors", "plans"):
        (folder / kind).mkdir()
    (folder / "collectors" / "website.yaml").write_text("keys: ['${WEBSITE_KEY}']\nformats: [segment]\n")
    (folder / "plans" / "order.yaml").write_text(plan)
    rule = "rule: {any: [{did: page}, {did: screen}, {did: Order Completed}]}\n"
    (folder / "audiences" / "live.yaml").write_text(rule)


def test_events_that_are_planned_or_collected_can_be_asked_for(
    folder: Path, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(folder)
    monkeypatch.setenv("WEBSITE_KEY", "k")
    found = examined()
    assert (found.problems, found.warnings) == ([], [])
    assert set(found.definitions.collectors) == {"website"}
    assert {plan.said.event for plan in found.definitions.plans.values()} == {"Order Completed"}


def test_an_event_that_no_plan_names_is_still_a_mistake(folder: Path, examined: Examine) -> None:
    live(folder, "event: Signed Up\n")
    [problem] = examined().problems
    assert (problem.file, problem.path) == ("audiences/live.yaml", "rule.any[2].did")


@pytest.mark.parametrize(
    ("plan", "path"),
    [
        ("event: Order Completed\nschema: {type: strin}\n", "schema.type"),
        ("event: Order Completed\nschema: {type: {\n", ""),
    ],
    ids=["a schema that is wrong", "no YAML"],
)
def test_a_plan_with_a_mistake_makes_no_rule_wrong(
    folder: Path, examined: Examine, plan: str, path: str
) -> None:
    live(folder, plan)
    assert [(problem.file, problem.path) for problem in examined().problems] == [("plans/order.yaml", path)]


def test_mistakes_of_collectors_and_plans_come_first(folder: Path, examined: Examine) -> None:
    live(folder, "evnt: Order Completed\n")
    mistake(folder, "collectors/website.yaml", "segment", "segmnt")
    mistake(folder, "sources/members.yaml", "purpose: newsletter", "purpose: newsleter")
    files = [problem.file for problem in examined().problems]
    assert files[0] == "collectors/website.yaml"
    assert sorted(set(files), key=files.index)[1:3] == ["plans/order.yaml", "sources/members.yaml"]


def test_a_webhook_cannot_name_a_kind_of_identifier_that_there_is_not(
    folder: Path, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(folder)
    monkeypatch.setenv("WEBSITE_KEY", "k")
    (folder / "collectors" / "reviews.yaml").write_text(
        "keys: [reviews]\nformats:\n  webhook:\n    secret: s\n"
        "    identifiers: {user_id: $.id, emial: $.author.email}\n"
    )
    [problem] = examined().problems
    assert (problem.file, problem.line) == ("collectors/reviews.yaml", 5)
    assert problem.path == "formats.webhook.identifiers.emial"
    assert problem.message == "there is no kind of identifier 'emial'"
    assert "email" in str(problem.expected)


def test_a_key_that_is_not_set_is_told(
    folder: Path, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(folder)
    monkeypatch.delenv("WEBSITE_KEY", raising=False)
    [warning] = examined().warnings
    assert (warning.file, warning.line, warning.path) == ("collectors/website.yaml", 1, "keys")
    assert warning.message == "the environment variable WEBSITE_KEY is not set"


def test_a_project_that_only_collects_may_ask_for_any_event(tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text("project: shop\n")
    (tmp_path / "audiences").mkdir()
    live(tmp_path)
    (tmp_path / "plans" / "order.yaml").unlink()
    with read(open_project(tmp_path)) as workspace:
        assert judge(workspace)[1] == []


def test_what_some_clients_did_already_does_not_make_rules_about_others_wrong(tmp_path: Path) -> None:
    """Where only collectors say what happens: the first event that is named is no list of all there will be."""
    for name, text in {
        "headwater.yaml": "project: shop\n",
        "collectors/website.yaml": "keys: [w]\n",
        "audiences/buyers.yaml": "description: b\nrule: {did: purchase}\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    project = open_project(tmp_path)
    writer = Writer(tmp_path / "events", seals_of(project))
    viewed = Accepted(0, "website", "track", "view", "m", 10**15, 10**15, {"user_id": "ann"}, {})
    writer.append([packed([viewed])])
    with work(project) as workspace:
        assert list(take_in_collected(workspace, tmp_path / "events", writer.head.end, identifier_kinds()))
    with read(project) as workspace:
        assert judge(workspace)[1] == []


def test_an_attribute_that_would_keep_an_address_in_the_open_is_a_mistake(folder: Path) -> None:
    mistake(
        folder, "sources/members.yaml", "attributes: {city: city,", "attributes: {city: city, email: email,"
    )
    with read(open_project(folder)) as workspace:
        _, problems = judge(workspace)
    assert [each.message for each in problems] == ["an attribute would keep email in the open"]
