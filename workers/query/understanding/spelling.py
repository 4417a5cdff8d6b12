"""Words that are nearly others: which known word a typo was meant to be, and which names are most like some words."""

from collections import Counter
from collections.abc import Iterable

from shared.spelling import allowance, distance
from workers.query.understanding.tokens import plain, singular, words

_SHORTEST = 4


def letters(word: str) -> int:
    """The letters of a word as a bit mask: words that differ in many letters are told apart at once."""
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) % 61)
    return mask


class Speller:
    """Corrects words against a vocabulary. Built once a home; a word that is in it is never changed."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._by_length: dict[int, list[tuple[int, str]]] = {}
        for word in set(vocabulary):
            if len(word) >= _SHORTEST:
                self._by_length.setdefault(len(word), []).append((letters(word), word))

    def correct(self, word: str) -> str | None:
        """The one word that is nearest within the allowance, or None where there is none or more than one."""
        allowed = allowance(word)
        mask = letters(word)
        best, found = allowed + 1, list[str]()
        for length in range(max(_SHORTEST, len(word) - allowed), len(word) + allowed + 1):
            for other_mask, other in self._by_length.get(length, ()):
                if (mask ^ other_mask).bit_count() > 2 * allowed:
                    continue
                apart = distance(word, other, min(best, allowed, allowance(other)))
                if apart < best:
                    best, found = apart, [other]
                elif apart == best <= allowed:
                    found.append(other)
        swapped = [each for each in found if sorted(each) == sorted(word)]
        if len(swapped) == 1:
            return swapped[0]  # letters in another order are the commonest typo
        if len(found) == 2 and singular(found[0]) == singular(found[1]):  # noqa: PLR2004 (a word and its plural)
            return min(found, key=lambda each: (abs(len(each) - len(word)), len(each)))
        return found[0] if len(found) == 1 else None


# Likeness, by the pairs of letters that two names share (Dice's coefficient)


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
        scores = ((2 * count / (len(wanted) + self._sizes[at]), at) for at, count in shared.items())
        best = sorted((-score, at) for score, at in scores if score >= least)[:limit]
        return tuple(self._names[at] for _, at in best)
