"""The pattern worker as people meet it: a past is imported and analysed, and its patterns are listed and judged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts import analysis, home
from contracts.analysis import (
    AnalysisDone,
    AnalysisRequest,
    ExcludedRequest,
    FeedbackRequest,
    LearnedRequest,
    Pattern,
    PatternsRequest,
    PatternStatus,
    PatternType,
    UndoRequest,
    Verdict,
)
from contracts.history import ImportDone
from contracts.home import ImportRequest, ImportSource
from contracts.jobs import JobState, JobStatus, Progress
from shared.broker.access import ADMIN, HOME_ASSISTANT
from shared.bus.client import Client
from shared.bus.jobs import Jobs
from shared.bus.transaction import Transactions
from shared.database_pool import create_shared_db_engine, reading, writing
from shared.errors import NotFound
from shared.settings import Settings, load_settings
from tests.conftest import MosquittoBus, RawClient
from tests.unit.planted import PlantedHome, planted_home
from workers.bootstrap import Running, serving
from workers.data.imports import ImportFolder

HOME = planted_home(101, pairs=6, entities=6, days=21)
LAST, FEEDBACK = "homeiq/analysis/last", "homeiq/patterns/feedback"


def csv(made: PlantedHome) -> bytes:
    lines = [f"{entity},{state},{at:.3f}" for at, entity, state, *_ in made.events]
    return "\n".join(["entity_id,state,last_changed", *lines, ""]).encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(env_file=None, homeiq_data=tmp_path / "data")


@asynccontextmanager
async def up(mosquitto: MosquittoBus, settings: Settings) -> AsyncIterator[Running]:
    async with serving(["data", "query", "pattern"], settings, mosquitto.process.address) as running:
        yield running


@pytest.fixture
async def admin(mosquitto: MosquittoBus, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))


@pytest.fixture
async def home_assistant(mosquitto: MosquittoBus, entered: AsyncExitStack) -> RawClient:
    client = RawClient(mosquitto.connector(HOME_ASSISTANT))
    await entered.enter_async_context(client.connection)
    return client


async def bring_in(admin: Client, settings: Settings, content: bytes, tmp_path: Path) -> ImportDone:
    (tmp_path / "history.csv").write_bytes(content)
    file = ImportFolder(settings.homeiq_data).copy(tmp_path / "history.csv")
    done = await admin.run(home.IMPORT, ImportRequest(source=ImportSource.CSV, file=file), timeout=30)
    assert isinstance(done, ImportDone)
    return done


async def analyse(admin: Client, told: list[Progress] | None = None, **request: Any) -> AnalysisDone:
    heard: list[Progress] = [] if told is None else told
    done = await admin.run(analysis.RUN, AnalysisRequest(**request), timeout=30, progress=heard.append)
    assert isinstance(done, AnalysisDone)
    return done


async def every_page(admin: Client, limit: int) -> list[Pattern]:
    found: list[Pattern] = []
    offset: int | None = 0
    while offset is not None:
        page = await admin.request(analysis.PATTERNS, PatternsRequest(limit=limit, offset=offset))
        assert len(page.patterns) <= limit
        found, offset = [*found, *page.patterns], page.next_offset
        assert offset is None or offset == len(found)
    return found


async def test_a_past_is_imported_analysed_listed_and_judged(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    home_assistant: RawClient,
    entered: AsyncExitStack,
    tmp_path: Path,
) -> None:
    await entered.enter_async_context(up(mosquitto, settings))
    imported = await bring_in(admin, settings, csv(HOME), tmp_path)
    assert (imported.status, imported.counts["imported"]) == (JobStatus.COMPLETED, len(HOME.events))

    await home_assistant.subscribe("homeiq/analysis/done")
    told: list[Progress] = []
    done = await analyse(admin, told)
    event = await home_assistant.next_json()
    assert AnalysisDone.model_validate(event) == done
    assert (done.status, done.errors, done.days) == (JobStatus.COMPLETED, [], 21)
    assert (done.eligible > 6, done.explanation) == (True, None)
    assert done.events == len(HOME.events)
    assert done.correlation_ids == [done.correlation_id]
    assert told

    listed = await every_page(admin, limit=3)
    whole = await admin.request(analysis.PATTERNS, PatternsRequest())
    assert listed == whole.patterns
    assert len(listed) == whole.total == done.patterns_detected == done.patterns_new
    assert [each.quality for each in listed] == sorted((each.quality for each in listed), reverse=True)
    found = {frozenset(each.entities): each for each in listed}
    planted = {frozenset(each.entities): each for each in HOME.planted}
    assert len(planted.keys() & found.keys()) >= 5
    assert len(found.keys() - planted.keys()) <= 1
    for entities, truth in planted.items():
        if entities in found and truth.ordered and found[entities].pattern_type is PatternType.TRIGGER:
            assert tuple(found[entities].entities) == truth.entities

    await check_filters(admin, listed)
    await check_feedback(admin, listed[0])
    await check_feedback_by_automation(home_assistant, listed[1])
    await check_undo(admin, listed)


async def check_filters(admin: Client, listed: list[Pattern]) -> None:
    for kind in PatternType:
        page = await admin.request(analysis.PATTERNS, PatternsRequest(pattern_type=kind))
        assert page.patterns == [each for each in listed if each.pattern_type is kind]
    entity = listed[0].entities[0]
    page = await admin.request(analysis.PATTERNS, PatternsRequest(entity_id=entity))
    assert page.patterns == [each for each in listed if entity in each.entities]
    page = await admin.request(analysis.PATTERNS, PatternsRequest(offset=1000))
    assert (page.patterns, page.total, page.next_offset) == ([], len(listed), None)
    assert (await admin.request(analysis.PATTERNS, PatternsRequest(status=PatternStatus.REJECTED))).total == 0


async def check_feedback(admin: Client, pattern: Pattern) -> None:
    """One verdict is one row, however often it is sent; a rejected pattern is listed when asked for."""
    with pytest.raises(NotFound, match="no pattern nothing"):
        await admin.request(analysis.FEEDBACK, FeedbackRequest(pattern_id="nothing", verdict=Verdict.REJECT))
    verdict = FeedbackRequest(pattern_id=pattern.pattern_id, verdict=Verdict.REJECT, reason="no")
    first = await admin.request(analysis.FEEDBACK, verdict, correlation_id="twice")
    assert await admin.request(analysis.FEEDBACK, verdict, correlation_id="twice") == first
    assert first.status is PatternStatus.REJECTED
    rejected = await admin.request(analysis.PATTERNS, PatternsRequest(status=PatternStatus.REJECTED))
    assert [each.pattern_id for each in rejected.patterns] == [pattern.pattern_id]
    left = await admin.request(analysis.PATTERNS, PatternsRequest())
    assert pattern.pattern_id not in {each.pattern_id for each in left.patterns}


async def check_feedback_by_automation(home_assistant: RawClient, pattern: Pattern) -> None:
    """Published first, waited for afterwards, and asked twice, as an automation in a hurry may."""
    asked = {"pattern_id": pattern.pattern_id, "verdict": "accept", "correlation_id": "01HX"}
    for _ in range(2):
        await home_assistant.publish(f"{FEEDBACK}/request", json.dumps(asked))
    await home_assistant.subscribe(f"{FEEDBACK}/response/01HX")
    reply = await home_assistant.next_json()
    assert (reply["status"], reply["data"]["status"]) == ("ok", "approved")


async def check_undo(admin: Client, listed: list[Pattern]) -> None:
    """What was said above is listed, and all that it taught is gone when it is taken back."""
    learned = await admin.request(analysis.LEARNED, LearnedRequest())
    assert [(each.pattern_id, each.verdict, each.reason) for each in learned.feedback] == [
        (listed[1].pattern_id, Verdict.ACCEPT, None),
        (listed[0].pattern_id, Verdict.REJECT, "no"),
    ]
    assert sum(each.votes for each in learned.learned) == 2
    assert await every_page(admin, limit=100) != listed
    for each in learned.feedback:
        undone = await admin.request(analysis.UNDO, UndoRequest(feedback_id=each.feedback_id))
        assert (undone.pattern_id, undone.status) == (each.pattern_id, PatternStatus.NEW)
    assert await every_page(admin, limit=100) == listed
    learned = await admin.request(analysis.LEARNED, LearnedRequest(limit=1, offset=1))
    assert (learned.learned, learned.total, learned.next_offset) == ([], 2, None)
    assert learned.feedback[0].undone_at is not None
    with pytest.raises(NotFound, match="no feedback nothing"):
        await admin.request(analysis.UNDO, UndoRequest(feedback_id="nothing"))


async def test_what_is_left_out_is_told_and_why_nothing_was_found(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    home_assistant: RawClient,
    entered: AsyncExitStack,
    tmp_path: Path,
) -> None:
    await entered.enter_async_context(up(mosquitto, settings))
    empty = await analyse(admin)
    assert empty.explanation is not None
    assert empty.explanation.startswith("The history has no events in these days; a routine needs 7 days")
    await bring_in(admin, settings, csv(HOME), tmp_path)
    done = await analyse(admin)
    short = await analyse(admin, days=2)
    assert (short.days, short.patterns_detected, short.eligible > 0) == (2, 0, True)
    assert str(short.explanation).startswith(f"2 days with {short.events:,} events; a routine needs 7 days")
    page = await admin.request(analysis.PATTERNS, PatternsRequest())
    assert (page.total, {each.status for each in page.patterns}) == (done.patterns_detected, {PatternStatus.NEW})

    told = await admin.request(analysis.EXCLUDED, ExcludedRequest())
    assert (told.total, len(told.excluded), told.next_offset) == (short.excluded, short.excluded, None)
    assert short.excluded > 0
    one = told.excluded[-1]
    await home_assistant.subscribe("homeiq/patterns/excluded/response/why")
    asked = {"entity_id": one.entity_id, "correlation_id": "why"}
    await home_assistant.publish("homeiq/patterns/excluded/request", json.dumps(asked))
    assert (await home_assistant.next_json())["data"]["excluded"] == [one.model_dump()]


async def test_feedback_is_taken_back_by_an_automation(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    home_assistant: RawClient,
    entered: AsyncExitStack,
    tmp_path: Path,
) -> None:
    """The topic lies below that of the feedback, and the broker lets both through; the bare id is enough."""
    await entered.enter_async_context(up(mosquitto, settings))
    await bring_in(admin, settings, csv(HOME), tmp_path)
    await analyse(admin)
    pattern = (await admin.request(analysis.PATTERNS, PatternsRequest(limit=1))).patterns[0]
    given = await admin.request(
        analysis.FEEDBACK, FeedbackRequest(pattern_id=pattern.pattern_id, verdict=Verdict.ACCEPT)
    )
    await home_assistant.subscribe(f"{FEEDBACK}/undo/response")
    await home_assistant.publish(f"{FEEDBACK}/undo/request", given.feedback_id)
    reply = await home_assistant.next_json()
    assert (reply["status"], reply["data"]["feedback_id"], reply["data"]["status"]) == ("ok", given.feedback_id, "new")


async def test_another_analysis_finds_the_same_and_changes_no_verdict(
    mosquitto: MosquittoBus, settings: Settings, admin: Client, entered: AsyncExitStack, tmp_path: Path
) -> None:
    await entered.enter_async_context(up(mosquitto, settings))
    await bring_in(admin, settings, csv(HOME), tmp_path)
    first = await analyse(admin)
    pattern = (await admin.request(analysis.PATTERNS, PatternsRequest(limit=1))).patterns[0]
    await admin.request(analysis.FEEDBACK, FeedbackRequest(pattern_id=pattern.pattern_id, verdict=Verdict.REJECT))
    ids = {each.pattern_id for each in await every_page(admin, limit=100)}
    second = await analyse(admin)
    assert (second.patterns_detected, second.patterns_new) == (first.patterns_detected, 0)
    left = await admin.request(analysis.PATTERNS, PatternsRequest())
    assert {each.status for each in left.patterns} == {PatternStatus.NEW}, "the same minute confirms nothing"
    assert left.total == first.patterns_detected - 1, "what was rejected stays so"
    assert {each.pattern_id for each in left.patterns} == ids
    anew = await analyse(admin, full=True)
    assert anew.patterns_detected == first.patterns_detected


async def test_the_last_analysis_is_retained_and_said_again_by_the_next_process(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    home_assistant: RawClient,
    entered: AsyncExitStack,
    tmp_path: Path,
) -> None:
    await home_assistant.subscribe(LAST)
    async with up(mosquitto, settings):
        await home_assistant.silence()
        empty = await analyse(admin)
        assert (empty.status, empty.events, empty.patterns_detected) == (JobStatus.COMPLETED, 0, 0)
        assert (await home_assistant.next_json())["id"] == empty.id
        await bring_in(admin, settings, csv(HOME), tmp_path)
        done = await analyse(admin, days=14)
        assert (await home_assistant.next_json())["id"] == done.id
    async with up(mosquitto, settings):
        assert AnalysisDone.model_validate(await home_assistant.next_json()) == done
    late = RawClient(mosquitto.connector(HOME_ASSISTANT))
    await entered.enter_async_context(late.connection)
    await late.subscribe(LAST)
    packet = await late.next()
    assert packet.retain
    assert AnalysisDone.model_validate_json(packet.payload) == done


async def test_the_nightly_analysis_that_was_slept_through_is_made_up_at_the_start(
    mosquitto: MosquittoBus, settings: Settings, home_assistant: RawClient
) -> None:
    await home_assistant.subscribe("homeiq/analysis/done")
    async with up(mosquitto, settings):
        await home_assistant.silence()  # a new home has missed nothing
    engine = create_shared_db_engine(settings.database_url.get_secret_value())
    long_ago = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    async with writing(engine) as connection:
        changed = await connection.execute(text("UPDATE daily_runs SET local_date = :day"), {"day": long_ago})
        assert changed.rowcount == 1
    async with up(mosquitto, settings):
        event = await home_assistant.next_json()
        assert (event["status"], event["correlation_id"], event["correlation_ids"]) == ("completed", None, [])
        async with reading(create_shared_db_engine(settings.database_url.get_secret_value())) as connection:
            request = (await connection.execute(text("SELECT request FROM jobs"))).scalar_one()
        assert json.loads(request) == {"days": 30, "full": False}
    async with up(mosquitto, settings):
        await home_assistant.silence()


async def test_two_that_ask_for_the_same_analysis_share_it(
    mosquitto: MosquittoBus, settings: Settings, admin: Client, entered: AsyncExitStack
) -> None:
    """Asked in one transaction, so that the first can't be over when the second comes."""
    await entered.enter_async_context(up(mosquitto, settings))
    engine = create_shared_db_engine(settings.database_url.get_secret_value())
    transactions, jobs = Transactions(engine, "pattern", lambda: None), Jobs("pattern")
    async with transactions.begin("one") as transaction:
        first = await jobs.start(transaction, analysis.RUN, AnalysisRequest(days=9))
        transaction.correlation_id = "two"
        second = await jobs.start(transaction, analysis.RUN, AnalysisRequest(days=9))
    assert (first.state, second.state, second.id) == (JobState.ACCEPTED, JobState.JOINED, first.id)
    done = await analyse(admin, days=10)
    assert done.id != first.id
    async with reading(engine) as connection:
        found = await connection.execute(text("SELECT payload FROM events WHERE name = 'analysis/done' ORDER BY seq"))
        ended = [json.loads(payload) for payload in found.scalars()]
    assert [each["id"] for each in ended] == [first.id, done.id]
    assert ended[0]["correlation_ids"] == ["one", "two"]
