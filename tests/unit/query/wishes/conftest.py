"""The test home, and what is read and drafted in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from workers.query.understanding import Understanding, lexicon
from workers.query.understanding.context import Context
from workers.query.understanding.cuts import corrected
from workers.query.understanding.names import Names
from workers.query.understanding.orders import OrderReader
from workers.query.understanding.orders import words as order_words
from workers.query.understanding.past import words as past_words
from workers.query.understanding.reading import Reading
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.tokens import Token, tokens
from workers.query.understanding.wishes import WishReader, words
from workers.query.understanding.wishes.reader import WishReading
from workers.query.understanding.wishes.times import Times
from workers.query.understanding.wishes.wish import Wish
from workers.query.wishing import Drafted, drafted
from workers.query.wishing.actions import NotDoable

HOMES = Path(__file__).parent.parent / "homes"
SINCE = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)


@dataclass(frozen=True)
class WishingHome:
    """A home with its reader of wishes."""

    snapshot: Snapshot
    reader: WishReader
    times: Times

    def tokens(self, sentence: str) -> list[Token]:
        contractions = lexicon.load("en").contractions
        return tokens(sentence, contractions, self.snapshot.registry.entities, marks=True)

    def read(self, sentence: str, area_id: str | None = None) -> WishReading | None:
        return self.reader.read(self.tokens(sentence), Context(area_id))

    def draft(self, sentence: str) -> Drafted | WishReading | NotDoable | None:
        reading = self.read(sentence)
        return drafted(reading, sentence, self.snapshot) if isinstance(reading, Wish) else reading


def wishing_home(registry: Registry, states: dict[str, EntityState]) -> WishingHome:
    known, said, orders, past = (
        lexicon.load("en"), words.load("en"), order_words.load("en"), past_words.load("en")
    )  # fmt: skip
    assert said is not None
    assert orders is not None
    assert past is not None
    names = Names(registry, known, orders.vocabulary | said.vocabulary)
    subjects = Subjects(registry, names, known)
    understanding = Understanding(registry)

    def asked(found: Sequence[Token], context: Context) -> Reading:
        return understanding._now.read(corrected(found, names, asked=True), context)

    reader = WishReader(subjects, names, asked, OrderReader(subjects, names, orders), said)
    return WishingHome(Snapshot(registry, states), reader, Times(names, said, past))


def load(name: str) -> WishingHome:
    document = HomeDocument.model_validate(yaml.safe_load((HOMES / f"{name}.json").read_text("utf-8")))
    states = {
        each.entity_id: EntityState(each.state, each.attributes, SINCE, SINCE)
        for each in document.entities
        if each.state is not None
    }
    return wishing_home(Registry.from_document(document), states)


@pytest.fixture(scope="session")
def house() -> WishingHome:
    return load("house")


@pytest.fixture(scope="session")
def birch() -> WishingHome:
    return load("birch")
