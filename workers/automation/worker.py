"""The automation worker's handlers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from contracts import acting, automation, home
from contracts.acting import ActRequest, ActResponse
from contracts.automation import (
    AutomationFinding,
    OverrideRequest,
    OverrideResponse,
    OverridesRequest,
    OverridesResponse,
    RevokeRequest,
    RevokeResponse,
    ValidateRequest,
    ValidateResponse,
)
from shared.bus.requests import Call
from shared.bus.transaction import Transaction
from shared.bus.worker import Worker
from shared.errors import Unavailable
from shared.home import Home
from shared.home_store import HomeStore
from shared.listing import fitting
from workers.automation.acting.act_store import ActStore
from workers.automation.acting.acting import Acting
from workers.automation.acting.outcome import Order, Outcome
from workers.automation.allowance import Allowance, allowance
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.override_store import OverrideStore
from workers.automation.safety.override import Override
from workers.automation.verdict import Verdict, judge_actions, judge_reading, read

worker = Worker("automation")

_PRESET: Final = "moderate"
"""How strictly an order is judged that is to be done."""


@worker.handles(automation.VALIDATE)
async def validate(
    request: ValidateRequest, current: CurrentView, existing: Existing, overrides: OverrideStore
) -> ValidateResponse:
    """Judge one automation, or an order, in the home as it is now.

    Of an automation Home Assistant is asked too, where it is connected; an order has no overrides.
    """
    if request.actions is not None:
        return response(await asyncio.to_thread(_judged_actions, request.actions, current, request.preset.value))
    verdict = await asyncio.to_thread(_judged, request, current)
    if verdict.plan is not None and not verdict.safe:
        allowed = await overrides.standing(verdict.plan)
        verdict = await asyncio.to_thread(_judged, request, current, allowed) if allowed else verdict
    if verdict.plan is not None:
        verdict = verdict.with_findings(await existing.opinion(verdict.plan, valid=verdict.valid))
    return response(verdict)


def _judged(request: ValidateRequest, current: CurrentView, overrides: tuple[Override, ...] = ()) -> Verdict:
    """In a thread: the longest text takes a while."""
    home_view, names = current.now()
    return judge_reading(read(request.given), home_view, request.preset.value, overrides, names)


def _judged_actions(actions: list[Any], current: CurrentView, preset: str) -> Verdict:
    home_view, names = current.now()
    return judge_actions(actions, home_view, preset, names)


def response(verdict: Verdict) -> ValidateResponse:
    """The verdict as a reply, with as many findings as fit."""
    findings = [AutomationFinding.model_validate(each.model_dump()) for each in verdict.findings]
    head = ValidateResponse(
        valid=verdict.valid,
        safe=verdict.safe,
        confirm=verdict.confirm,
        score=verdict.score,
        explanation=verdict.explanation,
    )
    applied = [_told(each) for each in verdict.overrides]
    _, *told = fitting((head, *applied, *findings))
    listed = [each for each in told if isinstance(each, AutomationFinding)]
    return head.model_copy(
        update={
            "findings": listed,
            "findings_left_out": len(findings) - len(listed),
            "overrides": [each for each in told if isinstance(each, automation.Override)],
        }
    )


def _told(override: Override) -> automation.Override:
    when = override.when.astimezone(UTC).isoformat(timespec="milliseconds")
    said = override.model_dump() | {"when": when, "codes": sorted(override.codes)}
    return automation.Override.model_validate(said)


@worker.prepares(automation.OVERRIDE)
async def look_at_what_to_allow(request: OverrideRequest, current: CurrentView) -> Allowance:
    """Whether it may be allowed, in the home as it is now."""
    return await asyncio.to_thread(_allowance, request, current)


def _allowance(request: OverrideRequest, current: CurrentView) -> Allowance:
    return allowance(read(request.given), current.view(), request.codes, request.path)


@worker.handles(automation.OVERRIDE)
async def allow(
    request: OverrideRequest, found: Allowance, transaction: Transaction, overrides: OverrideStore
) -> OverrideResponse:
    """Keep what an admin allows."""
    return await overrides.add(transaction.connection, request, found, datetime.now(UTC))


@worker.handles(automation.REVOKE)
async def revoke(request: RevokeRequest, transaction: Transaction, overrides: OverrideStore) -> RevokeResponse:
    """Allow it no more."""
    return await overrides.revoke(transaction.connection, request.override_id, datetime.now(UTC))


@worker.handles(automation.OVERRIDES)
async def list_overrides(request: OverridesRequest, overrides: OverrideStore) -> OverridesResponse:
    """List what was allowed."""
    return await overrides.list(limit=request.limit, offset=request.offset)


@worker.prepares(acting.ACT)
async def do_at_home_assistant(request: ActRequest, call: Call, current: CurrentView, acts: Acting) -> Outcome:
    """Judge an order in the home as it is now, and do it where nothing speaks against it."""
    order = await acts.order(request, call)
    return await acts.carry_out(order, await asyncio.to_thread(_judged_order, order, current))


def _judged_order(order: Order, current: CurrentView) -> Verdict:
    if not current.view().entity_ids:
        raise Unavailable("nothing is known of the home yet: let Home Assistant be read, or import a home")
    return _judged_actions([each.model_dump() for each in order.actions], current, _PRESET)


@worker.handles(acting.ACT)
async def act(outcome: Outcome, transaction: Transaction, acts: ActStore) -> ActResponse:
    """Keep what became of an order."""
    await acts.add(transaction.connection, outcome)
    return outcome.response()


@worker.on(home.CHANGED, each=True)
async def learn_the_home(home: Home, store: HomeStore) -> None:
    """Take the changed home from the database."""
    home.load(*await store.load())


@worker.beside
async def know_the_automations(existing: Existing) -> None:
    """Know which automations and scripts there are."""
    await existing.run()
