"""What the collectors' files say reaches the steps."""

from __future__ import annotations

from headwater.collect.around import surroundings
from headwater.collect.declare import Collector, CollectorFile
from headwater.core.documents import Document


def collector(name: str, **said: object) -> Collector:
    file = CollectorFile.model_validate({"keys": ("k",), **said})
    return Collector(name, file, frozenset({"k"}), {}, Document(f"collectors/{name}.yaml", name, {}))


def test_each_source_is_treated_as_its_file_says() -> None:
    website = collector("website", own_hosts=["Shop.Example."], ip="none")
    probe = collector("probe", keep_bots=True)
    around = surroundings({"website": website, "probe": probe}, place_of=lambda ip: {"city": ip})
    assert around.keep_bots == {"probe"}
    assert around.own_hosts == {"website": {"shop.example"}, "probe": frozenset()}
    assert around.ip_kept == {"website": "none", "probe": "truncated"}
    assert around.place_of("Berlin") == {"city": "Berlin"}
    assert around.product_of("1") is None
