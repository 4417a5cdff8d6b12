"""Follows Home Assistant by its websocket API: takes the home as it is there, and every change of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from contracts import home as contract
from contracts.home import ENTITY_ID
from shared.bus.transaction import Transactions
from shared.errors import NotFound, RequestError
from shared.home import EntityState, Registry
from shared.home_store import HomeStore
from shared.homeassistant.eventstream import read_state
from shared.homeassistant.registries import Answer, Face, Told, home_document, state_faces
from shared.homeassistant.websocket import HomeAssistant
from workers.data.keeper import HomeKeeper

log = structlog.get_logger(__name__)

OnEvent = Callable[[dict[str, Any]], None]
"""Takes the data of a `state_changed` event: `entity_id`, `old_state`, `new_state`, with context."""

_SETTLE: Final = 0.3
"""Seconds in which changes of registries come together: moving a device tells of each of its entities. A home that
takes longer to read is left alone for as long as that, while Home Assistant starts and tells of everything anew."""
_AGAIN = 5.0
"""Seconds after which it is tried again when Home Assistant or the database could not answer."""
_AT_ONCE: Final = 1_000
"""Entities in one question: Home Assistant takes no question above 4 MB."""

_KINDS: Final = {
    "area_registry_updated": "areas",
    "floor_registry_updated": "floors",
    "device_registry_updated": "devices",
    "label_registry_updated": "labels",
    "core_config_updated": "config",
    "service_registered": "services",
    "service_removed": "services",
    "component_loaded": "services",
}
_EVERYTHING: Final = frozenset({"config", "areas", "floors", "devices", "labels", "services", "entities", "states"})


class Following:
    """Keeps the home of the keeper as it is in one Home Assistant; without one (`client` None) it does nothing.

    Enter the client after this is made: the events are subscribed to at each connect. `on_event` hears every
    `state_changed`; it is what keeps the states fresh, as with the stream over MQTT. `on_read` is called when the whole
    home was read.
    """

    def __init__(
        self,
        client: HomeAssistant | None,
        store: HomeStore,
        keeper: HomeKeeper,
        on_event: OnEvent | None = None,
        on_read: Callable[[], None] = lambda: None,
    ) -> None:
        self.client, self._store, self._keeper, self._on_event, self._on_read = client, store, keeper, on_event, on_read
        self._told = Told()
        self._stale: set[str] = set()
        self._stale_entities: set[str] = set()
        self._new_states: dict[str, EntityState] | None = None
        self._wake = asyncio.Event()
        self._took = 0.0
        self.taken = 0
        """How often the home was read and saved."""
        self.renamed: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        """Old and new ids of entities."""
        if client is not None:
            self._listen(client)

    def _listen(self, client: HomeAssistant) -> None:
        client.on_event("state_changed", self._state_changed)
        client.on_event("entity_registry_updated", self._entity_changed)
        client.on_event("homeassistant_started", lambda _: self.forget())
        for event_type, kind in _KINDS.items():
            client.on_event(event_type, lambda _, kind=kind: self._mark(kind))  # type: ignore[misc]
        client.when_up(self._connected)
        self._keeper.when_replaced(self.forget)

    def forget(self) -> None:
        """Take nothing for known: read the whole home again."""
        self._mark(*_EVERYTHING)

    def _mark(self, *kinds: str) -> None:
        self._stale.update(kinds)
        self._wake.set()

    async def _connected(self) -> None:
        self.forget()

    def _entity_changed(self, event: dict[str, Any]) -> None:
        data = event.get("data") or {}
        changed = [data.get("entity_id"), data.get("old_entity_id")]
        known = [each for each in changed if isinstance(each, str) and ENTITY_ID.fullmatch(each)]
        self._stale_entities.update(known)
        if len(known) == len(changed):
            new, old = known
            self.renamed.put_nowait((old, new))
        self._wake.set()

    def _state_changed(self, event: dict[str, Any]) -> None:
        data = event.get("data") or {}
        entity_id, new = data.get("entity_id"), data.get("new_state")
        if not isinstance(entity_id, str):
            return
        if self._on_event is not None:
            self._on_event(data)
        face = Face.of(new.get("attributes")) if isinstance(new, dict) else None
        if face == self._told.faces.get(entity_id):
            return
        if face is None:
            self._told.faces.pop(entity_id, None)
        else:
            self._told.faces[entity_id] = face
        # Whatever else is new about it (its area, its device) stands in the registry.
        self._stale_entities.add(entity_id)
        self._wake.set()

    # -- reading -------------------------------------------------------------------------------------------------------

    async def run(self, transactions: Transactions) -> None:
        """Take the home whenever something of it is other; for ever."""
        if self.client is None:
            return
        while True:
            await self._wake.wait()
            await self.client.wait_up()
            await asyncio.sleep(max(_SETTLE, self._took))
            self._wake.clear()
            began = time.monotonic()
            stale, self._stale = self._stale, set()
            entities, self._stale_entities = self._stale_entities, set()
            try:
                if "states" in stale and await _starting(self.client):
                    self._stale |= stale  # until it says that it has started
                    continue
                await self._read(self.client, stale, entities)
                await self._take(transactions, stale, entities)
            except BaseException as error:
                self._stale |= stale
                self._stale_entities |= entities
                self._wake.set()
                if not isinstance(error, RequestError):
                    raise
                log.warning("the home could not be read from Home Assistant", error=error.message)
                if self.client.up:
                    await asyncio.sleep(_AGAIN)
            self._took = min(time.monotonic() - began, _AGAIN)

    async def _read(self, client: HomeAssistant, stale: set[str], entities: set[str]) -> None:
        """Ask for what is stale."""
        if "states" in stale:
            await self._read_states(client)
        if "entities" in stale:
            await self._read_entities(client)
        elif entities:
            answers = await self._entries(client, sorted(entities))
            self._told.entities = {
                **{each: entry for each, entry in self._told.entities.items() if each not in entities},
                **answers,
            }
        for kind in sorted(stale & _COMMANDS.keys()):
            setattr(self._told, kind, await _asked(client, _COMMANDS[kind]))

    async def _read_states(self, client: HomeAssistant) -> None:
        answer = await client.request("get_states")
        self._new_states = await asyncio.to_thread(_states, answer)
        self._told.faces = await asyncio.to_thread(state_faces, self._new_states)

    async def _read_entities(self, client: HomeAssistant) -> None:
        listed = await client.request("config/entity_registry/list")
        ids = [str(each.get("entity_id")) for each in listed if isinstance(each, dict) and not each.get("disabled_by")]
        self._told.entities = await self._entries(client, ids)

    async def _entries(self, client: HomeAssistant, entity_ids: list[str]) -> dict[str, Answer]:
        """The registry entries with all their fields: the list leaves the aliases out."""
        found: dict[str, Answer] = {}
        for start in range(0, len(entity_ids), _AT_ONCE):
            part = entity_ids[start : start + _AT_ONCE]
            answer = await client.request("config/entity_registry/get_entries", entity_ids=part)
            found |= {entity_id: entry for entity_id, entry in answer.items() if isinstance(entry, dict)}
        return found

    # -- taking --------------------------------------------------------------------------------------------------------

    async def _take(self, transactions: Transactions, stale: set[str], entities: set[str]) -> None:
        """Save what is other, tell it, and show it in the home."""
        told, states = self._told.copy(), self._new_states
        document = await asyncio.to_thread(home_document, told)
        registry = await asyncio.to_thread(Registry.from_document, document)
        if states is not None:
            states = {entity_id: state for entity_id, state in states.items() if entity_id in registry.entities}
        renewal = await self._store.renewal(document, states)
        if renewal.differs:
            async with transactions.begin(durable=False) as transaction:
                await self._store.renew(transaction.connection, renewal)
                if renewal.registry_differs or states is not None:
                    await transaction.publish(
                        contract.CHANGED, reason=_reason(stale, entities), counts=registry.counts()
                    )
        self._new_states = None
        if states is not None:
            states = {entity_id: state for entity_id, state in states.items() if entity_id in self._told.faces}
        # Who joined while this was read is known by its face already.
        self._keeper.renew(registry, states, self._told.faces.keys() - told.faces.keys())
        self.taken += 1
        if states is not None:
            self._on_read()
        if renewal.registry_differs:
            log.info("the home has changed in Home Assistant", rows=len(renewal.rows), gone=len(renewal.gone))


_COMMANDS: Final = {
    "config": "get_config",
    "areas": "config/area_registry/list",
    "floors": "config/floor_registry/list",
    "devices": "config/device_registry/list",
    "labels": "config/label_registry/list",
    "services": "get_services",
}


_STARTING: Final = frozenset({"NOT_RUNNING", "STARTING", "STOPPING", "FINAL_WRITE"})


async def _starting(client: HomeAssistant) -> bool:
    """Whether Home Assistant is not up yet, or not for long: half of its entities are not there then."""
    config = await client.request("get_config")
    return isinstance(config, dict) and config.get("state") in _STARTING


async def _asked(client: HomeAssistant, command: str) -> Any:
    """The answer, and nothing where an older Home Assistant does not know the question (floors, labels)."""
    by_name = command.startswith("get_")
    with contextlib.suppress(NotFound):
        answer = await client.request(command)
        if isinstance(answer, dict) and by_name:
            return answer
        if isinstance(answer, list) and not by_name:
            return [each for each in answer if isinstance(each, dict)]
    return {} if by_name else []


def _states(answer: Any) -> dict[str, EntityState]:
    found = {}
    for each in answer if isinstance(answer, list) else []:
        state = read_state(each)
        entity_id = each.get("entity_id") if state else None
        if state and isinstance(entity_id, str) and ENTITY_ID.fullmatch(entity_id):
            found[entity_id] = state
    return found


def _reason(stale: set[str], entities: set[str]) -> str:
    if "states" in stale:
        return "read from Home Assistant"
    return ", ".join(sorted(stale | ({"entities"} if entities else set()))) + " changed in Home Assistant"
