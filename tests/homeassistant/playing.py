"""The simulated home in a play: what it looks like, what becomes of it, and what is to come of that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RawClient
from tests.homeassistant.hass import Hass, eventually

HOME: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "unit" / "query" / "homes" / "house.json").read_text("utf-8")
)
SHOWN = (
    "brightness", "hs_color", "temperature", "hvac_action", "percentage", "preset_mode", "current_position",
    "volume_level", "media_title", "fan_speed", "effect",
)  # fmt: skip
"""Attributes that tell what a device does."""
HOUSE: dict[str, dict[str, Any]] = {
    each["entity_id"]: {
        "state": each["state"],
        **dict.fromkeys(("brightness", "effect")),
        **each["attributes"],
    }
    for each in HOME["entities"]
    if not each["entity_id"].startswith(("scene.", "script."))
}
"""The home as its file says, and what its devices forget between two plays."""

Look = dict[str, Any]
"""A state, and attributes that tell what a device does."""


def looks(said: Mapping[str, Any] | None) -> dict[str, Look]:
    """What is said of entities: a state alone, or with attributes."""
    return {entity_id: _look(each) for entity_id, each in (said or {}).items()}


def _look(said: Any) -> Look:
    found = dict(said) if isinstance(said, dict) else {"state": said}
    if "state" in found:
        found["state"] = {True: "on", False: "off"}.get(found["state"], str(found["state"]))
    return found


@dataclass
class Playing:
    """The home of a play. `shown` and `told` are its states and messages when it was last seen."""

    hass: Hass
    devices: RawClient
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)

    async def see(self) -> None:
        """The states as they are now."""
        self.shown = {each["entity_id"]: each for each in await self.hass.get("states")}

    async def hear(self) -> None:
        """The messages as they are now."""
        notices = await self.hass.command("persistent_notification/get")
        self.told = {each["message"]: datetime.fromisoformat(each["created_at"]) for each in notices}

    def home(self) -> dict[str, Look]:
        """All of it, as it was last seen."""
        return {each: self.look(each) for each in HOUSE}

    def look(self, entity_id: str) -> Look:
        """One entity, as it was last seen."""
        state = self.shown[entity_id]
        attributes = {each: state["attributes"][each] for each in SHOWN if state["attributes"].get(each) is not None}
        return {"state": state["state"], **attributes}

    def differing(self, expected: Mapping[str, Look]) -> dict[str, Look]:
        """What does not look as expected, as it looks."""
        return {each: self.look(each) for each, wanted in expected.items() if not self._is_so(each, wanted)}

    def _is_so(self, entity_id: str, expected: Look) -> bool:
        found = self.look(entity_id)
        if expected.get("state") == "activated":  # a scene's state is when that was
            return found["state"] != "unknown"
        return all(found.get(each) == value for each, value in expected.items())

    def changed_at(self, entity_id: str) -> datetime:
        """When an entity came to its state, or to its attributes."""
        return datetime.fromisoformat(self.shown[entity_id]["last_updated"])

    def last_run(self, automation: str) -> str | None:
        """When an automation was set off last, and its conditions held."""
        last: str | None = self.shown[automation]["attributes"]["last_triggered"]
        return last

    def told_at(self, message: str) -> datetime | None:
        """When a message was told that contains this one; None where none was."""
        return next((at for each, at in self.told.items() if message.casefold() in each.casefold()), None)

    # -- what becomes of it --------------------------------------------------------------------------------------------

    async def become(self, wanted: Mapping[str, Look]) -> None:
        """Make it happen, one after the other, and see it."""
        for entity_id, look in wanted.items():
            await self._become(entity_id, look)

    async def _become(self, entity_id: str, wanted: Look) -> None:
        domain, _, name = entity_id.partition(".")
        state = wanted["state"]
        match domain:
            case "person":
                await self._go(f"device_tracker.{name}_phone", state)
            case "input_boolean":
                await self.hass.call(domain, f"turn_{state}", entity_id=entity_id)
            case "input_select":
                await self.hass.call(domain, "select_option", entity_id=entity_id, option=state)
            case "input_number":
                await self.hass.call(domain, "set_value", entity_id=entity_id, value=state)
            case "sun":
                attributes = self.shown[entity_id]["attributes"]
                await self.hass.post(f"states/{entity_id}", state=state, attributes=attributes)
            case _:
                told = {"state": state, "attributes": {each: wanted[each] for each in wanted if each != "state"}}
                await self.devices.publish(f"simhome/{entity_id}/becomes", json.dumps(told), qos=1)

    async def _go(self, tracker: str, state: str) -> None:
        """Take somebody somewhere. A tracker of MQTT knows no places but home: of others Home Assistant is told."""
        if {state, self.shown[tracker]["state"]} - {"home", "not_home"}:
            await self.hass.post(f"states/{tracker}", state=state, attributes=self.shown[tracker]["attributes"])
        if state in {"home", "not_home"}:
            await self._become(tracker, {"state": state})

    async def reset(self) -> None:
        """The home as its file says, and no messages."""
        await self.see()
        wrong = {each: wanted for each, wanted in HOUSE.items() if self.look(each) != _plain(wanted)}
        await self.become(wrong)
        await self.hass.call("persistent_notification", "dismiss_all")
        await self.expect({each: _plain(wanted) for each, wanted in wrong.items()})

    async def expect(self, expected: Mapping[str, Look], message: str = "", patience: float = 6) -> None:
        """Wait until it is so, and the message is told."""

        async def so() -> bool:
            await self.see()
            if self.differing(expected):
                return False
            if message:
                await self.hear()
            return not message or self.told_at(message) is not None

        try:
            await eventually(so, patience)
        except TimeoutError:
            pytest.fail(f"expected {expected} {message}, got {self.differing(expected)} {list(self.told)}")


def _plain(wanted: Mapping[str, Any]) -> Look:
    return {each: wanted[each] for each in ("state", *SHOWN) if wanted.get(each) is not None}
