"""Remarks around an order that only say why: they are left aside, unless they count."""

from __future__ import annotations

from collections.abc import Sequence

from workers.query.understanding.names import Names
from workers.query.understanding.orders.words import told
from workers.query.understanding.subjects import Ids
from workers.query.understanding.tokens import COMMA, STOP, Token

_LONGEST_REMARK, _LONGEST_NAME, _SHORTEST_NAME = 4, 8, 3
_CONDITIONS = frozenset({
    "if", "when", "whenever", "unless", "until", "while", "before", "after", "every", "only", "except", "or",
})  # fmt: skip
"""Words that make of a remark something that counts."""


class Remarks:
    """Takes remarks out of a sentence."""

    def __init__(self, names: Names, language: str) -> None:
        self._names = names
        self._remarks, self._retracting = told(language, "remarks"), told(language, "retracting")

    def left_aside(self, tokens: Sequence[Token]) -> tuple[Sequence[Token], Ids]:
        """The sentence without what only says why, and the things that were named there.

        A remark stands before or behind the order, apart by a comma or a stop, begins as one, and orders nothing.
        """
        pieces: list[list[Token]] = [[]]
        for token in tokens:
            pieces[-1].append(token)
            if token in {COMMA, STOP}:
                pieces.append([])
        pieces = [each for each in pieces if trimmed(each)]
        kept = [each for each in pieces if not self._is_remark(trimmed(each))]
        behind = pieces[pieces.index(kept[0]) :] if kept else []
        if any(each not in kept and self._retracts(each) for each in behind):
            return tokens, ()
        if not kept or len(kept) == len(pieces):
            return tokens, ()
        spoken: list[str] = []
        for each in pieces:
            if each not in kept:
                spoken += self._named_in(trimmed(each))
        return [token for each in kept for token in each], tuple(dict.fromkeys(spoken))

    def _is_remark(self, piece: Sequence[Token]) -> bool:
        plains = [each.plain for each in piece]
        begins = any(" ".join(plains[:end]) in self._remarks for end in range(1, _LONGEST_REMARK + 1))
        named = range(_SHORTEST_NAME, min(_LONGEST_NAME, len(piece)) + 1)
        if begins and any(self._names.find(piece[1:end], loosely=False) is not None for end in named):
            return False  # "the kids room light off"
        return begins and not any(each in _CONDITIONS for each in plains)

    def _retracts(self, piece: Sequence[Token]) -> bool:
        """Whether a remark behind an order takes it back: "it was a joke", "we need it off"."""
        return any(each.plain in self._retracting for each in piece)

    def _named_in(self, piece: Sequence[Token]) -> Ids:
        for length in range(len(piece), 0, -1):
            for at in range(len(piece) - length + 1):
                found = self._names.find(piece[at : at + length], loosely=False)
                if found is not None and found.entities:
                    return found.entities
        return ()


def trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Without the commas and stops at both ends."""
    found = list(tokens)
    while found and found[-1] in {COMMA, STOP}:
        found.pop()
    while found and found[0] in {COMMA, STOP}:
        found.pop(0)
    return found
