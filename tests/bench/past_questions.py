"""Questions about the past, put to a home of 80 things with sixty days behind it: how long an answer takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contracts.home import EntityEntry, HomeDocument
from contracts.query import QueryStatus
from shared.history import Event
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Registry, Snapshot
from tests.bench.report import Row
from workers.query.answering.past import answer_past
from workers.query.past.question import PastQuestion
from workers.query.understanding import Understanding

HOME = Path(__file__).parents[1] / "unit" / "query" / "homes" / "house.json"
DAYS = 60
NOW = 1_760_000_400.0
"""A Thursday, 09:00 UTC; any moment would do."""

_DAY = 86_400.0
_WEIGHTS = {"sensor": 60, "binary_sensor": 8, "light": 4, "switch": 2, "media_player": 2, "climate": 2}
"""How many events a thing of each kind has for one of a thing of another kind."""
_STATES = {
    "binary_sensor": ("on", "off"), "light": ("on", "off"), "switch": ("on", "off"), "fan": ("on", "off"),
    "cover": ("open", "closed"), "lock": ("locked", "unlocked"), "person": ("home", "not_home"),
    "media_player": ("off", "playing"), "climate": ("heat", "off"), "vacuum": ("docked", "cleaning"),
}  # fmt: skip

KINDS: dict[str, tuple[str, ...]] = {
    "how long": ("how long was the bathroom light on yesterday", "how long was the tv on in the last 30 days"),
    "how often": ("how often was the front door opened last week", "how often was there motion in the kitchen today"),
    "when": ("when was the front door last opened", "when did Anna leave yesterday"),
    "when, by a number": ("when was it last above 50 degrees outside", "when was the bathroom last below 10 degrees"),
    "since when": ("since when is the kitchen ceiling on", "how long has the front door been closed"),
    "readings": (
        "what was the highest temperature in the bedroom last month", "how warm did it get outside yesterday",
        "what was the average humidity in the bathroom this week", "how much energy was used yesterday",
    ),
    "moments": ("was the garage door open at 3 am", "what was the temperature in the bathroom at 8 yesterday"),
    "which": ("which windows were open last night", "which lights were on yesterday evening"),
    "while": ("how long was the living room lamp on yesterday while nobody was home",),
    "who": ("who opened the garage door", "who turned on the kitchen ceiling yesterday"),
}  # fmt: skip
"""What is asked, by kind of question."""


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Seconds of each answer, by kind of question; `events` in the history."""

    events: int
    took: dict[str, list[float]]
    refused: tuple[str, ...]
    """Questions that got no answer: there should be none."""


def past_questions(folder: Path, events: int, rounds: int) -> QuestionFigures:
    """Fill a history and ask each question so many times; understanding the sentence counts too."""
    document = HomeDocument.model_validate_json(HOME.read_bytes())
    registry = Registry.from_document(document)
    states = {each.entity_id: EntityState(each.state or "", each.attributes) for each in document.entities}
    understanding, snapshot = Understanding(registry), Snapshot(registry, states)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    refused: set[str] = set()
    with SqliteHistory(folder / "history.db") as history:
        history.append(_events(document.entities, events))
        for _ in range(rounds):
            for kind, sentence in ((kind, each) for kind, sentences in KINDS.items() for each in sentences):
                began = time.perf_counter()
                reading = understanding.read(sentence)
                if not isinstance(reading, PastQuestion):
                    refused.add(sentence)
                    continue
                found = answer_past(reading, snapshot, history, NOW)
                took[kind].append(time.perf_counter() - began)
                if found.status is not QueryStatus.ANSWERED:
                    refused.add(sentence)
    return QuestionFigures(events, took, tuple(sorted(refused)))


def _events(entities: Sequence[EntityEntry], count: int) -> Iterator[Event]:
    """So many events in no order; sensors have the most, as at home. One in five has a cause."""
    chance, ids = random.Random(f"questions {count}"), [each.entity_id for each in entities]
    weights = [_WEIGHTS.get(each.partition(".")[0], 1) for each in ids]
    for entity_id, weight in zip(ids, weights, strict=True):
        domain, value = entity_id.partition(".")[0], 20.0
        number = count * weight // sum(weights)
        for place, at in enumerate(sorted(chance.uniform(NOW - DAYS * _DAY, NOW) for _ in range(number))):
            value = min(max(value + chance.choice((-0.1, 0.1)), 12), 40)
            named = _STATES.get(domain, ("on", "off"))
            state = f"{value:.1f}" if domain == "sensor" else named[place % 2]
            parent = f"01J{chance.getrandbits(110):022X}"[:26] if chance.random() < 0.2 else None
            yield Event(round(at, 6), entity_id, state, None, parent)


def past_question_rows(found: QuestionFigures) -> list[Row]:
    """The figures for the table; those to hold are of a million events."""
    section = f"questions about the past, {found.events:,} events over {DAYS} days in SQLite"
    every = [each for took in found.took.values() for each in took]
    limit = 50.0 if found.events >= 1_000_000 else None
    rows = [
        Row(section, "an answer, P50", 1_000 * float(np.percentile(every, 50)), "ms"),
        Row(section, "an answer, P95", 1_000 * float(np.percentile(every, 95)), "ms", limit),
    ]
    for kind, took in found.took.items():
        if took:
            rows.append(Row(section, f"{kind}, P50", 1_000 * float(np.percentile(took, 50)), "ms"))
            rows.append(Row(section, f"{kind}, P95", 1_000 * float(np.percentile(took, 95)), "ms"))
    if found.refused:
        rows.append(Row(section, "questions that got no answer", float(len(found.refused)), "", 0.0))
    return rows
