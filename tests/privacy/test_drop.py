"""Lists of the DROP are read to the row: what is hashed, what is answered, what cannot be."""

from __future__ import annotations

import zipfile
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from headwater.core.errors import UserError
from headwater.identity.identifier import identifier_kinds, sha256_base64
from headwater.privacy.drop import BadRow, hashed_text, read_lists

HASH = sha256_base64("ann@example.org")


@pytest.mark.parametrize(
    ("written", "hashed"),
    [
        ("+1(415)555-9317", "vGM7y5n+hBXRSEAklhHDPCbysyNgYTmXdMcagGUOY8E="),
        ("+84(90)123 4567", "ptzVkgbv9DonwvPCHmXmJ2SEOaolSh37z3ZzY/Gmm+U="),
    ],
    ids=["published: US", "published: Vietnam"],
)
def test_phones_are_hashed_as_published(written: str, hashed: str) -> None:
    normalised = identifier_kinds()["phone"].normalise(written)
    for value in (written, normalised):
        assert value
        assert sha256_base64(hashed_text("phone", value) or "") == hashed


def test_addresses_keep_dots_and_tags() -> None:
    assert hashed_text("email", " Jane.Doe+Shop@Gmail.com ") == "jane.doe+shop@gmail.com"
    assert hashed_text("phone", "+41") is None
    assert hashed_text("user_id", "17") is None


def zipped(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "lists.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_every_row_is_listed_or_told(tmp_path: Path) -> None:
    rows = f"ID,Hash\n1,{HASH}\n2,{HASH}\n,{HASH}\n4,abc\n5,YWJj\n6\n"
    lists = read_lists(
        zipped(
            tmp_path,
            {
                "20260801_7_Email.csv": rows,
                "in/20260801_7_Phone.csv": "\ufeffhash, id\n" + f"{HASH},9\n",
                "20260801_7_NDZ.csv": f"ID,Hash\n8,{HASH}\n",
                "20260801_7_MAID.csv": "ID;Hash\n",
                "readme.txt": "hello",
            },
        )
    )
    email, phone = lists.lists
    assert email.ids == {b64decode(HASH): ["1", "2"]}
    assert (phone.file, phone.n_rows) == ("20260801_7_Phone.csv", 1)
    assert lists.not_looked_for == {"20260801_7_NDZ.csv": 1, "20260801_7_MAID.csv": 0}
    assert [(each.file[-9:], each.line, each.reason) for each in lists.bad] == [
        ("Email.csv", 4, "it has no ID"),
        ("Email.csv", 5, "its hash is no base64 of 32 bytes"),
        ("Email.csv", 6, "its hash is no base64 of 32 bytes"),
        ("Email.csv", 7, "it has too few columns"),
        ("_MAID.csv", 1, "it has no columns ID and Hash"),
        ("eadme.txt", 0, "is no list: its name does not say of which type"),
    ]


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=200))
def test_whatever_a_list_holds_is_accounted_for(tmp_path_factory, text: str) -> None:
    lists = read_lists(zipped(tmp_path_factory.mktemp("zip"), {"1_1_Email.csv": f"ID,Hash\n{text}"}))
    assert all(isinstance(each, BadRow) for each in lists.bad)
    assert len(lists.lists) == 1


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all"])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as a ZIP"):
        read_lists(tmp_path / "x.zip")
    with pytest.raises(UserError, match="holds no list"):
        read_lists(zipped(tmp_path, {"a.csv": "ID,Hash\n"}))


def test_a_line_without_end_is_not_read_whole(tmp_path: Path) -> None:
    lists = read_lists(zipped(tmp_path, {"1_1_Email.csv": "ID,Hash\n" + "x" * 100_000}))
    assert [each.reason for each in lists.bad] == ["it is no CSV from here on"]
