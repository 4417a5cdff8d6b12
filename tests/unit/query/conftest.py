"""The homes that questions are asked about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from workers.query.answering import Answer, respond
from workers.query.understanding import Understanding

HERE = Path(__file__).parent
SINCE = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)


@dataclass(frozen=True)
class AskedHome:
    """A home with its grammar."""

    understanding: Understanding
    snapshot: Snapshot

    def ask(self, sentence: str, area_id: str | None = None) -> Answer:
        return respond(self.understanding.read(sentence, area_id), self.snapshot)


def home_of(document: HomeDocument) -> AskedHome:
    registry = Registry.from_document(document)
    states = {
        each.entity_id: EntityState(each.state, each.attributes, SINCE, SINCE)
        for each in document.entities
        if each.state is not None
    }
    return AskedHome(Understanding(registry), Snapshot(registry, states))


def load_home(name: str) -> AskedHome:
    (path,) = (HERE / "homes").glob(f"{name}.*")
    return home_of(HomeDocument.model_validate(yaml.safe_load(path.read_text("utf-8"))))


@pytest.fixture(scope="session")
def make_home() -> Callable[[HomeDocument], AskedHome]:
    return home_of


@pytest.fixture(scope="session")
def homes() -> dict[str, AskedHome]:
    return {name: load_home(name) for name in ("house", "difficult")}


@pytest.fixture(scope="session")
def house(homes: dict[str, AskedHome]) -> AskedHome:
    return homes["house"]


@pytest.fixture(scope="session")
def difficult(homes: dict[str, AskedHome]) -> AskedHome:
    return homes["difficult"]
