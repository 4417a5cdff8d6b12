"""What an admin may allow of one automation, and how that automation is known again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import InvalidRequest
from workers.automation.equivalence import fingerprint
from workers.automation.finding import Code, Finding, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import Reading
from workers.automation.safety.judge import SAFETY_CODES, judge
from workers.automation.safety.override import ABSOLUTE, may_override
from workers.automation.verdict import without_itself


@dataclass(frozen=True)
class Allowance:
    """One automation, known by its `fingerprint`; `allows` counts the errors that an override of it makes warnings.

    `arrangement` is there where only one path in it is allowed: a path says nothing of an automation that means the
    same and is put together otherwise.
    """

    fingerprint: str
    arrangement: str | None
    alias: str | None
    allows: int


def allowance(reading: Reading, home: HomeView, codes: Iterable[str], path: str | None = None) -> Allowance:
    """Whether these codes of an automation may be allowed, in the home as it is now.

    Raises InvalidRequest for an automation that can't be read, for codes that do not exist, are not of the safety rules
    or allow no exception, and for a code that has none in this automation.
    """
    plan = _whole(reading)
    chosen = frozenset(codes)
    _check_codes(chosen)
    found = [
        each
        for each in judge(plan, without_itself(home, plan))
        if each.severity is Severity.ERROR and each.code in chosen and path in {None, each.path}
    ]
    _check_findings(found)
    allows = sum(may_override(each) for each in found)
    alias = None if plan.alias is None else str(plan.alias)
    return Allowance(fingerprint(plan), None if path is None else arrangement(plan), alias, allows)


def arrangement(plan: Plan) -> str:
    """A text that automations share which differ in name, id and description at most: 64 hexadecimal digits."""
    told = plan.model_dump_json(exclude={"alias", "id", "description"})
    return hashlib.sha256(told.encode()).hexdigest()


def _whole(reading: Reading) -> Plan:
    """The plan where all was read: a condition that is left out would be missing in what is allowed."""
    errors = [each for each in reading.findings if each.severity is Severity.ERROR]
    if reading.plan is not None and not errors:
        return reading.plan
    first = errors[0].message if errors else "it is empty."
    told = [{"path": each.path, "message": each.message} for each in errors[:100]]
    raise InvalidRequest(f"This automation can't be read, so nothing of it is allowed: {first}", told)


def _check_codes(chosen: frozenset[str]) -> None:
    may = ", ".join(sorted(SAFETY_CODES - ABSOLUTE))
    for each in sorted(chosen):
        if each in ABSOLUTE:
            raise InvalidRequest(f"{each} has no exception; what may be allowed is {may}.", _at(each))
        if each not in SAFETY_CODES:
            known = "is not of a safety rule" if each in set(Code) else "is no code"
            raise InvalidRequest(f"{each[:40]!r} {known}; what may be allowed is {may}.", _at(each))


def _check_findings(found: list[Finding]) -> None:
    """A code whose findings have no exception at all would allow nothing."""
    for code in sorted({each.code for each in found}):
        without = [each for each in found if each.code == code]
        if not any(may_override(each) for each in without):
            raise InvalidRequest(f"{code} has no exception here, at {without[0].path}: {without[0].message}", _at(code))


def _at(code: str) -> list[dict[str, str]]:
    return [{"path": "$.codes", "message": f"{code[:40]} can't be allowed"}]
