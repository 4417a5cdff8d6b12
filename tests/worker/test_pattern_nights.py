"""Night after night with a real broker and real files: what is counted and where, and analyses that end too early."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from contracts import analysis, synergies
from contracts.analysis import (
    AnalysisDone,
    AnalysisRequest,
    FeedbackRequest,
    Pattern,
    PatternsRequest,
    PatternType,
    UndoRequest,
    Verdict,
)
from contracts.health import HealthRequest, health_of
from contracts.jobs import CancelRequest, CancelState, JobState, JobStatus
from contracts.synergies import SynergiesRequest
from shared.broker.access import ADMIN, HOME_ASSISTANT
from shared.bus.client import Client
from shared.database_pool import create_shared_db_engine, reading
from shared.history import Event
from shared.history.opening import HISTORY_FILE
from shared.history.sqlite import SqliteHistory
from shared.home import Registry
from shared.settings import Settings, load_settings
from shared.simulator.simulation import SimulatedHome, simulate
from tests.conftest import MosquittoBus, RawClient
from workers.bootstrap import Running, serving
from workers.pattern import worker as pattern_worker
from workers.pattern.keeping.days import pattern_days
from workers.pattern.searching import process as process_module
from workers.pattern.searching import searcher

DAYS = 14


@pytest.fixture(scope="module")
def simulated() -> SimulatedHome:
    return simulate(71, days=DAYS + 1, entities=40, events=30_000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(env_file=None, homeiq_data=tmp_path / "data")


@pytest.fixture
async def admin(mosquitto: MosquittoBus, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))


@pytest.fixture
async def home_assistant(mosquitto: MosquittoBus, entered: AsyncExitStack) -> RawClient:
    client = RawClient(mosquitto.connector(HOME_ASSISTANT))
    await entered.enter_async_context(client.connection)
    return client


@asynccontextmanager
async def up(mosquitto: MosquittoBus, settings: Settings) -> AsyncIterator[Running]:
    async with serving(["pattern"], settings, mosquitto.process.address) as running:
        yield running


def lived(settings: Settings, home: SimulatedHome, days: slice) -> None:
    with SqliteHistory(settings.homeiq_data / HISTORY_FILE) as history:
        for day in list(home.days())[days]:
            history.append(day.events())


async def analyse(admin: Client, **request: Any) -> AnalysisDone:
    done = await admin.run(analysis.RUN, AnalysisRequest(**request), timeout=90)
    assert isinstance(done, AnalysisDone)
    return done


async def patterns(admin: Client) -> dict[str, Pattern]:
    listed = await admin.request(analysis.PATTERNS, PatternsRequest())
    assert listed.next_offset is None
    return {each.pattern_id: each for each in listed.patterns}


async def counted(settings: Settings) -> dict[int, str]:
    """The days whose counts are kept, and of which events."""
    async with reading(create_shared_db_engine(settings.database_url.get_secret_value())) as connection:
        return {row.day: row.fingerprint for row in await connection.execute(select(pattern_days))}


async def test_a_night_counts_a_day_and_keeps_the_names_of_patterns(
    mosquitto: MosquittoBus, settings: Settings, admin: Client, entered: AsyncExitStack, simulated: SimulatedHome
) -> None:
    lived(settings, simulated, slice(DAYS))
    await entered.enter_async_context(up(mosquitto, settings))
    first = await analyse(admin)
    assert (first.status, first.patterns_new > 3) == (JobStatus.COMPLETED, True)
    before, known = await counted(settings), await patterns(admin)

    again = await analyse(admin)
    assert (again.patterns_detected, again.patterns_new) == (first.patterns_detected, 0)
    assert (await patterns(admin)).keys() == known.keys()
    assert await counted(settings) == before

    lived(settings, simulated, slice(DAYS, None))
    night = await analyse(admin)
    assert (night.status, night.events > first.events) == (JobStatus.COMPLETED, True)
    after = await counted(settings)
    assert {day: after[day] for day in before} == before
    assert len(after) == len(before) + 1
    kept = known.keys() & (await patterns(admin)).keys()
    assert len(kept) >= 0.8 * len(known)

    full = await analyse(admin, full=True)
    assert (full.patterns_detected, full.patterns_new) == (night.patterns_detected, 0)
    assert await counted(settings) == after


async def test_health_answers_while_a_process_analyses(
    mosquitto: MosquittoBus, settings: Settings, admin: Client, entered: AsyncExitStack, simulated: SimulatedHome
) -> None:
    lived(settings, simulated, slice(None))
    await entered.enter_async_context(up(mosquitto, settings))
    running = asyncio.create_task(analyse(admin, full=True))
    answers = 0
    while not running.done():
        answer = await admin.request(health_of("pattern"), HealthRequest(), timeout=5)
        answers += answer.worker == "pattern"
        await asyncio.sleep(0.02)
    assert (await running).status is JobStatus.COMPLETED
    assert answers > 5


Ending = Callable[[Client, str, int], Awaitable[None]]


async def kill(_admin: Client, _job: str, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def cancel(admin: Client, job: str, _pid: int) -> None:
    answer = await admin.request(analysis.CANCEL, CancelRequest(id=job))
    assert answer.state is CancelState.CANCELLING


@pytest.mark.parametrize(
    ("ending", "status", "errors"),
    [
        (kill, JobStatus.FAILED, ["the process of the analysis was ended by signal 9; the patterns are as they were"]),
        (cancel, JobStatus.CANCELLED, []),
    ],
)
async def test_an_analysis_that_ends_before_its_time_leaves_the_last_good_result(
    ending: Ending,
    status: JobStatus,
    errors: list[str],
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    home_assistant: RawClient,
    entered: AsyncExitStack,
    simulated: SimulatedHome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived(settings, simulated, slice(None))
    await entered.enter_async_context(up(mosquitto, settings))
    assert (await analyse(admin)).status is JobStatus.COMPLETED
    before, days = await patterns(admin), await counted(settings)

    pids: asyncio.Queue[int] = asyncio.Queue()
    create = asyncio.create_subprocess_exec

    async def stopped(*words: str, **how: Any) -> Any:
        process = await create(*words, **how)
        os.kill(process.pid, signal.SIGSTOP)  # so that it can't be done before
        pids.put_nowait(process.pid)
        return process

    monkeypatch.setattr(process_module.asyncio, "create_subprocess_exec", stopped)
    await home_assistant.subscribe("homeiq/analysis/done")
    started = await admin.request(analysis.RUN, AnalysisRequest(full=True))
    joined = await admin.request(analysis.RUN, AnalysisRequest(full=True))
    assert (joined.id, joined.state) == (started.id, JobState.JOINED)
    await ending(admin, started.id, await asyncio.wait_for(pids.get(), 30))
    done = AnalysisDone.model_validate(await home_assistant.next_json())
    assert (done.id, done.status, done.errors) == (started.id, status, errors)
    assert await patterns(admin) == before
    assert await counted(settings) == days

    monkeypatch.undo()
    assert (await analyse(admin, full=True)).status is JobStatus.COMPLETED


async def test_a_long_first_analysis_has_a_process_of_its_own(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    entered: AsyncExitStack,
    simulated: SimulatedHome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = 0
    create = asyncio.create_subprocess_exec

    async def watched(*words: str, **how: Any) -> Any:
        nonlocal started
        started += 1
        return await create(*words, **how)

    monkeypatch.setattr(process_module.asyncio, "create_subprocess_exec", watched)
    monkeypatch.setattr(searcher, "FEW_EVENTS", 1_000)
    lived(settings, simulated, slice(DAYS))
    await entered.enter_async_context(up(mosquitto, settings))
    first = await analyse(admin)
    assert (first.status, started) == (JobStatus.COMPLETED, 1)
    lived(settings, simulated, slice(DAYS, None))
    assert (await analyse(admin)).status is JobStatus.COMPLETED
    assert started == 1


async def test_synergies_are_listed_and_follow_what_people_say_of_patterns(
    mosquitto: MosquittoBus, settings: Settings, admin: Client, entered: AsyncExitStack, simulated: SimulatedHome
) -> None:
    lived(settings, simulated, slice(None))
    await entered.enter_async_context(up(mosquitto, settings))
    done = await analyse(admin)
    listed = await admin.request(synergies.SYNERGIES, SynergiesRequest())
    assert listed.total == len(listed.synergies) == done.synergies_detected > 0
    known = await patterns(admin)
    proven = next(each for each in listed.synergies if each.evidence["pattern_ids"])
    assert set(proven.evidence["pattern_ids"]) <= known.keys()
    assert proven.depth == len(proven.devices)
    judged = FeedbackRequest(pattern_id=proven.evidence["pattern_ids"][0], verdict=Verdict.REJECT)
    feedback = await admin.request(analysis.FEEDBACK, judged)

    async def told() -> set[str]:
        return {each.synergy_id for each in (await admin.request(synergies.SYNERGIES, SynergiesRequest())).synergies}

    assert proven.synergy_id not in await told()
    await admin.request(analysis.UNDO, UndoRequest(feedback_id=feedback.feedback_id))
    assert proven.synergy_id in await told()


async def test_what_is_odd_today_is_told_before_the_night(
    mosquitto: MosquittoBus,
    settings: Settings,
    admin: Client,
    entered: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.time()
    zone = "UTC" if datetime.now(UTC).hour >= 12 else "Etc/GMT-12"  # where it is long after midnight
    first = datetime.now(ZoneInfo(zone)).date() - timedelta(days=DAYS)
    past = simulate(72, days=DAYS, entities=40, events=20_000, time_zone=zone, first=first)
    lived(settings, past, slice(None))
    monkeypatch.setattr(pattern_worker, "HOUR", 0.2)
    running = await entered.enter_async_context(up(mosquitto, settings))
    running.home.load(Registry(time_zone=zone), {})
    assert (await analyse(admin)).status is JobStatus.COMPLETED
    before = await patterns(admin)
    (lamp, *_) = [each.entity_id for each in past.registry_document.entities if each.entity_id.startswith("light.")]
    flickers = [Event(now - 400 + 2 * n, lamp, ("on", "off")[n % 2]) for n in range(190)]
    with SqliteHistory(settings.homeiq_data / HISTORY_FILE) as history:
        history.append(flickers)

    async def told() -> bool:
        return any(
            each.pattern_type is PatternType.ANOMALY and each.entities == [lamp] and each.detail["kind"] == "burst"
            for key, each in (await patterns(admin)).items()
            if key not in before
        )

    async with asyncio.timeout(30):
        while not await told():
            await asyncio.sleep(0.05)
    assert before.keys() <= (await patterns(admin)).keys()
