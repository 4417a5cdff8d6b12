"""HomeIQ as a device: a document that Home Assistant reads, whose topics exist and may be read and written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from contracts.catalogue import WORKERS
from contracts.discovery import DISCOVERY, PREFIX, STATUS_TOPIC, device_id
from contracts.operation import ROOT
from shared.broker.access import HOME_ASSISTANT, Naming, rules
from shared.bus.topics import matches
from workers.data.discovery import discovery, own_entities

ROOTS = [
    ROOT,
    "cottage",
    "site/house",
    "site_house",
    "Site/House",
    "site__house",
    "Ä",
    "Ö",
    "homeiq_cottage",
    "a.b",
    "a-b",
    "a" * 500,
    "a" * 501,
]
# Home Assistant's own (homeassistant/core.py, components/mqtt/discovery.py).
ENTITY_ID = re.compile(r"(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)")
LONGEST = 255
NODE = re.compile(r"[a-zA-Z0-9_-]+")


def document(root: str = ROOT) -> Any:
    return json.loads(discovery(root, f"{root}/workers/data/1", "1.2.3").model_dump_json())


def values(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [each for value in part.values() for each in values(value)]
    return [each for value in part for each in values(value)] if isinstance(part, list) else [part]


@pytest.mark.parametrize("root", ROOTS)
def test_home_assistant_finds_it_and_accepts_its_ids(root: str) -> None:
    prefix, kind, node, config = DISCOVERY.topic(root).split("/")
    assert (prefix, kind, config) == (PREFIX, "device", "config")
    assert NODE.fullmatch(node)
    found = document(root)
    assert found["device"]["identifiers"] == [node]
    for component in found["components"].values():
        assert ENTITY_ID.fullmatch(component["default_entity_id"])
        assert len(component["default_entity_id"]) <= LONGEST
        assert component["default_entity_id"].startswith(f"{component['platform']}.")
    assert {each["default_entity_id"] for each in found["components"].values()} == own_entities(root)


def test_no_two_homes_share_anything() -> None:
    assert len({device_id(root) for root in ROOTS}) == len(ROOTS)
    unique = [each["unique_id"] for root in ROOTS for each in document(root)["components"].values()]
    assert len(set(unique)) == len(unique)


def test_nothing_is_null() -> None:
    assert None not in values(document())


def test_every_worker_has_its_health_there() -> None:
    components = document()["components"]
    for worker in WORKERS:
        component = components[f"{worker}_worker"]
        assert (component["state_topic"], component["device_class"]) == (f"homeiq/{worker}/health", "problem")
    # The one that announces is told of by its presence; the others are gone when nothing is heard of them.
    assert {key for key, each in components.items() if "expire_after" in each} == {
        f"{worker}_worker" for worker in WORKERS if worker != DISCOVERY.worker
    }


@pytest.mark.parametrize("root", ROOTS)
def test_home_assistant_may_read_and_write_what_it_names(root: str) -> None:
    found, lines = document(root), [line.split(" ", 1) for line in rules(HOME_ASSISTANT, Naming(root=root))]
    named = {(name, value) for each in found["components"].values() for name, value in each.items() if "topic" in name}
    named |= {("topic", each["topic"]) for each in found["availability"]}
    assert len(named) > len(WORKERS)
    for name, topic in named:
        access = "write" if name == "command_topic" else "read"
        assert any(access in may and matches(pattern, topic) for may, pattern in lines), topic


@pytest.mark.parametrize("worker", WORKERS)
def test_only_the_data_worker_announces(worker: str) -> None:
    lines = rules(worker, Naming(root="site/house"))
    announces = worker == "data"
    assert (f"write {DISCOVERY.topic('site/house')}" in lines) is announces
    assert (f"read {STATUS_TOPIC}" in lines) is announces
    assert [line for line in lines if line.startswith(f"write {PREFIX}/")] == [
        f"write {DISCOVERY.topic('site/house')}"
    ][:announces]


def test_a_name_tells_homes_apart() -> None:
    assert document()["device"]["name"] == "HomeIQ"
    assert document("site/house")["device"]["name"] == "HomeIQ site/house"
