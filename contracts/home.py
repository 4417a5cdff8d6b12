"""The home: what is in it, how it is imported, and the word that it has changed."""

import re
from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts import history
from contracts.jobs import Started
from contracts.model import Fact, Message, Request
from contracts.operation import ADMIN_ONLY, Event, Operation

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=255)]
ENTITY_ID = re.compile(r"(?=.{3,255}\Z)[a-z0-9_]+\.[a-z0-9_]+")
"""What Home Assistant takes for an entity id; to be matched in full."""
EntityId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+\z", max_length=255)]
Name = Annotated[str, StringConstraints(max_length=512)]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone, such as Europe/Amsterdam") from None
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class _Part(BaseModel):
    """A part of a home document. Unknown fields are left alone: exporters add their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FloorEntry(_Part):
    """A floor; `level` 0 is the ground floor."""

    floor_id: Identifier
    name: Name
    aliases: list[Name] = Field(default_factory=list)
    level: int | None = None


class LabelEntry(_Part):
    """A label that people put on areas, devices and entities."""

    label_id: Identifier
    name: Name


class AreaEntry(_Part):
    """A room or another place."""

    area_id: Identifier
    name: Name
    aliases: list[Name] = Field(default_factory=list)
    floor_id: Identifier | None = None
    labels: list[Identifier] = Field(default_factory=list)


class DeviceEntry(_Part):
    """A thing that carries entities."""

    device_id: Identifier = Field(validation_alias=AliasChoices("device_id", "id"))
    name: Name | None = None
    area_id: Identifier | None = None
    manufacturer: str | None = None
    model: str | None = None
    labels: list[Identifier] = Field(default_factory=list)


class EntityEntry(_Part):
    """An entity with its state as of the export; a null `area_id` means that of its device."""

    entity_id: EntityId
    name: Name | None = None
    aliases: list[Name] = Field(default_factory=list)
    area_id: Identifier | None = None
    device_id: Identifier | None = None
    device_class: str | None = None
    labels: list[Identifier] = Field(default_factory=list)
    state: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class HomeDocument(_Part):
    """A whole home, as `homeiq import home FILE` reads it.

    It is `complete` where Home Assistant told it by itself: there is nothing else, until it says so.
    """

    time_zone: TimeZone = "UTC"
    complete: bool = False
    labels: list[LabelEntry] = Field(default_factory=list)
    floors: list[FloorEntry] = Field(default_factory=list)
    areas: list[AreaEntry] = Field(default_factory=list)
    devices: list[DeviceEntry] = Field(default_factory=list)
    entities: list[EntityEntry] = Field(default_factory=list)
    services: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        for kind, identifier in (
            ("labels", "label_id"),
            ("floors", "floor_id"),
            ("areas", "area_id"),
            ("devices", "device_id"),
            ("entities", "entity_id"),
        ):
            counted = Counter(getattr(entry, identifier) for entry in getattr(self, kind))
            if twice := [name for name, count in counted.items() if count > 1]:
                raise ValueError(f"{kind}: {identifier} {twice[0]!r} is there more than once")
        return self


class ImportSource(StrEnum):
    """What an import reads."""

    HOME = "home"
    CSV = "csv"
    RECORDER = "recorder"
    INFLUX = "influx"


class ImportRequest(Request):
    """Import a file that lies in the `imports` folder of the data folder, put there by `homeiq import`.

    A name and never a path or an address, so that no message can point the worker at another file or at a server: what
    is in a recorder's database or in an InfluxDB is read by the command, and laid down as a file of ours.
    """

    source: ImportSource
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]


class HomeChanged(Fact):
    """Areas, devices, entities or services are others than before; `counts` says how many there are now."""

    reason: str
    counts: dict[str, int] = Field(default_factory=dict)


class EntitiesRequest(Request):
    """Which entities to list: those that all of these fit; without `limit` as many as fit into 256 KiB.

    `area_id` is where the entity is, by itself or by its device. `text` is a part of its name or of an alias, whatever
    the case and the accents. `attributes` asks for the attributes of the states, too.
    """

    entity_ids: Annotated[list[EntityId], Field(max_length=5_000)] | None = None
    area_id: Identifier | None = None
    floor_id: Identifier | None = None
    device_id: Identifier | None = None
    domain: Identifier | None = None
    device_class: Identifier | None = None
    label: Identifier | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    attributes: bool = False
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class KnownEntity(Message):
    """An entity as it is now. Times are ISO 8601 in UTC; null where nobody told."""

    entity_id: str
    name: str
    aliases: list[str] = Field(default_factory=list)
    area_id: str | None = None
    floor_id: str | None = None
    device_id: str | None = None
    device_class: str | None = None
    labels: list[str] = Field(default_factory=list)
    state: str | None = None
    attributes: dict[str, Any] | None = None
    last_changed: str | None = None
    last_updated: str | None = None


class EntitiesResponse(Message):
    """Entities by their id. `total` counts all that were asked for; `next_offset` is null at the end."""

    entities: list[KnownEntity]
    total: int
    next_offset: int | None = None


class DevicesRequest(Request):
    """Which devices to list: those that all of these fit; without `limit` as many as fit into 256 KiB.

    `text` is a part of its name, whatever the case and the accents.
    """

    device_ids: Annotated[list[Identifier], Field(max_length=5_000)] | None = None
    area_id: Identifier | None = None
    floor_id: Identifier | None = None
    label: Identifier | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class KnownDevice(Message):
    """A device, and the ids of its entities, the first thousand of them."""

    device_id: str
    name: str
    area_id: str | None = None
    floor_id: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    labels: list[str] = Field(default_factory=list)
    entities: list[str] = Field(default_factory=list)


class DevicesResponse(Message):
    """Devices by their id. `total` counts all that were asked for; `next_offset` is null at the end."""

    devices: list[KnownDevice]
    total: int
    next_offset: int | None = None


IMPORT = Operation(
    "data/import",
    ImportRequest,
    Started,
    worker="data",
    summary="Import a home (it replaces the one before) or events of its past; `import/done` tells the end.",
    effect=True,
    callers=ADMIN_ONLY,
    progress=history.PROGRESS,
    done=history.DONE,
)

ENTITIES = Operation(
    "data/entities",
    EntitiesRequest,
    EntitiesResponse,
    worker="data",
    summary="List the entities of the home, with their states.",
)
DEVICES = Operation(
    "data/devices",
    DevicesRequest,
    DevicesResponse,
    worker="data",
    summary="List the devices of the home.",
)

CHANGED = Event(
    "home/changed",
    HomeChanged,
    worker="data",
    summary="Areas, devices, entities or services of the home changed.",
    readers=frozenset({"data", "query", "pattern", "automation"}),
)

OPERATIONS = (IMPORT, ENTITIES, DEVICES)
EVENTS = (CHANGED,)
STATES = ()
