"""Wishes of the corpus become the automations that are written there, by meaning."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.query.wishes.conftest import WishingHome
from workers.automation.equivalence import same
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import read_document
from workers.query.wishing import Drafted

ROWS = yaml.safe_load((Path(__file__).parent / "wishes.yaml").read_text("utf-8"))
WISHES = [pytest.param(row, id=row["say"]) for row in ROWS if "automation" in row]
PROBLEMS = [pytest.param(row, id=row["say"]) for row in ROWS if "problem" in row]


def plan_of(automation: dict[str, Any]) -> Plan:
    bare = {key: copy.deepcopy(automation[key]) for key in ("triggers", "conditions", "actions")}
    for each in bare["actions"]:
        if str(each.get("action", "")).startswith(("notify.", "persistent_notification.")):
            each["data"] = {"message": "text"}
    found = read_document(bare | {"alias": "wish"})
    assert found.plan is not None, found.findings
    return found.plan


@pytest.mark.parametrize("row", WISHES)
def test_wish_becomes_its_automation(house: WishingHome, row: dict[str, Any]) -> None:
    found = house.draft(row["say"])
    assert isinstance(found, Drafted), found
    assert same(plan_of(found.automation), plan_of(row["automation"])), found.automation
    assert found.automation["mode"] == row.get("mode", "single")
    assert found.automation["description"] == row["say"]


@pytest.mark.parametrize("row", PROBLEMS)
def test_what_can_not_be_drafted_is_said(house: WishingHome, row: dict[str, Any]) -> None:
    found = house.draft(row["say"])
    assert row["problem"] == ("none" if found is None else type(found).__name__)
    if "what" in row:
        assert row["what"] in {getattr(found, "what", None), getattr(found, "why", None)}
    if "of" in row:
        assert list(getattr(found, "candidates", ())) == row["of"]


def test_corpus_is_large() -> None:
    assert len(WISHES) >= 120
    assert len(PROBLEMS) >= 20


PAIRS = [
    ("when the front door opens turn on the hallway light", "turn on the hallway light when the front door opens"),
    ("at 7 pm close the bedroom blinds", "close the bedroom blinds at 19:00"),
    ("if anna comes home, turn on the lamp in the bedroom", "turn on the bedroom lamp when anna arrives"),
    ("every weekday at 6:45 am start rosie", "monday to friday at quarter to seven start rosie"),
    ("when nobody is home lock the front door", "lock the front door once everyone has left"),
    ("close the garage door at 22:00 unless ben is home", "at 22:00 close the garage door if ben is away"),
    ("when the tv is turned off turn off the fountain", "please turn off the fountain as soon as the tv is turned off"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_other_words_mean_the_same(house: WishingHome, one: str, other: str) -> None:
    drafts = [house.draft(one), house.draft(other)]
    assert all(isinstance(each, Drafted) for each in drafts), drafts
    first, second = (each.automation for each in drafts if isinstance(each, Drafted))
    assert same(plan_of(first), plan_of(second)), (first, second)
