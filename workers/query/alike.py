"""Which names are most like some words: by the pairs of letters they share (Dice's coefficient)."""

from collections import Counter
from collections.abc import Iterable

from workers.query.tokens import plain, words


def pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a name, without blanks and accents."""
    letters = "".join(plain(each) for each in words(text))
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))


def likeness(wanted: frozenset[str], has: frozenset[str]) -> float:
    """0 for nothing in common, 1 for the same pairs."""
    return 2 * len(wanted & has) / (len(wanted) + len(has)) if wanted and has else 0.0


class Alike:
    """An index of names by their pairs of letters."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(dict.fromkeys(names))
        self._sizes: list[int] = []
        self._having: dict[str, list[int]] = {}
        for at, name in enumerate(self._names):
            has = pairs(name)
            self._sizes.append(len(has))
            for pair in has:
                self._having.setdefault(pair, []).append(at)

    def nearest(self, phrase: str, limit: int, least: float) -> tuple[str, ...]:
        """The names most like a phrase, best first, none below a likeness."""
        wanted = pairs(phrase)
        shared = Counter(at for pair in wanted for at in self._having.get(pair, ()))
        scores = {at: 2 * count / (len(wanted) + self._sizes[at]) for at, count in shared.items()}
        best = sorted(scores, key=lambda at: (-scores[at], at))[:limit]
        return tuple(self._names[at] for at in best if scores[at] >= least)
