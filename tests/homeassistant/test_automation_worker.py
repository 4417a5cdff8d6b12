"""What the automation worker asks of a real Home Assistant: its automations and scripts, and its opinion."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from pydantic import SecretStr

from shared.home import Entity, Home, Registry
from shared.homeassistant.websocket import HomeAssistant
from tests.conftest import until
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, require_home_assistant
from workers.automation.existing import Existing
from workers.automation.verdict import read

require_home_assistant()

NIGHT = {
    "alias": "HomeIQ test night",
    "triggers": [{"trigger": "sun", "event": "sunset"}],
    "actions": [{"action": "light.turn_off", "target": {"entity_id": "light.kitchen_ceiling"}}],
}
WRONG = {**NIGHT, "triggers": [{"trigger": "no_such_thing"}]}


async def thought(existing: Existing, document: dict[str, Any], *, valid: bool) -> list[str]:
    plan = read(document).plan
    assert plan is not None
    return [each.path for each in await existing.opinion(plan, valid=valid)]


async def test_its_automations_are_known_and_its_opinion_is_compared(
    house: House, hass: Hass, entered: AsyncExitStack
) -> None:
    entity_id = await entered.enter_async_context(hass.automation("homeiq_test_night", NIGHT))
    home = Home()
    home.load(Registry(entities={entity_id: Entity(entity_id, "Night")}), {})
    client = HomeAssistant(house.url, SecretStr(house.token))
    existing = Existing(client, home, enters=True)
    running = asyncio.create_task(existing.run())
    try:
        await until(lambda: existing.revision > 0)
        known = existing.automations[entity_id]
        assert (known.id, known.alias) == ("homeiq_test_night", NIGHT["alias"])
        assert await thought(existing, NIGHT, valid=True) == []
        assert await thought(existing, WRONG, valid=False) == []
        assert await thought(existing, WRONG, valid=True) == ["triggers"]
        assert (existing.asked, existing.agreed, existing.only_theirs) == (3, 2, 1)

        await hass.post("config/automation/config/homeiq_test_night", **{**NIGHT, "alias": "HomeIQ test day"})
        await until(lambda: existing.automations[entity_id].alias == "HomeIQ test day")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
