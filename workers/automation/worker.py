"""The automation worker's handlers."""

from __future__ import annotations

import asyncio

from contracts import automation, home
from contracts.automation import AutomationFinding, ValidateRequest, ValidateResponse
from shared.bus.worker import Worker
from shared.home import Home
from shared.home_store import HomeStore
from shared.listing import fitting
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.verdict import Verdict, judge_reading, read

worker = Worker("automation")


@worker.handles(automation.VALIDATE)
async def validate(request: ValidateRequest, current: CurrentView, existing: Existing) -> ValidateResponse:
    """Judge one automation in the home as it is now; Home Assistant is asked too, where it is connected."""
    verdict = await asyncio.to_thread(_judged, request, current)
    if verdict.plan is not None:
        verdict = verdict.with_findings(await existing.opinion(verdict.plan, valid=verdict.valid))
    return response(verdict)


def _judged(request: ValidateRequest, current: CurrentView) -> Verdict:
    """In a thread: the longest text takes a while."""
    given = request.yaml if request.yaml is not None else request.automation or {}
    home_view, names = current.now()
    return judge_reading(read(given), home_view, request.preset.value, names=names)


def response(verdict: Verdict) -> ValidateResponse:
    """The verdict as a reply, with as many findings as fit."""
    findings = [AutomationFinding.model_validate(each.model_dump()) for each in verdict.findings]
    head = ValidateResponse(
        valid=verdict.valid, safe=verdict.safe, score=verdict.score, explanation=verdict.explanation
    )
    _, *told = fitting((head, *findings))
    return head.model_copy(update={"findings": told, "findings_left_out": len(findings) - len(told)})


@worker.on(home.CHANGED, each=True)
async def learn_the_home(home: Home, store: HomeStore) -> None:
    """Take the changed home from the database."""
    home.load(*await store.load())


@worker.beside
async def know_the_automations(existing: Existing) -> None:
    """Know which automations and scripts there are."""
    await existing.run()
