"""The house of the safety corpus, and its cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry
from workers.automation.finding import Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import read_document
from workers.automation.safety.judge import SAFETY_CODES, judge

CORPUS = Path(__file__).parent / "corpus" / "safety"


@dataclass(frozen=True)
class Example:
    """An automation and the codes that are expected of it."""

    name: str
    expect: frozenset[str]
    automation: Mapping[str, Any]


def read_plan(automation: Mapping[str, Any]) -> Plan:
    """The plan of an automation that can be read."""
    reading = read_document(dict(automation))
    assert reading.plan is not None, reading.findings
    return reading.plan


def examples(name: str) -> list[Example]:
    """The cases of one file."""
    listed = yaml.safe_load((CORPUS / f"{name}.yaml").read_text())
    return [Example(each["name"], frozenset(each["expect"]), each["automation"]) for each in listed]


def dangers(automation: Mapping[str, Any], home: HomeView, **how: Any) -> set[str]:
    """The codes of all that makes an automation unsafe."""
    found = judge(read_plan(automation), home, **how)
    return {each.code for each in found if each.severity is Severity.ERROR and each.code in SAFETY_CODES}


@lru_cache(maxsize=1)
def house() -> HomeView:
    """The house of the corpus."""
    told = yaml.safe_load((CORPUS / "house.yaml").read_text())
    registry = Registry.from_document(HomeDocument.model_validate(_document(told)))
    states = {
        entity_id: EntityState("on", {"friendly_name": row[0], **_more(row).get("attributes", {})})
        for entity_id, row in told["entities"].items()
    }
    return HomeView(
        registry,
        states,
        scripts={name: _sequence(actions) for name, actions in told["scripts"].items()},
        scenes=told["scenes"],
        automations={name: read_plan(each) for name, each in told["automations"].items()},
    )


def _sequence(actions: list[Any]) -> Any:
    return read_plan({"triggers": [{"trigger": "sun", "event": "sunset"}], "actions": actions}).actions


def _more(row: list[Any]) -> dict[str, Any]:
    return row[2] if len(row) > 2 else {}


def _document(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "time_zone": "Europe/Berlin",
        "floors": [{"floor_id": key, "name": name} for key, name in told["floors"].items()],
        "labels": [{"label_id": key, "name": name} for key, name in told["labels"].items()],
        "areas": [{"area_id": key, "name": key, "floor_id": floor} for key, floor in told["areas"].items()],
        "devices": [
            {"device_id": key, "name": each["name"], "area_id": each["area"], "model": each["model"],
             "labels": each.get("labels", [])} for key, each in told["devices"].items()
        ],
        "entities": [
            {"entity_id": entity_id, "name": row[0], "area_id": row[1] if len(row) > 1 else None,
             "device_id": _more(row).get("device"), "device_class": _more(row).get("class"),
             "labels": _more(row).get("labels", []), "attributes": _more(row).get("attributes", {})}
            for entity_id, row in told["entities"].items()
        ],
    }  # fmt: skip
