"""The home with a past, kept by the real store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from contracts.home import HomeDocument
from shared.history import Columns, Event, Span
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Registry, Snapshot
from tests.unit.query.past.past_home import past_events
from tests.unit.query.past.terrace import terrace as terrace_document
from tests.unit.query.past.terrace import terrace_events
from workers.query.answering import Answer, answer
from workers.query.answering.past import answer_past
from workers.query.past.question import PastQuestion
from workers.query.past.records import Past
from workers.query.understanding import Understanding

SEASONS = Path(__file__).parent.parent / "homes" / "seasons.yaml"


class Remembered:
    """A past in memory, in which something else happened up to now unless it has `ended`."""

    def __init__(self, events: list[Event], *, ended: bool = False) -> None:
        self.events = events
        self.ended = ended

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        return Columns.of(
            each
            for each in self.events
            if (since is None or each.at >= since)
            and (until is None or each.at < until)
            and (entity_ids is None or each.entity_id in entity_ids)
        )

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        before = sorted(each for each in self.events if each.at < at and each.entity_id in entity_ids)
        return {each.entity_id: each for each in before}

    def span(self) -> Span:
        times = [each.at for each in self.events]
        return Span(min(times, default=None), max(times, default=None) if self.ended else 4e9, len(times))


@dataclass(frozen=True)
class PastHome:
    """A home that can be asked about its past."""

    understanding: Understanding
    snapshot: Snapshot
    past: Past

    def ask(self, sentence: str, now: float, area_id: str | None = None) -> Answer:
        reading = self.understanding.read(sentence, area_id)
        if isinstance(reading, PastQuestion):
            return answer_past(reading, self.snapshot, self.past, now)
        return answer(reading, self.snapshot)

    def with_past(self, events: list[Event], *, ended: bool = False) -> PastHome:
        return replace(self, past=Remembered(events, ended=ended))


def home_with(past: Past, time_zone: str = "Europe/Berlin") -> PastHome:
    document = HomeDocument.model_validate({**yaml.safe_load(SEASONS.read_text("utf-8")), "time_zone": time_zone})
    return home_of(document, past)


def home_of(document: HomeDocument, past: Past) -> PastHome:
    registry = Registry.from_document(document)
    states = {each.entity_id: EntityState(each.state or "", each.attributes) for each in document.entities}
    return PastHome(Understanding(registry), Snapshot(registry, states), past)


@pytest.fixture(scope="session")
def made_home() -> Callable[..., PastHome]:
    return home_with


@pytest.fixture(scope="session")
def events() -> list[Event]:
    return past_events()


@pytest.fixture(scope="session")
def past_home(events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastHome]:
    with SqliteHistory(tmp_path_factory.mktemp("past") / "history.db") as history:
        history.append(events)
        yield home_with(history)


@pytest.fixture(scope="session")
def terrace_past() -> list[Event]:
    return terrace_events()


@pytest.fixture(scope="session")
def terrace(terrace_past: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Iterator[PastHome]:
    with SqliteHistory(tmp_path_factory.mktemp("terrace") / "history.db") as history:
        history.append(terrace_past)
        yield home_of(terrace_document(), history)
