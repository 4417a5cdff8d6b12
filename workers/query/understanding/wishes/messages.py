"""Orders to tell somebody something: "let Anna know that dinner is ready"."""

from __future__ import annotations

from collections.abc import Sequence

from workers.query.understanding.names import Names
from workers.query.understanding.tokens import Token
from workers.query.understanding.wishes.wish import Tell
from workers.query.understanding.wishes.words import WishWords


class Messages:
    """Finds who is told what in a home."""

    def __init__(self, names: Names, words: WishWords) -> None:
        self._names, self._words = names, words

    def read(self, words: Sequence[Token], told: str, about: Sequence[str]) -> Tell | None:
        """The message of an order; `told` where it says none; `about` is what was spoken of. None where it is none."""
        plains = [each.plain for each in words]
        begun = [end for end in range(min(5, len(plains)), 0, -1) if self._begins_to_tell(" ".join(plains[:end]))]
        if not begun:
            return None
        at, people, all_of_us, me = begun[0], list[str](), False, False
        while at < len(plains):
            length, person = self._person(words, at, about)
            if person:
                people += [each for each in person if each not in people]
                at += length
            elif self._words.is_one("told", plains[at]) and not self._says(plains, at):
                all_of_us = all_of_us or self._words.is_one("all_of_us", plains[at])
                me = me or plains[at] in {"me", "my"}
                at += 1
            else:
                break
        if at < len(plains) and self._words.is_one("that", plains[at]):
            at += 1
        elif at < len(plains) and not self._message_alone(plains, begun[0], at):
            return None
        message = " ".join(each.word for each in words[at:])
        message = message[:1].upper() + message[1:] or told
        return Tell(message, tuple(people), me or not people, all_of_us)

    def _begins_to_tell(self, phrase: str) -> bool:
        return self._words.is_one("tells", phrase) or self._words.is_one("tell_nouns", phrase)

    def _says(self, plains: Sequence[str], at: int) -> bool:
        """Whether a "to" begins the message: "remind me to put the bins out"."""
        following = plains[at + 1] if at + 1 < len(plains) else ""
        known = self._words.is_one("told", following) or self._names.find([Token(following, following)]) is not None
        return self._words.is_one("that", plains[at]) and not known

    def _message_alone(self, plains: Sequence[str], begun: int, at: int) -> bool:
        """Whether the words are a message though nothing says so: "warn me frost is coming"."""
        return at > begun and plains[begun - 1] not in {"send", "give", "let", "push", "drop"}

    def _person(self, words: Sequence[Token], at: int, about: Sequence[str]) -> tuple[int, tuple[str, ...]]:
        if self._words.is_one("her", words[at].plain):
            spoken = self._owner(about)
            return 1, spoken
        for end in range(min(at + 3, len(words)), at, -1):
            named = self._names.find(words[at:end])
            people = tuple(each for each in named.entities if each.startswith("person.")) if named else ()
            if people:
                return end - at, people
        return 0, ()

    def _owner(self, about: Sequence[str]) -> tuple[str, ...]:
        """Whom a thing belongs to by its name: of "Anna's phone" Anna."""
        entities = self._names.registry.entities
        people = [each for each in entities.values() if each.domain == "person"]
        said = [entities[each].name.casefold() for each in about if each in entities]
        return tuple(each.entity_id for each in people if any(name.startswith(each.name.casefold()) for name in said))
