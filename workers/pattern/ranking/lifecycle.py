"""Where a pattern stands from analysis to analysis. Pure.

    new ──▶ active ◀──▶ fading ──▶ gone ──▶ active
            automated ─────────────▶ gone

What people or other workers decided (`suggested`, `approved`, `rejected`) no analysis changes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from contracts.analysis import PatternStatus, Verdict

MOSTLY: Final = 0.5
"""Share of its occurrences, above which a pattern is an automation's doing."""
SETTLED_AFTER: Final = timedelta(hours=12)
"""A pattern is new for so long: an analysis that is made twice in a night confirms nothing."""
GONE_AFTER: Final = timedelta(days=7)
"""A pattern that no analysis has found for this long is gone."""

UNLISTED: Final = (PatternStatus.REJECTED, PatternStatus.GONE, PatternStatus.AUTOMATED)
DECIDED: Final = frozenset({PatternStatus.SUGGESTED, PatternStatus.APPROVED, PatternStatus.REJECTED})
VERDICTS: Final = {Verdict.ACCEPT: PatternStatus.APPROVED, Verdict.REJECT: PatternStatus.REJECTED}
"""What a verdict makes of a pattern; another one changes nothing."""


def found_first(automated: float) -> PatternStatus:
    """Where a pattern stands that nobody knew; `automated` is the share that automations make."""
    return PatternStatus.AUTOMATED if automated > MOSTLY else PatternStatus.NEW


def found_again(status: PatternStatus, found_at: datetime, automated: float, at: datetime) -> PatternStatus:
    """Where one stands that was known since `found_at`, and is found at `at`."""
    if status in DECIDED:
        return status
    if automated > MOSTLY:
        return PatternStatus.AUTOMATED
    settled = status is not PatternStatus.NEW or at - found_at >= SETTLED_AFTER
    return PatternStatus.ACTIVE if settled else PatternStatus.NEW


def not_found(status: PatternStatus, confirmed_at: datetime, at: datetime) -> PatternStatus:
    """Where one stands that was found at `confirmed_at` for the last time, and is not found at `at`.

    What an automation makes is `automated` until it is gone, so that it is never told for a while in between.
    """
    if status in DECIDED:
        return status
    if at - confirmed_at >= GONE_AFTER:
        return PatternStatus.GONE
    return status if status in {PatternStatus.AUTOMATED, PatternStatus.GONE} else PatternStatus.FADING
