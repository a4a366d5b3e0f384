"""Destination files: read, checked, every problem with its line and what would be right."""

from __future__ import annotations

import pytest

from headwater.activate.declare import find_destination, read_destinations
from headwater.activate.destination import Form
from headwater.core.errors import NotFoundError

GOOD = """
kind: webhook
purpose: mailing
audiences: [coffee_lovers]
identifiers: [email]
settings: {url: "https://example.com"}
"""


def problems_of(shop, text, name="crm", identifiers=("email", "phone", "uid2")):
    shop.declare(name, text)
    declared, problems = read_destinations(shop.project, ["coffee_lovers", "lapsed"], identifiers)
    assert not declared
    return [str(one) for one in problems]


def test_a_sound_file_is_declared(shop):
    shop.declare("crm", GOOD)
    declared, problems = read_destinations(shop.project, ["coffee_lovers"], ["email"])
    assert problems == []
    crm = find_destination("crm", declared)
    assert (crm.purpose, crm.audiences, crm.rows_a_batch) == ("mailing", ("coffee_lovers",), 1000)
    assert crm.settings.url == "https://example.com"


def test_identifiers_without_a_form_are_hashed(shop):
    shop.declare("crm", GOOD)
    declared, _ = read_destinations(shop.project, ["coffee_lovers"])
    assert declared["crm"].identifiers == {"email": Form.SHA256_HEX}


def test_an_identifier_that_is_not_hashed_leaves_as_it_is_unless_told(shop):
    shop.declare("crm", GOOD.replace("[email]", "[email, uid2]"))
    declared, problems = read_destinations(shop.project, ["coffee_lovers"])
    assert problems == []
    assert declared["crm"].identifiers == {"email": Form.SHA256_HEX, "uid2": Form.PLAIN}


def test_all_stands_for_all_audiences(shop):
    shop.declare("crm", GOOD.replace("[coffee_lovers]", "all"))
    declared, _ = read_destinations(shop.project, [])
    assert declared["crm"].audiences is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mailing", "mailings", "crm.yaml:3 at purpose: unknown purpose 'mailings'; did you mean 'mailing'?"),
        (
            "[coffee_lovers]",
            "[lapsd]",
            "crm.yaml:4 at audiences[0]: unknown audience 'lapsd'; did you mean 'lapsed'?",
        ),
        ("[coffee_lovers]", "everyone", "crm.yaml:4 at audiences"),
        (
            "[email]",
            "[e_mail]",
            "crm.yaml:5 at identifiers[0]: unknown kind of identifier 'e_mail'; did you mean 'email'?",
        ),
        ("[email]", "{phone: md5}", "crm.yaml:5 at identifiers.phone: must be 'plain', 'sha256_hex'"),
        (
            "[email]",
            "{uid2: sha256_hex}",
            "crm.yaml:5 at identifiers.uid2: 'uid2' does not leave as sha256_hex; one of plain",
        ),
        ("[email]", "[]", "crm.yaml:5 at identifiers"),
        (
            "kind: webhook",
            "kind: web_hook",
            "crm.yaml:2 at kind: unknown kind 'web_hook'; did you mean 'webhook'?",
        ),
        ('{url: "https://example.com"}', "{}", "crm.yaml:6 at settings.url: 'url' is missing"),
        ('{url: "https://example.com"}', "{url: nowhere}", "crm.yaml:6 at settings.url: must be a URL"),
        ('{url: "https://example.com"}', "{url: 'https://x', secrt: a}", "did you mean 'secret'?"),
        (
            "settings:",
            "rows_a_batch: 5000\nsettings:",
            "crm.yaml:6 at rows_a_batch: a webhook takes at most 1000",
        ),
        ("settings:", "setting: {}\nsettings:", "unknown key 'setting'; did you mean 'settings'?"),
    ],
)
def test_a_mistake_is_told_with_its_place(shop, old, new, message):
    assert any(message in one for one in problems_of(shop, GOOD.replace(old, new)))


def test_all_mistakes_are_told_at_once(shop):
    text = (
        GOOD.replace("mailing", "x").replace("coffee_lovers", "y").replace("email", "z").replace("https:", "")
    )
    assert len(problems_of(shop, text)) == 4


def test_a_file_name_that_is_no_id_is_a_problem(shop):
    assert "is no name for a destination" in problems_of(shop, GOOD, name="My CRM")[0]


def test_no_problem_shows_a_secret(shop):
    text = GOOD.replace(
        '{url: "https://example.com"}', "{url: 'https://x', secret: whsec_hunter2*, headers: hunter2}"
    )
    problems = problems_of(shop, text)
    assert len(problems) == 2
    assert "hunter2" not in "".join(problems)


def test_a_name_that_is_not_declared_names_the_nearest(shop):
    shop.declare("crm", GOOD)
    declared, _ = read_destinations(shop.project, ["coffee_lovers"])
    with pytest.raises(NotFoundError, match="did you mean 'crm'"):
        find_destination("crms", declared)


@pytest.mark.parametrize("none", ["{}", "[]"])
def test_that_no_identifier_is_chosen_is_said_in_words(shop, none):
    shop.csv_file(identifiers=none)
    _, (problem,) = read_destinations(shop.project, [])
    assert (problem.path, problem.message) == ("identifiers", "choose at least one identifier")
