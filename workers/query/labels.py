"""Names for people to read. Names are data of the home: they are quoted, cut to a length and never interpreted."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from shared.home import Registry

LONGEST_LABEL = 60
MOST_NAMED = 10
"""Names that are told one by one; the others are counted."""


def clean(name: str) -> str:
    """A name on one line, without control characters, not longer than a line."""
    text = " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in name).split())
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"


def labels(ids: Iterable[str], registry: Registry) -> list[str]:
    """A label for each entity: its name; with its area where two have the same, with its id where that is the same."""
    wanted = list(ids)
    names = [clean(registry.entities[each].name) or each for each in wanted]
    twice = Counter(names)
    told = [
        name if twice[name] == 1 else f"{name} ({_area(each, registry) or each})"
        for each, name in zip(wanted, names, strict=True)
    ]
    again = Counter(told)
    return [
        label if again[label] == 1 else f"{name} ({each})"
        for each, name, label in zip(wanted, names, told, strict=True)
    ]


def _area(entity_id: str, registry: Registry) -> str | None:
    area = registry.areas.get(registry.entities[entity_id].area_id or "")
    return clean(area.name) if area else None


def enumerated(parts: Sequence[str], joint: str, more: str) -> str:
    """ "A, B and C"; after `MOST_NAMED` the rest is counted by `more` ("{} more")."""
    told = list(parts[:MOST_NAMED])
    if len(parts) > MOST_NAMED:
        told.append(more.format(len(parts) - MOST_NAMED))
    if len(told) < 2:  # noqa: PLR2004
        return "".join(told)
    return f"{', '.join(told[:-1])} {joint} {told[-1]}"
