"""A shop of one customer whose identifiers went every way there is: files, uploads, live calls, rejections, deliveries."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc, parquet
from tests.flow.alive import Alive, track

from headwater.audiences.lists import upload
from headwater.tables.workspace import work

EMAIL, PHONE, USER, VISITOR = "ann.archer@example.org", "+4930901820", "customer-4711-ann", "visitor-0815-ann"
ON_LIST, REJECTED = "robin.sonn@example.org", "carla.crooked@example.org"
FILES = {
    "headwater.yaml": "project: shop\nsettings: {threads: 1}\n"
    "purposes: {newsletter: {description: Mail., lawful_basis: consent, ccpa: [share]}}\n",
    "collectors/website.yaml": "keys: [demo]\n",
    "sources/crm.yaml": "kind: files\nread: {path: data/crm.csv}\nidentifiers: {email: mail, phone: phone, user_id: number}\n"
    "attributes: {city: {column: city, type: text}}\n"
    "consents: [{purpose: newsletter, column: newsletter}]\n",
    "sources/orders.yaml": "kind: files\nread: {path: data/orders.csv}\nidentifiers: {email: mail}\n"
    "event: {name: purchase, time: at, key: [id], properties: {revenue: amount}}\n",
    "audiences/buyers.yaml": "description: b\nrule: {did: purchase}\n",
    "destinations/out.yaml": "kind: csv_file\npurpose: newsletter\nidentifiers: {email: sha256_hex}\naudiences: [buyers]\n",
    "data/crm.csv": f"mail,phone,number,city,newsletter\n{EMAIL},{PHONE},{USER},Bath,yes\n",
    "data/orders.csv": f"id,mail,at,amount\n1,{EMAIL},2026-05-01 10:00:00,9.5\n2,{REJECTED},no time,1\n",
    "data/no_mail.csv": f"mail\n{ON_LIST}\n{EMAIL}\n",
}


def sealed_shop(root: Path) -> Alive:
    """The shop, after all of that."""
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    alive = Alive(root)
    alive.run()
    with work(alive.project) as workspace:
        upload("no_mail", root / "data" / "no_mail.csv", "email=mail", workspace)
    (root / "audiences" / "unlisted.yaml").write_text("description: u\nrule: {not: {in_list: no_mail}}\n")
    alive.run()
    alive.tell(
        track("Signed In", who=VISITOR, landing=f"https://shop.example/?mail={EMAIL}"),
        {
            "type": "identify",
            "userId": USER,
            "anonymousId": VISITOR,
            "traits": {"email": EMAIL, "phone": PHONE, "plan": "gold"},
        },
        {"type": "track", "event": "", "userId": USER, "traits": {"email": REJECTED}},
    )
    alive.take()
    alive.seal()
    alive.run()
    return alive


def needles() -> list[bytes]:
    """What must not be found: identifiers as they are, in parts that name somebody, and hashed without a key."""
    plain = [EMAIL, PHONE.removeprefix("+"), USER, VISITOR, ON_LIST, REJECTED, "ann.archer", "carla.crooked"]
    hashed = [
        form
        for each in (EMAIL, PHONE, USER, ON_LIST)
        for digest in (hashlib.sha256(each.encode()).digest(), hashlib.md5(each.encode()).digest())
        for form in (digest.hex(), base64.b64encode(digest).decode().rstrip("="))
    ]
    return [each.encode() for each in (*plain, *hashed)]


def held(root: Path) -> Iterator[tuple[str, bytes]]:
    """All that a project keeps, unpacked: the name of each file that is not of the people who made it, and its bytes."""
    theirs = {Path(name).parts[0] for name in FILES} | {"deliveries"}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] not in theirs:
            yield str(name), path.read_bytes()
            yield from ((f"{name}, unpacked", each) for each in _unpacked(path))


def _unpacked(path: Path) -> Iterator[bytes]:
    if path.suffix == ".parquet":
        yield _text(parquet.read_table(path))
    elif path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source:
            yield _text(ipc.open_file(source).read_all())
    elif path.suffix == ".db":
        with sqlite3.connect(path) as database:
            yield "\n".join(database.iterdump()).encode()


def _text(rows: pa.Table) -> bytes:
    return repr(rows.to_pydict()).encode()
