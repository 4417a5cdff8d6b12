"""The home: what is in it, how it is imported, and the word that it has changed."""

import re
from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts import history
from contracts.jobs import Started
from contracts.model import Fact, Request
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


class AreaEntry(_Part):
    """A room or another place."""

    area_id: Identifier
    name: Name
    aliases: list[Name] = Field(default_factory=list)
    floor_id: Identifier | None = None


class DeviceEntry(_Part):
    """A thing that carries entities."""

    device_id: Identifier = Field(validation_alias=AliasChoices("device_id", "id"))
    name: Name | None = None
    area_id: Identifier | None = None
    manufacturer: str | None = None
    model: str | None = None


class EntityEntry(_Part):
    """An entity with its state as of the export; a null `area_id` means that of its device."""

    entity_id: EntityId
    name: Name | None = None
    aliases: list[Name] = Field(default_factory=list)
    area_id: Identifier | None = None
    device_id: Identifier | None = None
    device_class: str | None = None
    state: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class HomeDocument(_Part):
    """A whole home, as `homeiq import home FILE` reads it."""

    time_zone: TimeZone = "UTC"
    floors: list[FloorEntry] = Field(default_factory=list)
    areas: list[AreaEntry] = Field(default_factory=list)
    devices: list[DeviceEntry] = Field(default_factory=list)
    entities: list[EntityEntry] = Field(default_factory=list)
    services: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_id_once(self) -> Self:
        for kind, identifier in (
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


class ImportRequest(Request):
    """Import a file that lies in the `imports` folder of the data folder, put there by `homeiq import`.

    A name and never a path, so that no message can point the worker at another file.
    """

    source: ImportSource
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]


class HomeChanged(Fact):
    """Areas, devices, entities or services are others than before; `counts` says how many there are now."""

    reason: str
    counts: dict[str, int] = Field(default_factory=dict)


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

CHANGED = Event(
    "home/changed",
    HomeChanged,
    worker="data",
    summary="Areas, devices, entities or services of the home changed.",
    readers=frozenset({"data", "query", "pattern"}),
)

OPERATIONS = (IMPORT,)
EVENTS = (CHANGED,)
STATES = ()
