"""Statements as questions: of "the front door opens" it may be asked "is the front door open"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workers.query.understanding.names import Names
from workers.query.understanding.tokens import Token
from workers.query.understanding.wishes.words import WishWords

Asked = tuple[tuple[Token, ...], bool, str | None, bool]
"""A question, whether it happens (else it is so), the state that it comes from, whether it is about the first one."""

_LONGEST_NAME = 5


class Questions:
    """Finds the questions of a statement in one home."""

    def __init__(self, names: Names, words: WishWords) -> None:
        self._names, self._words = names, words

    def of(self, tokens: tuple[Token, ...]) -> Iterator[Asked]:
        """The questions that a statement may be asked as, whether it happens, and what it was before."""
        tokens, alone = self._of_all(tokens)
        yield from ((each, True, None, alone) for each in self._moving(tokens))
        for start, end, before, state in self._changes(tokens):
            sudden = not self._lasts(tokens, start, end)
            if state and end < len(tokens) and self._doer(tokens[:start]):
                yield (*token_list(self._words.said["is"]), *tokens[end:], *token_list(state)), True, before, alone
            yield (
                (*token_list(self._words.said["is"]), *tokens[:start], *token_list(state), *tokens[end:]),
                sudden,
                before,
                alone,
            )
        for start, end in self.copulas(tokens):
            sudden = not self._words.is_one("lasting", " ".join(each.plain for each in tokens[start:end]))
            yield (*token_list(self._words.said["is"]), *tokens[:start], *tokens[end:]), sudden, None, alone
        yield (*token_list(self._words.said["is"]), *tokens), False, None, alone
        yield (*token_list(self._words.said["there_is"]), *tokens), False, None, alone

    def possessive(self, tokens: tuple[Token, ...]) -> bool:
        """Whether "it is" is an "its": a verb comes behind, as in "its power drops below 5"."""
        said = [each.plain for each in tokens]
        if len(said) < 4 or not self._words.is_one("references", said[0]) or said[1] != self._words.said["is"]:  # noqa: PLR2004
            return False
        return any(start > 2 for start, _ in self.phrases(tokens, frozenset(self._words.keyed["changes"])))  # noqa: PLR2004

    def _lasts(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether a change is said as a state: "is home", "has been turned on"."""
        first = tokens[start].plain
        return self._words.is_one("lasting", first) and end - start > 1

    def _doer(self, tokens: Sequence[Token]) -> bool:
        """Whether somebody does it to a thing: "someone opens the door"."""
        said = " ".join(each.plain for each in tokens)
        known = self._names.find(tokens) if tokens else None
        person = known is not None and any(each.startswith("person.") for each in known.entities)
        return person or any(self._words.is_one(each, said) for each in ("somebody", "myself", "everybody"))

    def _of_all(self, tokens: tuple[Token, ...]) -> tuple[tuple[Token, ...], bool]:
        """The last person who leaves means that everyone has left; the first who comes, that somebody has."""
        for section, word in (
            ("the_last", "everyone"),
            ("everybody", "everyone"),
            ("the_first", "anyone"),
            ("somebody", "anyone"),
        ):
            length = self.longest(self._words.listed[section], tokens, 0)
            if length:
                return (*token_list(self._words.said[word]), *tokens[length:]), section == "the_first"
        return tokens, False

    def _moving(self, tokens: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
        """Where somebody moves there is motion: "somebody moves in the garage"."""
        for section, head in (("somebody", ("there_is", "motion")), ("nobody", ("there_is", "no", "motion"))):
            length = self.longest(self._words.listed[section], tokens, 0)
            verb = self.longest(self._words.listed["motion"], tokens, length) if length else 0
            if verb and len(tokens) > length + verb:
                said = token_list(" ".join(self._words.said[each] for each in head))
                yield (*said, *tokens[length + verb :])

    def _changes(self, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int, str | None, str]]:
        """Where a verb says what happens, the longest first; what it was before; and the state it leads to."""
        for start, end in self.phrases(tokens, self._words.keyed["changes"]):
            if self._behind_copula(tokens, start):
                continue
            for key in self._words.keys("changes", " ".join(each.plain for each in tokens[start:end])):
                yield start, end, None, "" if key == "to" else key
        for start, end in self.phrases(tokens, self._words.listed["from"]):
            for middle in range(end + 1, len(tokens) - 1):
                if tokens[middle].plain == "to":
                    yield start, middle + 1, " ".join(each.word for each in tokens[end:middle]), ""

    def _behind_copula(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether an "is" stands in front: "is open" is a state."""
        return any(
            self._words.is_one("copulas", " ".join(each.plain for each in tokens[start:at]))
            for start in range(max(0, at - 3), at)
        )

    def copulas(self, tokens: tuple[Token, ...]) -> Iterator[tuple[int, int]]:
        """Where an "is" stands, the longest first."""
        yield from self.phrases(tokens, self._words.listed["copulas"])

    def phrases(self, tokens: tuple[Token, ...], phrases: Iterable[str]) -> Iterator[tuple[int, int]]:
        """Where phrases of a section stand, the longest first, none of them within a name."""
        known = frozenset(phrases)
        for length in range(min(self._words.longest, len(tokens)), 0, -1):
            for start in range(len(tokens) - length + 1):
                said = " ".join(each.plain for each in tokens[start : start + length])
                if said in known and not self.in_name(tokens, start, start + length):
                    yield start, start + length

    def longest(self, phrases: Sequence[str] | frozenset[str], tokens: Sequence[Token], at: int) -> int:
        """The words of the longest phrase that begins there; 0 where there is none."""
        for end in range(min(at + self._words.longest, len(tokens)), at, -1):
            if " ".join(each.plain for each in tokens[at:end]) in phrases:
                return end - at
        return 0

    def in_name(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether words are part of a longer name of the home."""
        return any(
            first <= start and end <= last and 1 < last - first <= _LONGEST_NAME and (first, last) != (start, end)
            for first, last in self._names.standing(tokens)
        )


def token_list(phrase: str) -> tuple[Token, ...]:
    """A phrase of ours as tokens."""
    return tuple(Token(each, each) for each in phrase.split())
