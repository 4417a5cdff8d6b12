"""The home in the database: its registry as it was imported or heard of, and the last state of each entity.

The data worker writes, in transactions of its own; whoever keeps a home in memory loads it from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.home import AreaEntry, DeviceEntry, EntityEntry, FloorEntry, HomeDocument
from shared.database_pool import reading
from shared.home import EntityState, Registry, StateChange, friendly_name
from shared.homeassistant.eventstream import read_time

log = structlog.get_logger(__name__)

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
    "floor": FloorEntry,
    "area": AreaEntry,
    "device": DeviceEntry,
    "entity": EntityEntry,
}
_KINDS = {"floor": "floor_id", "area": "area_id", "device": "device_id", "entity": "entity_id"}
_LISTS = {"floor": "floors", "area": "areas", "device": "devices", "entity": "entities"}
_AT_ONCE = 500


class HomeStore:
    """Loads and saves one home."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self) -> tuple[Registry, dict[str, EntityState]]:
        """The registry and the states, as last saved; empty ones before the first import."""
        items = select(home_registry.c.kind, home_registry.c.item_id, home_registry.c.document)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(items.order_by(home_registry.c.kind, home_registry.c.position))).all()
            states = (await connection.execute(select(home_states))).all()
        return Registry.from_document(_document(rows)), {row.entity_id: _state(row) for row in states}

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
        registry = _registry_rows(document)
        states = [
            _state_row(entry.entity_id, EntityState(entry.state, entry.attributes))
            for entry in document.entities
            if entry.state is not None
        ]
        await connection.execute(delete(home_registry))
        await connection.execute(delete(home_states))
        for table, rows in ((home_registry, registry), (home_states, states)):
            for start in range(0, len(rows), _AT_ONCE):
                await connection.execute(table.insert(), rows[start : start + _AT_ONCE])

    @staticmethod
    async def save_states(connection: AsyncConnection, changes: Sequence[StateChange]) -> None:
        """Save the last state of some entities; a removed one is forgotten."""
        gone = [change.entity_id for change in changes if change.state is None]
        rows = [_state_row(change.entity_id, change.state) for change in changes if change.state is not None]
        upsert = insert(home_states)
        upsert = upsert.on_conflict_do_update(
            index_elements=[home_states.c.entity_id],
            set_={name: upsert.excluded[name] for name in ("state", "attributes", "last_changed", "last_updated")},
        )
        if gone:
            await connection.execute(delete(home_states).where(home_states.c.entity_id.in_(gone)))
        if rows:
            await connection.execute(upsert, rows)

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
        else:
            found["time_zone"] = document["time_zone"]
    return HomeDocument.model_validate(found)


def _registry_rows(document: HomeDocument) -> list[dict[str, Any]]:
    rows = [_item("home", "home", 0, {"time_zone": document.time_zone})]
    for kind, identifier in _KINDS.items():
        for position, entry in enumerate(getattr(document, _LISTS[kind])):
            fields = entry.model_dump(exclude={"state", "attributes"}, exclude_none=True)
            if kind == "entity":
                fields["device_class"] = entry.device_class or entry.attributes.get("device_class")
                fields["name"] = entry.name or friendly_name(entry.entity_id, entry.attributes)
            rows.append(_item(kind, fields[identifier], position, fields))
    for position, (domain, services) in enumerate(document.services.items()):
        rows.append(_item("service", domain, position, services))
    return rows


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


def _state(row: Any) -> EntityState:
    return EntityState(row.state, row.attributes, read_time(row.last_changed), read_time(row.last_updated))


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
