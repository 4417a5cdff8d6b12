"""Names for people to read. Names are data of the home: they are quoted, cut to a length and never interpreted."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from shared.home import Entity, Registry

LONGEST_LABEL = 60
MOST_NAMED = 10
"""Names that are told one by one; the others are counted."""


def clean(name: str) -> str:
    """A name on one line, without control characters, not longer than a line."""
    text = " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in name).split())
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"


def labels(ids: Iterable[str], registry: Registry) -> list[str]:
    """A label for each entity: its name, with as much more as tells it from all others of that name."""
    entities = [registry.entities[each] for each in ids]
    told = [_named(each, registry) for each in entities]
    names = Counter(each.name for each in registry.entities.values())
    twice = [
        names[entity.name] > 1 and label == clean(entity.name) for entity, label in zip(entities, told, strict=True)
    ]
    for add in (_area, _floor, _class, _id):
        more = [add(each, registry) for each in entities]
        apart = _apart(told, more)
        told = [
            f"{label} ({extra})" if extra and (label in apart or (unclear and add is _area)) else label
            for label, extra, unclear in zip(told, more, twice, strict=True)
        ]
    return told


def _named(entity: Entity, registry: Registry) -> str:
    """The name; of a word alone, such as "Temperature", with the device it belongs to."""
    device = registry.devices.get(entity.device_id or "")
    name = clean(entity.name) or entity.entity_id
    if device and " " not in name and device.name and device.name.casefold() not in name.casefold():
        return f"{clean(device.name)} {name}"
    return name


def _apart(told: Sequence[str], more: Sequence[str]) -> set[str]:
    """The labels that several have and that some addition would tell apart."""
    additions: dict[str, set[str]] = {}
    for label, extra in zip(told, more, strict=True):
        additions.setdefault(label, set()).add(extra)
    return {label for label, extras in additions.items() if len(extras) > 1}


def _area(entity: Entity, registry: Registry) -> str:
    area = registry.areas.get(entity.area_id or "")
    return clean(area.name) if area else ""


def _floor(entity: Entity, registry: Registry) -> str:
    floor = registry.floors.get(registry.floor_of(entity) or "")
    return clean(floor.name) if floor else ""


def _class(entity: Entity, _: Registry) -> str:
    return (entity.device_class or entity.domain).replace("_", " ")


def _id(entity: Entity, _: Registry) -> str:
    return entity.entity_id


def enumerated(parts: Sequence[str], joint: str, more: str) -> str:
    """Parts as "A, B and C"; after `MOST_NAMED` the rest is counted by `more` ("{} more")."""
    told = list(parts[:MOST_NAMED])
    if len(parts) > MOST_NAMED:
        told.append(more.format(len(parts) - MOST_NAMED))
    if len(told) < 2:  # noqa: PLR2004
        return "".join(told)
    return f"{', '.join(told[:-1])} {joint} {told[-1]}"
