"""What Home Assistant itself says: which automations and scripts it has, and what it thinks of another one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import nullcontext, suppress
from typing import Any, Final

import structlog

from contracts.health import Check, HealthStatus
from shared.errors import InvalidRequest, NotFound, RequestError
from shared.home import Home
from shared.homeassistant.websocket import HomeAssistant
from workers.automation.finding import Code, Finding, error
from workers.automation.plan.actions import Action
from workers.automation.plan.plan import Plan
from workers.automation.plan.value import Tagged
from workers.automation.reading.reading import read_document
from workers.automation.writing.compiler import compile_plan

log = structlog.get_logger(__name__)

_PARTS: Final = ("triggers", "conditions", "actions")
_PATIENCE: Final = 2.0
"""Seconds for its opinion: a reply does not wait longer."""
_AGAIN: Final = 300.0
"""Seconds after which automations and scripts are read again; a changed script is not told."""
_MOST: Final = 2_000
"""Automations and scripts that are read."""


class Existing:
    """The automations and scripts of one Home Assistant, and its opinion; without one (`client` None) there are none.

    Make it before the client is entered: it hears of reloads from the next connect on. `enters` is whether it is this
    that enters it; else somebody else of the same process does. `revision` grows with each reading.
    """

    def __init__(self, client: HomeAssistant | None, home: Home, *, enters: bool = False) -> None:
        self.client, self._home, self._enters = client, home, enters
        self.automations: Mapping[str, Plan] = {}
        self.scripts: Mapping[str, tuple[Action, ...]] = {}
        self.revision = 0
        self.asked = self.agreed = self.only_ours = self.only_theirs = 0
        """Opinions that were asked for; how many were ours too; what only we, or only it, found wrong."""
        self._wake = asyncio.Event()
        if client is not None:
            client.on_event("automation_reloaded", lambda _: self._wake.set())
            client.when_up(self._note)

    async def _note(self) -> None:
        self._wake.set()

    # -- what there is -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read them at each connect, after each reload, and every few minutes."""
        if self.client is None:
            return
        async with self.client if self._enters else nullcontext():
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _AGAIN)
                self._wake.clear()
                try:
                    await self.client.wait_up()
                    await self._read(self.client)
                except RequestError as trouble:
                    log.warning("the automations of Home Assistant can't be read", error=trouble.message)

    async def _read(self, client: HomeAssistant) -> None:
        ids = [each for each in self._home.registry.entity_ids if each.startswith(("automation.", "script."))][:_MOST]
        automations: dict[str, Plan] = {}
        scripts: dict[str, tuple[Action, ...]] = {}
        for entity_id in ids:
            domain = entity_id.partition(".")[0]
            try:
                answer = await client.request(f"{domain}/config", entity_id=entity_id)
            except (NotFound, InvalidRequest):
                continue
            config = answer.get("config") if isinstance(answer, dict) else None
            if not isinstance(config, dict):
                continue
            if domain == "automation":
                automations.update(_plans(entity_id, config))
            else:
                scripts.update({each: plan.actions for each, plan in _plans(entity_id, _as_automation(config))})
        if (automations, scripts) != (self.automations, self.scripts):
            self.automations, self.scripts = automations, scripts
            self.revision += 1
            log.info("automations read", automations=len(automations), scripts=len(scripts))

    # -- what it thinks ------------------------------------------------------------------------------------------------

    async def opinion(self, plan: Plan, *, valid: bool) -> tuple[Finding, ...]:
        """What it refuses of a plan and we took (`valid`): findings at the part that it names.

        None where it is not connected, does not answer in time, or can't be asked: a blueprint, and what stands behind
        a tag, are known to it only.
        """
        if self.client is None or not self.client.up or plan.use_blueprint is not None:
            return ()
        document = compile_plan(plan)
        parts = {name: document[name] for name in _PARTS if document.get(name)}
        if not parts or _tagged(parts.values()):
            return ()
        try:
            answer = await self.client.request("validate_config", timeout=_PATIENCE, **parts)
        except RequestError as trouble:
            log.info("Home Assistant did not say what it thinks of an automation", error=trouble.message)
            return ()
        return self._compared(answer if isinstance(answer, dict) else {}, valid=valid)

    def _compared(self, answer: dict[str, Any], *, valid: bool) -> tuple[Finding, ...]:
        refused = {
            name: told for name in _PARTS if isinstance(told := answer.get(name), dict) and not told.get("valid")
        }
        self.asked += 1
        if bool(refused) is not valid:
            self.agreed += 1
        elif refused:
            self.only_theirs += 1
            log.warning("only Home Assistant refuses an automation", refused=refused)
            return tuple(
                error(
                    Code.SCHEMA, name, f"Home Assistant refuses this: {' '.join(str(told.get('error')).split())[:300]}"
                )
                for name, told in refused.items()
            )
        else:
            self.only_ours += 1
        return ()

    def glance(self) -> Check:
        """How far its opinion and ours agree."""
        figures = {
            "automations": len(self.automations),
            "scripts": len(self.scripts),
            "asked": self.asked,
            "agreed": self.agreed,
            "refused_here_only": self.only_ours,
            "refused_there_only": self.only_theirs,
        }
        trouble = self.client.trouble if self.client is not None else None
        return Check(status=HealthStatus.OK, message=trouble or "", figures=figures)


def _plans(entity_id: str, config: dict[str, Any]) -> list[tuple[str, Plan]]:
    plan = read_document(config).plan
    return [] if plan is None else [(entity_id, plan)]


def _as_automation(script: dict[str, Any]) -> dict[str, Any]:
    """A script as an automation that nothing starts: its sequence is read as any other."""
    return {"triggers": [], "actions": script.get("sequence", [])}


def _tagged(values: Iterable[Any]) -> bool:
    for each in values:
        if isinstance(each, Tagged):
            return True
        inner = each.values() if isinstance(each, Mapping) else each if isinstance(each, (list, tuple)) else ()
        if inner and _tagged(inner):
            return True
    return False
