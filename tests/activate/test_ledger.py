"""The ledger: its database, and what it says when that fails."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, strategies as st

from headwater.activate.declare import kinds
from headwater.activate.ledger import open_ledger
from headwater.activate.plan import _SAMPLE_KEY
from headwater.activate.records import pack, unpack
from headwater.core.errors import StorageError


def test_it_lies_in_the_project_and_outlives_a_power_cut(shop):
    with open_ledger(shop.project) as ledger:
        assert ledger.deliveries() == []
        with ledger._engine.connect() as connection:
            said = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            ]
    assert said == ["wal", 2]
    assert (shop.root / "state" / "headwater.db").is_file()


def test_another_database_can_be_named(shop, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADWATER_STATE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    with open_ledger(shop.project):
        pass
    engine = sa.create_engine(f"sqlite:///{tmp_path}/elsewhere.db")
    assert sa.inspect(engine).get_table_names() == ["batches", "delivered", "deliveries", "looks"]
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all.db",
        "not a url",
        "mysql://me:hunter2@host/db",
        "oracul://me:hunter2@host/db",
    ],
)
def test_a_database_that_cannot_be_opened_is_told_without_its_password(shop, monkeypatch, url):
    monkeypatch.setenv("HEADWATER_STATE_URL", url)
    with (
        pytest.raises(StorageError, match="the ledger could not be read or written") as told,
        open_ledger(shop.project),
    ):
        pass
    assert "state_url" in told.value.next_step
    assert "hunter2" not in str(told.value)


def test_a_damaged_database_is_told(shop):
    (shop.root / "state").mkdir()
    (shop.root / "state" / "headwater.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="file is not a database"), open_ledger(shop.project):
        pass


def test_examples_and_samples_have_keys_as_the_ledger_makes_them(shop):
    shop.households(1)
    shop.csv_file()
    (done,) = shop.deliver()
    with shop.ledger() as ledger:
        (batch,) = ledger.batches(done.delivery_id)
    examples = [example.batch.key for kind in kinds().values() for example in kind.examples]
    shapes = {re.sub("[0-9a-f]", "0", key) for key in [batch.batch_id, _SAMPLE_KEY, *examples]}
    assert shapes == {"00000000T000000-000000000000-00000"}


@given(st.sets(st.integers(0, 2**62)))
def test_identifiers_come_back_as_they_were_put_in(ids):
    array = np.array(sorted(ids), dtype=np.int64)
    assert unpack(pack(array)).tolist() == array.tolist()
    assert unpack(pack(array)).dtype == np.int64
