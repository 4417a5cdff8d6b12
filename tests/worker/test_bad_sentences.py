"""What people should not send, and homes that are none: each gets a clear answer, and the worker lives on."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from contracts.home import HomeDocument
from contracts.query import QUERY_LIMIT, QueryContext, QueryResponse, QueryStatus
from shared.bus.client import Client
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.errors import NotFound
from shared.home_store import HomeStore
from shared.migrations import migrate
from tests.conftest import Bus, RawClient
from tests.worker.test_conversations import HALL, HOME, Talking, called

RANDOM = random.Random(7)
LETTERS = "abcdefghijklmnopqrstuvwxyz     ?,.!'-äé{}[]()<>|%$#0123456789"
NOISE = [
    "",
    "   ",
    "\t \n",
    "?!",
    "".join(RANDOM.choices(LETTERS, k=QUERY_LIMIT)),
    "x" * QUERY_LIMIT,
    "lights on off " * 140,
    "turn on the " * 160,
    "if the lamp then the " * 95,
    "💡💡💡",
    "👩‍👩‍👧 🏠 🔥?",
    "🛋️" * 900,
    "42",
    "1 2 3 4 5",
    "-5.5",
    "0x1F 1e309 ٣",
    "the of and to",
    "turn",
    "because",
]
FOREIGN = [
    "schalte bitte das Licht in der Küche ein",
    "allume la lumière de la cuisine",
    "enciende la luz de la cocina",
    "accendi la luce della cucina",
    "doe het licht in de keuken aan",
    "acenda a luz da cozinha",
    "włącz światło w kuchni",
    "tänd lampan i köket",
    "включи свет на кухне",
    "打开厨房的灯",
]
CONTROLLED = ["turn on the hall lamp\x00", "turn on\x07 the hall\x1b[31m lamp", "\u202eturn on the hall lamp\u2028"]
ASKED = "homeiq/query/request"


@pytest.fixture
async def talking(bus: Bus, entered: AsyncExitStack, tmp_path: Path) -> AsyncIterator[Talking]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    client = await entered.enter_async_context(Client(bus.connector(), user="admin"))
    talking = Talking(bus, create_shared_db_engine(url), client, tmp_path)
    talking.home.load(*HomeStore.read(HOME))
    await entered.enter_async_context(talking.judging())
    await entered.enter_async_context(talking.answering(executes=True))
    yield talking
    await entered.aclose()
    await dispose_engines()


async def lives(talking: Talking) -> bool:
    """Whether the worker does what it did before."""
    got = await talking.ask("turn on the hall lamp")
    return called(got) == [("light.turn_on", [HALL], {})] and talking.hass.called == []


def is_clear(got: QueryResponse) -> bool:
    """Whether an answer says that nothing was understood, or asks back, and does nothing."""
    assert (got.actions, got.automation, got.executed, got.result) == ([], None, False, None)
    return got.status in {QueryStatus.NOT_UNDERSTOOD, QueryStatus.CLARIFICATION, QueryStatus.REFUSED} and bool(
        got.answer.strip()
    )


async def test_noise_is_not_understood(talking: Talking) -> None:
    for sentence in NOISE:
        assert is_clear(await talking.ask(sentence, session_id="s", execute=True)), sentence[:60]
    assert (await talking.ask("")).answer == "Please ask your home something, or tell it what to do."
    assert await lives(talking)


async def test_another_language_does_nothing(talking: Talking) -> None:
    for sentence in FOREIGN:
        got = await talking.ask(sentence, execute=True)
        assert got.status is QueryStatus.NOT_UNDERSTOOD, sentence
        assert is_clear(got)
    told = await talking.ask("turn on the hall lamp", language="xx")
    assert (told.status, "xx" in told.answer) == (QueryStatus.NOT_UNDERSTOOD, True)
    assert await lives(talking)


async def test_names_only_are_asked_about(talking: Talking) -> None:
    for sentence in ("hall lamp", "front door lock", "the garage door", "light.hall"):
        got = await talking.ask(sentence, execute=True)
        assert (got.status, is_clear(got)) == (QueryStatus.CLARIFICATION, True), sentence
    for sentence in ("hall lamp desk lamp freezer", "kitchen", "hall lamp, desk lamp", "Anna"):
        got = await talking.ask(sentence, execute=True)
        assert (got.actions, got.executed) == ([], False), sentence
    assert talking.hass.called == []


@pytest.mark.parametrize("sentence", CONTROLLED, ids=ascii)
async def test_control_characters_are_no_part_of_a_sentence(talking: Talking, sentence: str) -> None:
    got = await talking.ask(sentence)
    assert called(got) == [("light.turn_on", [HALL], {})] or is_clear(got)
    assert got.answer.isprintable()
    assert await lives(talking)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (b'{"query": "is \\ud83d on"}', "hex escape"),
        (b'{"query": "\\udca1"}', "surrogate"),
        (b'{"query": "a\x00b"}', "control character"),
        (b'{"query": "\xff"}', "$"),
        (json.dumps({"query": "x" * (QUERY_LIMIT + 1)}).encode(), "$.query"),
        (b'{"query": null}', "$.query"),
        (b'{"query": ["is a light on"]}', "$.query"),
        (b'{"query": "is a light on", "sesion_id": "s"}', "$.sesion_id"),
        (b'{"query": "is a light on", "session_id": ""', "$"),
        (b'{"query": "is a light on", "session_id": 5}', "$.session_id"),
        (b'{"query": "is a light on", "execute": "maybe"}', "$.execute"),
        (b"[" * 5000, "$"),
        (b"{}", "$.query"),
    ],
    ids=lambda each: ascii(each)[:40],
)
async def test_a_request_that_is_none_says_where(talking: Talking, raw: RawClient, payload: bytes, path: str) -> None:
    await raw.subscribe("homeiq/query/response")
    await raw.publish(ASKED, payload)
    error = (await raw.next_json())["error"]
    assert error["code"] == "invalid_request"
    assert path in error["message"]
    assert await lives(talking)


@pytest.mark.parametrize("query_id", ["x", "0" * 128, "' OR 1=1 --", "../../etc", "💡"])
async def test_an_id_that_is_none_is_not_found(talking: Talking, query_id: str) -> None:
    with pytest.raises(NotFound):
        await talking.refine(query_id, "yes")


async def test_an_answer_may_be_noise_too(talking: Talking) -> None:
    asked = await talking.ask("unlock the front door", execute=True)
    assert asked.status is QueryStatus.CLARIFICATION
    for answer in NOISE:
        got = await talking.refine(asked, answer)
        assert (got.actions, got.executed) == ([], False), answer[:60]
        assert got.answer.strip()
    assert talking.hass.called == []


async def test_fifty_at_once_are_answered_each_as_asked(talking: Talking) -> None:
    told = {"is the hall lamp on?": "No, Hall lamp is off.", "is the desk lamp on?": "Yes, Desk lamp is on."}
    said = RANDOM.choices([*told, *NOISE, *FOREIGN], weights=[20, 20, *[1] * len([*NOISE, *FOREIGN])], k=50)
    for sentence, got in zip(said, await asyncio.gather(*map(talking.ask, said)), strict=True):
        assert got.answer == told[sentence] if sentence in told else is_clear(got)
    assert await lives(talking)


def _without_areas() -> HomeDocument:
    document: dict[str, Any] = HOME.model_dump()
    entities = [{**each, "area_id": None} for each in document["entities"]]
    return HomeDocument.model_validate({**document, "areas": [], "entities": entities})


async def test_a_home_without_areas_is_a_home(talking: Talking) -> None:
    talking.home.load(*HomeStore.read(_without_areas()))
    assert await lives(talking)
    assert (await talking.ask("is the hall lamp on?")).answer == "No, Hall lamp is off."
    for sentence in (
        "which lights are on in the kitchen?",
        "turn on the lights in the attic",
        "which room is warmest?",
    ):
        got = await talking.ask(sentence)
        assert (got.actions, bool(got.answer.strip())) == ([], True)
    there = await talking.ask("turn on the light here", context=QueryContext(area_id="kitchen"))
    assert is_clear(there)


async def test_where_no_home_is_known_that_is_said_and_nothing_done(talking: Talking) -> None:
    talking.home.load(*HomeStore.read(HomeDocument()))
    for sentence in (
        "is a light on?",
        "turn on the hall lamp",
        "turn on the hall lamp at sunset",
        "who is home?",
    ):
        got = await talking.ask(sentence, execute=True)
        assert is_clear(got), sentence
        assert "nothing of your home yet" in got.answer, sentence
    for sentence in NOISE:
        assert is_clear(await talking.ask(sentence, execute=True)), sentence[:60]
    assert (await talking.ask("hello")).status is QueryStatus.ANSWERED
    talking.home.load(*HomeStore.read(HOME))
    assert await lives(talking)
