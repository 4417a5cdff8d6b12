"""Upstream's grammar over the house."""

from typing import Any

import pytest

from workers.query.understanding import lexicon
from workers.query.understanding.names import Names
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream import Upstream


@pytest.fixture(scope="session")
def upstream(house: Any) -> Upstream:
    registry, words = house.snapshot.registry, lexicon.load("en")
    return Upstream(Subjects(registry, Names(registry, words), words), "en")
