"""Which known id a wrong one was meant to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from shared.spelling import allowance, distance

_LONGEST = 255
_MOST = 20_000
_FARTHEST = 2


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The one of some ids that a wrong one was sure to be meant as, None where there is none or more than one.

    It differs by one letter from 4 letters on and by two from 8 (letters that are swapped count once), or has the same
    words in another order. What stands left of a dot counts for itself: a light is not corrected to a switch.
    """
    wrong = wrong.lower()
    if len(wrong) > _LONGEST:
        return None
    domain, dot, name = wrong.rpartition(".")
    allowed, words = allowance(name), sorted(name.split("_"))
    least, best = max(allowed, 1), list[str]()
    for each in islice(known, _MOST):
        if abs(len(each) - len(wrong)) > _FARTHEST:
            continue
        known_domain, known_dot, known_name = each.rpartition(".")
        if known_dot != dot:
            continue
        if known_domain != domain:
            apart = _domains_apart(domain, known_domain) if known_name == name else None
        elif len(known_name) == len(name) and sorted(known_name.split("_")) == words:
            apart = 1
        else:
            limit = min(allowed, least)
            found = distance(name, known_name, limit)
            apart = found if found <= limit else None
        if apart is not None and apart <= least:
            best = [*best, each] if apart == least else [each]
            least = apart
    return best[0] if len(best) == 1 else None


def _domains_apart(domain: str, known: str) -> int | None:
    """One where a domain is sure to be meant as another; None where it is not."""
    return 1 if distance(domain, known, allowance(domain)) <= allowance(domain) else None
