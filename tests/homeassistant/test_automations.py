"""What HomeIQ writes is what a real Home Assistant takes: generated plans of every kind are accepted and loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import House, require_home_assistant
from tests.unit.automation import test_reading as refused
from tests.unit.automation.generated import Things, plans
from workers.automation.plan.conditions import TemplateCondition
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import read_document
from workers.automation.writing.compiler import compile_plan
from workers.automation.writing.yaml_text import write_document

require_home_assistant()

COUNT = 300
WRONGLY_ACCEPTED: list[Any] = [
    {"trigger": "time", "at": []},
    {"action": "light.turn_on", "data": "x"},
    {"action": "light.turn_on", "data": {"entity_id": "x"}},
    {"repeat": {"count": "x", "sequence": []}},
]
"""What Home Assistant takes, and what never fires, or fails when it is run."""


class Automations:
    """The automations that Home Assistant has in its file."""

    def __init__(self, hass: Hass, file: Path) -> None:
        self._hass, self._file = hass, file

    async def load(self, documents: list[dict[str, Any]]) -> None:
        """Have these, and no other."""
        self._write(write_document(documents))
        await self._hass.call("automation", "reload")

    def _write(self, text: str) -> None:
        self._file.write_text(text)


@pytest.fixture
async def things(hass: Hass) -> Things:
    """What there is in the real home."""
    entities = [each["entity_id"] for each in await hass.get("states")]
    carried = [
        (each["device_id"], each["entity_id"])
        for each in await hass.command("config/entity_registry/list")
        if each["device_id"] and each["entity_id"].partition(".")[0] in ("light", "switch")
    ]
    assert carried
    return Things(
        entities=sorted(each for each in entities if not each.startswith("automation.")),
        areas=[each["area_id"] for each in await hass.command("config/area_registry/list")],
        floors=[each["floor_id"] for each in await hass.command("config/floor_registry/list")],
        labels=[each["label_id"] for each in await hass.command("config/label_registry/list")] or ["night"],
        devices=[each["id"] for each in await hass.command("config/device_registry/list")],
        carried=sorted(carried),
    )


@pytest.fixture
async def automations(real_ha: Path, house: House, hass: Hass) -> AsyncIterator[Automations]:
    """The automations of a Home Assistant of the test's own: none at the end."""
    if house.log is None:
        pytest.skip("the configuration of this Home Assistant is out of reach")
    automations = Automations(hass, house.log.with_name("automations.yaml"))
    try:
        yield automations
    finally:
        await automations.load([])


async def test_generated_plans_are_accepted_and_loaded(
    house: House, hass: Hass, automations: Automations, things: Things
) -> None:
    made = [guarded(plan) for plan in plans(6, COUNT, things)]
    await automations.load([compile_plan(plan) for plan in made])

    async def loaded() -> bool:
        return len(await states_by_id(hass)) == COUNT

    await eventually(loaded, 60)
    states = await states_by_id(hass)
    assert [line for line in refusals(house) if "Generated" in line] == []
    assert {plan.id: states[plan.id or ""] for plan in made} == {plan.id: expected(plan) for plan in made}


async def test_generated_plans_are_kept_as_they_are(real_ha: Path, hass: Hass, things: Things) -> None:
    for plan in plans(7, 10, things):
        quiet = plan.model_copy(update={"initial_state": True, "conditions": guarded(plan).conditions})
        async with hass.automation(plan.id or "", compile_plan(quiet)):
            assert read_document(await hass.get(f"config/automation/config/{plan.id}")).plan == quiet


async def test_a_wrong_automation_is_seen(house: House, hass: Hass, automations: Automations, things: Things) -> None:
    (plan,) = plans(8, 1, things)
    wrong = {**compile_plan(plan), "alias": "Generated wrong", "actions": [{"delay": "soon"}]}
    await automations.load([wrong])

    async def refused() -> bool:
        return (await states_by_id(hass)).get(plan.id or "") == "unavailable"

    async def logged() -> bool:
        return any("Generated wrong" in line for line in refusals(house))

    await eventually(refused)
    await eventually(logged)


@pytest.mark.parametrize(
    ("part", "test"),
    [
        ("triggers", refused.test_wrong_triggers),
        ("conditions", refused.test_wrong_conditions),
        ("actions", refused.test_wrong_actions),
    ],
)
async def test_what_reading_refuses_home_assistant_refuses(hass: Hass, part: str, test: Any) -> None:
    (mark,) = test.pytestmark
    accepted = []
    for written, _ in mark.args[1]:
        if written is None:  # it answers with an unknown error
            continue
        answer = await hass.command("validate_config", **{part: [written]})
        if answer[part]["valid"]:
            accepted.append(written)
    assert all(each in WRONGLY_ACCEPTED for each in accepted), accepted


def refusals(house: House) -> list[str]:
    """What Home Assistant's log says of automations that it refused."""
    assert house.log is not None
    lines = house.log.read_text(errors="replace").splitlines()
    return [line for line in lines if "has been disabled" in line]


def guarded(plan: Plan) -> Plan:
    """The plan, which does nothing when it is triggered: its loops would keep the home busy for ever."""
    never = TemplateCondition(value_template="{{ false }}")
    return plan.model_copy(update={"conditions": (never, *plan.conditions)})


def expected(plan: Plan) -> str:
    return "off" if plan.initial_state is False else "on"


async def states_by_id(hass: Hass) -> dict[str, str]:
    """The states of the generated automations."""
    states: list[dict[str, Any]] = await hass.get("states")
    return {
        each["attributes"]["id"]: each["state"]
        for each in states
        if each["entity_id"].startswith("automation.") and str(each["attributes"].get("id")).startswith("generated_")
    }
