"""The home in the database: its registry as it was imported or heard of, and the last state of each entity.

The data worker writes, in transactions of its own; whoever keeps a home in memory loads it from here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import (
    JSON,
    Column,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    delete,
    select,
    type_coerce,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.home import AreaEntry, DeviceEntry, EntityEntry, FloorEntry, HomeDocument, LabelEntry
from shared.database_pool import reading
from shared.home import EntityState, Registry, StateChange, friendly_name
from shared.homeassistant.eventstream import read_time

log = structlog.get_logger(__name__)

T = TypeVar("T")

metadata = MetaData()

home_registry = Table(
    "home_registry",
    metadata,
    Column("kind", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("document", JSON, nullable=False),
)
home_states = Table(
    "home_states",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("last_changed", String),
    Column("last_updated", String),
)

_MODELS: dict[str, type[BaseModel]] = {
    "label": LabelEntry,
    "floor": FloorEntry,
    "area": AreaEntry,
    "device": DeviceEntry,
    "entity": EntityEntry,
}
_KINDS = {
    "label": "label_id",
    "floor": "floor_id",
    "area": "area_id",
    "device": "device_id",
    "entity": "entity_id",
}
_LISTS = {"label": "labels", "floor": "floors", "area": "areas", "device": "devices", "entity": "entities"}
_AT_ONCE = 500
_AS_TEXT = select(
    home_registry.c.kind,
    home_registry.c.item_id,
    home_registry.c.position,
    type_coerce(home_registry.c.document, String).label("document"),
).order_by(home_registry.c.kind, home_registry.c.position, home_registry.c.item_id)
_STATES_AS_TEXT = select(
    home_states.c.entity_id,
    home_states.c.state,
    type_coerce(home_states.c.attributes, String).label("attributes"),
    home_states.c.last_changed,
    home_states.c.last_updated,
)

_STATE_TIMES = select(home_states.c.entity_id, home_states.c.last_updated)


@dataclass(frozen=True)
class Renewal:
    """What makes the saved home into another one: rows to write, ids of rows and of states to delete."""

    rows: list[dict[str, Any]]
    gone: list[tuple[str, str]]
    states: list[StateChange]

    @property
    def registry_differs(self) -> bool:
        """Whether there is anything to write but states."""
        return bool(self.rows or self.gone)

    @property
    def differs(self) -> bool:
        """Whether there is anything to write."""
        return self.registry_differs or bool(self.states)


class HomeStore:
    """Loads and saves one home."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self) -> tuple[Registry, dict[str, EntityState]]:
        """The registry and the states, as last saved; empty ones before the first import.

        Read in parts, and made up in a thread: 100,000 entities hold up nothing else.
        """
        async with reading(self._engine) as connection:
            items = await _rows(connection, _AS_TEXT)
            states = await _rows(connection, _STATES_AS_TEXT)
        return await asyncio.to_thread(_made_up, items, states)

    async def renewal(self, document: HomeDocument, states: Mapping[str, EntityState] | None = None) -> Renewal:
        """What is other in this home than in the saved one. Its devices and entities have no order of their own.

        Without `states` those that are saved stay, save of entities that are gone. A saved one that is newer stays.
        """
        async with reading(self._engine) as connection:
            items = await _rows(connection, _AS_TEXT)
            saved = await _rows(connection, _STATE_TIMES)
        return await asyncio.to_thread(_renewal, document, states, items, saved)

    @staticmethod
    async def renew(connection: AsyncConnection, renewal: Renewal) -> None:
        """Write what is other."""
        for gone in _parts(renewal.gone):
            await connection.execute(_FORGET, [{"gone_kind": kind, "gone_id": item} for kind, item in gone])
        upsert = insert(home_registry)
        upsert = upsert.on_conflict_do_update(
            index_elements=[home_registry.c.kind, home_registry.c.item_id],
            set_={name: upsert.excluded[name] for name in ("position", "document")},
        )
        for rows in _parts(renewal.rows):
            await connection.execute(upsert, rows)
        await HomeStore.save_states(connection, renewal.states)

    @staticmethod
    def read(document: HomeDocument) -> tuple[Registry, dict[str, EntityState]]:
        """The registry and the states of a document, as `load` gives them after `replace`. Takes a while."""
        rows = [(row["kind"], row["item_id"], row["document"]) for row in _registry_rows(document)]
        states = {
            entry.entity_id: EntityState(entry.state, entry.attributes)
            for entry in document.entities
            if entry.state is not None
        }
        return Registry.from_document(_document(rows)), states

    @staticmethod
    async def replace(connection: AsyncConnection, document: HomeDocument) -> None:
        """Put this home in the place of the one before. Nobody knows how old its states are: they have no times."""
        states = (
            _state_row(entry.entity_id, EntityState(entry.state, entry.attributes))
            for entry in document.entities
            if entry.state is not None
        )
        await connection.execute(delete(home_registry))
        await connection.execute(delete(home_states))
        for table, rows in ((home_registry, _registry_rows(document)), (home_states, states)):
            for part in _parts(rows):
                await connection.execute(table.insert(), part)

    @staticmethod
    async def save_states(connection: AsyncConnection, changes: Sequence[StateChange]) -> None:
        """Save the last state of some entities; a removed one is forgotten."""
        gone = [change.entity_id for change in changes if change.state is None]
        rows = (_state_row(change.entity_id, change.state) for change in changes if change.state is not None)
        upsert = insert(home_states)
        upsert = upsert.on_conflict_do_update(
            index_elements=[home_states.c.entity_id],
            set_={name: upsert.excluded[name] for name in ("state", "attributes", "last_changed", "last_updated")},
        )
        for ids in _parts(gone):
            await connection.execute(delete(home_states).where(home_states.c.entity_id.in_(ids)))
        for part in _parts(rows):
            await connection.execute(upsert, part)

    @staticmethod
    async def add_entities(connection: AsyncConnection, registry: Registry, entity_ids: Iterable[str]) -> None:
        """Save entities that Home Assistant spoke of and no import knew."""
        rows = [
            {
                "kind": "entity",
                "item_id": entity_id,
                "position": len(registry.entities),
                "document": {
                    "entity_id": entity_id,
                    "name": registry.entities[entity_id].name,
                    "device_class": registry.entities[entity_id].device_class,
                },
            }
            for entity_id in entity_ids
        ]
        if rows:
            await connection.execute(insert(home_registry).on_conflict_do_nothing(), rows)


_FORGET = delete(home_registry).where(
    home_registry.c.kind == bindparam("gone_kind"), home_registry.c.item_id == bindparam("gone_id")
)


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Any]:
    """All rows of a query; the event loop goes round between the parts."""
    rows: list[Any] = []
    for part in (await connection.execute(query)).partitions(_AT_ONCE):
        rows.extend(part)
        await asyncio.sleep(0)
    return rows


def _made_up(items: Iterable[Any], states: Iterable[Any]) -> tuple[Registry, dict[str, EntityState]]:
    document = _document((row.kind, row.item_id, json.loads(row.document)) for row in items)
    return Registry.from_document(document), {
        row.entity_id: EntityState(
            row.state, json.loads(row.attributes), read_time(row.last_changed), read_time(row.last_updated)
        )
        for row in states
    }


def _renewal(
    document: HomeDocument, states: Mapping[str, EntityState] | None, items: Iterable[Any], saved: Iterable[Any]
) -> Renewal:
    known = {(row.kind, row.item_id): (row.position, row.document) for row in items}
    rows = []
    for row in _registry_rows(document):
        position, text = known.pop((row["kind"], row["item_id"]), (None, ""))
        row["position"] = row["position"] if row["kind"] in _ORDERED else 0
        if position != row["position"] or text != json.dumps(row["document"]):
            rows.append(row)
    saved_states = {row.entity_id: row for row in saved}
    entities = {entry.entity_id for entry in document.entities}
    there = entities if states is None else states.keys()
    changes = [StateChange(entity_id, None) for entity_id in saved_states if entity_id not in there]
    changes += [
        StateChange(entity_id, state)
        for entity_id, state in (states or {}).items()
        if _is_news(state, saved_states.get(entity_id))
    ]
    return Renewal(rows, list(known), changes)


def _is_news(state: EntityState, saved: Any) -> bool:
    """Whether a state is to be written: one of the same time is the same, and a saved one may be newer."""
    before = read_time(saved.last_updated) if saved is not None else None
    return before is None or state.last_updated is None or state.last_updated > before


_ORDERED = {"home", "label", "floor", "area"}


def _document(rows: Iterable[Any]) -> HomeDocument:
    """The home that rows make up. One that can't be read is left out: no row may keep HomeIQ from starting."""
    found: dict[str, Any] = {name: [] for name in _LISTS.values()} | {"services": {}}
    for kind, item_id, document in rows:
        if kind in _MODELS:
            try:
                found[_LISTS[kind]].append(_MODELS[kind].model_validate(document))
            except ValidationError as error:
                log.warning("a part of the home can't be read", kind=kind, id=item_id, error=error.errors()[0]["msg"])
        elif kind == "service":
            found["services"][item_id] = document
        elif kind == "home":
            found |= document
    return HomeDocument.model_validate(found)


def _registry_rows(document: HomeDocument) -> Iterator[dict[str, Any]]:
    yield _item("home", "home", 0, {"time_zone": document.time_zone, "complete": document.complete})
    for kind, identifier in _KINDS.items():
        for position, entry in enumerate(getattr(document, _LISTS[kind])):
            fields = entry.model_dump(exclude={"state", "attributes"}, exclude_none=True)
            if kind == "entity":
                fields["device_class"] = entry.device_class or entry.attributes.get("device_class")
                fields["name"] = entry.name or friendly_name(entry.entity_id, entry.attributes)
            yield _item(kind, fields[identifier], position, fields)
    for position, (domain, services) in enumerate(document.services.items()):
        yield _item("service", domain, position, services)


def _parts(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows for one statement: the event loop goes round, and other rows are made, between the parts."""
    waiting = iter(rows)
    while part := list(islice(waiting, _AT_ONCE)):
        yield part


def _item(kind: str, item_id: str, position: int, document: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "item_id": item_id, "position": position, "document": document}


def _state_row(entity_id: str, state: EntityState) -> dict[str, Any]:
    return {
        "entity_id": entity_id,
        "state": state.state,
        "attributes": dict(state.attributes),
        "last_changed": _text(state.last_changed),
        "last_updated": _text(state.last_updated),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
