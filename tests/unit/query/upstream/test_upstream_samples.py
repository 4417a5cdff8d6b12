"""What the installed package's own templates say is read, and to what they mean."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.query.upstream.sampled import Sampled, Sampler
from workers.query.understanding.orders.order import Command, Deed
from workers.query.understanding.reading import Ambiguous, Ask, Question, Unclear
from workers.query.understanding.upstream import Upstream
from workers.query.understanding.upstream.grammar import ORDERS, QUESTIONS
from workers.query.understanding.upstream.orders import DOMAINS

EACH, SEED = 2, 7
DEEDS = {
    "HassTurnOn": {"cover": Deed.OPEN, "lock": Deed.LOCK, "": Deed.ON},
    "HassTurnOff": {"cover": Deed.CLOSE, "lock": Deed.UNLOCK, "": Deed.OFF},
    "HassMediaNext": {"": Deed.NEXT},
    "HassMediaPrevious": {"": Deed.PREVIOUS},
    "HassMediaPause": {"": Deed.PAUSE},
    "HassMediaUnpause": {"": Deed.PLAY},
    "HassMediaPlayerMute": {"": Deed.MUTE},
    "HassMediaPlayerUnmute": {"": Deed.UNMUTE},
    "HassVacuumStart": {"": Deed.START},
    "HassVacuumReturnToBase": {"": Deed.DOCK},
}
ASKS = {"any": Ask.ANY, "all": Ask.ALL, "which": Ask.WHICH, "how_many": Ask.COUNT, "one_yesno": Ask.CHECK}
VALUES = {
    "HassLightSet": ("brightness", "temperature", "color"),
    "HassSetPosition": ("position",),
    "HassClimateSetTemperature": ("temperature",),
    "HassClimateSetFanMode": ("fan_mode",),
    "HassFanSetSpeed": ("percentage",),
    "HassSetVolume": ("volume_level",),
}


@pytest.fixture(scope="module")
def sentences(house: Any) -> list[Sampled]:
    return [*Sampler(house.snapshot.registry, QUESTIONS | ORDERS, SEED).sentences(EACH)]


def about(reading: object) -> frozenset[str]:
    """The entities of a reading."""
    match reading:
        case Command():
            return frozenset(each for order in reading.orders for each in order.entities)
        case Question():
            return frozenset(reading.subject.entities)
        case Ambiguous():
            return frozenset(reading.candidates)
        case _:
            return frozenset()


def test_every_sentence_is_about_what_it_names(house: Any, upstream: Upstream, sentences: list[Sampled]) -> None:
    registry, wrong = house.snapshot.registry, []
    for each in sentences:
        wanted, reading = (
            each.entities(registry, DOMAINS.get(each.intent)),
            upstream.after(Unclear(), each.text, each.area_id),
        )
        asked_back = isinstance(reading, Ambiguous) and wanted <= about(reading)
        if not asked_back and about(reading) != wanted:
            wrong.append((each.text, each.area_id, reading))
    assert not wrong
    assert len(sentences) > 300


def test_most_are_read_and_not_asked_back(house: Any, upstream: Upstream, sentences: list[Sampled]) -> None:
    registry = house.snapshot.registry
    possible = [each for each in sentences if each.entities(registry, DOMAINS.get(each.intent))]
    asked = [
        each.text for each in possible if isinstance(upstream.after(Unclear(), each.text, each.area_id), Ambiguous)
    ]
    assert len(possible) > 200
    assert len(asked) < 0.2 * len(possible), asked


def test_orders_do_what_they_say(upstream: Upstream, sentences: list[Sampled]) -> None:
    checked = 0
    for each in sentences:
        reading = upstream.after(Unclear(), each.text, each.area_id)
        if not isinstance(reading, Command):
            continue
        (order,) = reading.orders
        deeds = DEEDS.get(each.intent)
        if deeds is not None:
            domain = order.entities[0].partition(".")[0]
            assert order.deed is deeds.get(domain, deeds[""]), each.text
            assert not order.settings, each.text
            checked += 1
        elif each.intent in VALUES:
            (said,) = (each.slots[slot] for slot in VALUES[each.intent] if slot in each.slots)
            assert [setting.value for setting in order.settings] == [said], each.text
            assert order.deed is Deed.SET
            checked += 1
    assert checked > 100


def test_questions_ask_what_they_say(upstream: Upstream, sentences: list[Sampled]) -> None:
    asked = {(each.response, each.text): upstream.after(Unclear(), each.text, each.area_id) for each in sentences}
    read = {key: found.ask for key, found in asked.items() if isinstance(found, Question)}
    assert len(read) > 40
    assert {(key, ask) for key, ask in read.items() if key[0] in ASKS and ASKS[key[0]] is not ask} == set()
