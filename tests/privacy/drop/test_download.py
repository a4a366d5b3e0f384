"""Deletion lists as they are downloaded: whole rows are taken, others are counted, other files are refused in a sentence."""

from __future__ import annotations

import base64
import zipfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from headwater.core.errors import UserError
from headwater.privacy.drop.download import ListType, read_download
from headwater.privacy.drop.hashes import called


def digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def packed(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as into:
        for name, text in files.items():
            into.writestr(name, text)
    return path


# Worked out by the agency in its specification.
PHONES = [
    ("+14155559317", "vGM7y5n+hBXRSEAklhHDPCbysyNgYTmXdMcagGUOY8E="),
    ("+84901234567", "ptzVkgbv9DonwvPCHmXmJ2SEOaolSh37z3ZzY/Gmm+U="),
]


@pytest.mark.parametrize(("number", "hashed"), PHONES)
def test_phone_numbers_are_hashed_as_the_agency_does(number: str, hashed: str) -> None:
    assert list(called("phone", number)) == [(ListType.PHONE, base64.b64decode(hashed))]


def test_an_address_and_its_hash_are_called_the_same() -> None:
    address = "a.lice+tag@co.com"
    by_address, by_hash = (
        called("email", address),
        called("hashed_email", sha256(address.encode()).hexdigest()),
    )
    assert list(by_address) == list(by_hash) == [(ListType.EMAIL, base64.b64decode(digest(address)))]


@pytest.mark.parametrize(
    "spelled", ["6d92078a-8246-4ba4-ae5b-76104861e7dc", "6D92078A82464BA4AE5B76104861E7DC"]
)
def test_a_device_is_found_however_it_is_spelled(spelled: str) -> None:
    names = set(called("device_id", "6d92078a-8246-4ba4-ae5b-76104861e7dc"))
    assert {
        (ListType.MAID, sha256(spelled.encode()).digest()),
        (ListType.CTVID, sha256(spelled.encode()).digest()),
    } <= names


def test_a_download_is_read_with_what_was_taken_back(tmp_path: Path) -> None:
    rows = f"\ufeffID,Hash\r\nA1,{digest('a')}\r\n\r\nA2,{digest('b')}\r\nA1,{digest('a')}\r\n"
    download = read_download(
        packed(
            tmp_path / "lists.zip",
            {
                "20260801_0042_Email.csv": rows,
                "20260801_0042_phone_part2.csv": "ID,Hash\n",
                "20260801_0042_Removed.csv": "ID\nA7\nA8\n",
            },
        )
    )
    assert (download.broker, download.n_removed) == ("0042", 2)
    emails, phones = download.lists
    assert [each.item_id for each in emails.items] == ["A1", "A2", "A1"]
    assert emails.items[0].digest == sha256(b"a").digest()
    assert (emails.refused, phones.type, phones.items) == ({}, ListType.PHONE, [])


def test_rows_that_cannot_be_read_are_counted_by_their_line(tmp_path: Path) -> None:
    rows = (
        f"ID,Hash\nA1,{digest('a')}\nA1,{digest('b')}\nA2\n,{digest('c')}\nA3,?\nA4,QUJD\nA5,{digest('d')}\n"
    )
    [emails] = read_download(packed(tmp_path / "lists.zip", {"20260801_42_Email.csv": rows})).lists
    assert [each.item_id for each in emails.items] == ["A1", "A5"]
    assert sorted(emails.refused) == [3, 4, 5, 6, 7]
    assert emails.refused[7] == "its hash has 3 bytes, not 32"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"readme.txt": "hello"}, "readme.txt"),
        ({}, "0 data brokers"),
        ({"20260801_1_Email.csv": "ID,Hash\n", "20260801_2_Phone.csv": "ID,Hash\n"}, "2 data brokers"),
        ({"20260801_1_Email.csv": "Hash\nabc\n"}, "no column ID"),
        ({"20260801_1_Email.csv": b"ID,Hash\n\xff\xfe,x\n"}, "UTF-8"),
        ({"20260801_1_Email.csv": "ID,Hash\n" + "x" * 200_000}, "field larger"),
    ],
    ids=["another file", "nothing", "two brokers", "no head", "no text", "a huge field"],
)
def test_what_is_no_download_is_refused(tmp_path: Path, files: dict[str, str | bytes], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        read_download(packed(tmp_path / "lists.zip", files))
    assert caught.value.next_step


@given(st.binary(max_size=200), st.integers(0, 150), st.integers(1, 255))
def test_whatever_the_bytes_are_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, garbage: bytes, at: int, by: int
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    whole = packed(
        folder / "lists.zip", {"20260801_1_Email.csv": f"ID,Hash\nA1,{digest('a')}\n"}
    ).read_bytes()
    changed = bytearray(whole)
    changed[at] ^= by
    for data in (garbage, whole[:at], bytes(changed)):
        (folder / "lists.zip").write_bytes(data)
        with suppress(UserError):
            read_download(folder / "lists.zip")
