"""An answer to a question back: the option that is meant, and the sentence as it is with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.query import Clarification, Option
from shared.home import Registry
from shared.spelling import allowance, distance
from workers.query.conversing.following import Followed
from workers.query.conversing.turn import Turn
from workers.query.past.question import PastQuestion
from workers.query.understanding import Understanding
from workers.query.understanding.orders.order import Command
from workers.query.understanding.reading import Question
from workers.query.understanding.tokens import fold, plainly, singular
from workers.query.understanding.wishes.wish import MissingPart, Wish

CONFIRM = "confirm"
_YES = frozenset({
    "yes", "y", "yeah", "yep", "yup", "sure", "ok", "okay", "do it", "go ahead", "confirm", "confirmed", "please do",
    "yes please", "of course", "right", "correct", "affirmative", "absolutely", "certainly", "yes do it", "go on",
    "yes go ahead", "true", "sure thing", "definitely",
})  # fmt: skip
_NO = frozenset({
    "no", "n", "nope", "nah", "no thanks", "no thank you", "cancel", "stop", "do not", "dont", "never mind",
    "nevermind", "better not", "no way", "forget it", "leave it", "not now", "false", "abort", "no do not",
    "none", "none of them", "none of those", "none of these", "neither", "neither of them", "neither one", "no one",
    "nothing", "not any", "not at all",
})  # fmt: skip
_ALL = frozenset({
    "all", "both", "all of them", "both of them", "everything", "all of those", "both please", "all please", "the lot",
    "every one", "each", "each of them", "them all", "all three", "both of those", "every one of them",
})  # fmt: skip
_DENYING = frozenset({
    "no", "not", "none", "neither", "nor", "never", "nothing", "but", "except", "anything", "without", "dont",
})  # fmt: skip
"""Words of an answer that leave something out: what they leave is not guessed."""
_ONE = frozenset({"one", "number one", "option one", "the number one"})
_ORDINALS = {
    "first": 0, "1st": 0, "1": 0, "one": 0, "second": 1, "2nd": 1, "2": 1, "two": 1, "third": 2, "3rd": 2, "3": 2,
    "three": 2, "fourth": 3, "4th": 3, "4": 3, "four": 3, "fifth": 4, "5": 4, "five": 4, "last": -1, "latter": -1,
    "former": 0,
}  # fmt: skip
_NUMBERS = frozenset({"1", "2", "3", "4", "5", "one", "two", "three", "four", "five"})
"""These are values, where values are to choose from."""
_SILENT = frozenset({
    "the", "one", "ones", "a", "an", "please", "in", "on", "at", "of", "i", "mean", "meant", "its", "it", "is", "that",
    "this", "to", "make", "number", "option", "um", "uh", "s", "want", "would", "like", "take", "use", "just", "my",
    "our", "by", "with", "room", "from", "for", "and", "thanks",
})  # fmt: skip
_GOOD = (Question, PastQuestion, Command, Wish)


_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Refined:
    """An answer taken in: the sentence as it is now, with what was chosen; `confirmed` is that to a yes-no."""

    followed: Followed
    confirmed: bool | None = None


def refine(mind: Understanding, turn: Turn, answer: str) -> Refined:
    """What an answer to the questions of a turn says. Where it is no answer to them it is read for itself."""
    asked = turn.clarifications[0] if turn.clarifications else None
    if asked is not None and asked.id == CONFIRM and (confirmed := yes_or_no(answer)) is not None:
        reading = mind.read(turn.sentence, turn.area_id, remembered=turn.entities, chosen=turn.chosen)
        return Refined(Followed(reading, turn.sentence, dict(turn.chosen)), confirmed)
    lacking = mind.read(turn.sentence, turn.area_id, remembered=turn.entities, chosen=turn.chosen)
    if isinstance(lacking, MissingPart):
        return Refined(_with_part(mind, turn, lacking, answer))
    own = mind.read(answer, turn.area_id, remembered=turn.entities)
    if answer.rstrip().endswith("?") and isinstance(own, Question | PastQuestion):
        return Refined(Followed(own, answer))
    if asked is not None and not _among(asked, answer) and _denies_or_agrees(answer):
        return Refined(
            Followed(lacking, turn.sentence, dict(turn.chosen)), False if yes_or_no(answer) is False else None
        )
    return Refined(_answered(mind, turn, asked, answer) or Followed(own, answer))


def _answered(mind: Understanding, turn: Turn, asked: Clarification | None, answer: str) -> Followed | None:
    """The sentence with the option that an answer means, else with the answer in it; None where neither makes sense."""
    if asked is not None and (found := options_meant(asked, answer, mind.registry)):
        return _with_options(mind, turn, asked, found)
    for sentence in _together(turn, asked, answer):
        reading = mind.read(sentence, turn.area_id, remembered=turn.entities, chosen=turn.chosen)
        if isinstance(reading, _GOOD):
            return Followed(reading, sentence, dict(turn.chosen))
    return None


def _denies_or_agrees(answer: str) -> bool:
    """Whether an answer is a yes or a no, or leaves something out: which one it means is not to be guessed."""
    return yes_or_no(answer) is not None or not _DENYING.isdisjoint(plainly(answer).split())


def _among(asked: Clarification, answer: str) -> bool:
    """Whether an answer is the name of an option, letter for letter."""
    said = plainly(answer)
    return any(said in {plainly(each.label), plainly(str(each.value or "-"))} for each in asked.options)


def yes_or_no(answer: str) -> bool | None:
    """What a yes or a no says; None where it is neither."""
    said = plainly(answer).strip()
    if said in _YES:
        return True
    return False if said in _NO else None


def _with_part(mind: Understanding, turn: Turn, lacking: MissingPart, answer: str) -> Followed:
    """A wish with the part that it lacked, in the words of the answer; as it is where that is no such part."""
    words, _ = mind.pieces(turn.sentence)
    sentence, said = " ".join(words), answer.strip().rstrip(" .!?")
    number = _NUMBER.search(said)
    unit = lacking.choices[0].partition(" ")[2] if lacking.choices else ""
    measured = number is not None and unit and lacking.what == "threshold"
    numbered = (lacking.instead.format(f"{number.group()} {unit}"),) if number is not None and measured else ()
    for part in (*numbered, lacking.instead.format(said), said, f"at {said}", f"for {said}"):
        whole = sentence.replace(lacking.said, part, 1) if lacking.said else f"{sentence} {part}"
        reading = mind.read(whole, turn.area_id, chosen=turn.chosen)
        if isinstance(reading, _GOOD):
            return Followed(reading, whole, dict(turn.chosen))
    return Followed(mind.read(answer, turn.area_id, remembered=turn.entities), answer)


def _with_options(mind: Understanding, turn: Turn, asked: Clarification, found: Sequence[Option]) -> Followed:
    ids = tuple(each.entity_id for each in found if each.entity_id is not None)
    chosen = dict(turn.chosen)
    if ids:
        chosen[frozenset(each.entity_id for each in asked.options if each.entity_id is not None)] = ids
        reading = mind.read(turn.sentence, turn.area_id, remembered=turn.entities, chosen=chosen)
        return Followed(reading, turn.sentence, chosen)
    value = str(found[0].value)
    sentence = f"{turn.sentence.rstrip(' .!?')} to {value}" if asked.id == "value" else value
    return Followed(mind.read(sentence, turn.area_id, remembered=turn.entities, chosen=chosen), sentence, chosen)


def _together(turn: Turn, asked: Clarification | None, answer: str) -> Iterator[str]:
    """The sentence with the answer in it, likeliest first."""
    before, said = turn.sentence.rstrip(" .!?"), answer.strip().rstrip(" .!?")
    if asked is not None and asked.id == "value":
        yield f"{before} to {said}"
    if asked is not None and asked.id in {"things", "which"}:
        yield f"{before} {said}"
        yield f"{before} in the {said}"
    yield f"{before} {said}"
    yield f"{before} to {said}"


def options_meant(asked: Clarification, answer: str, registry: Registry) -> list[Option]:  # noqa: PLR0911 (one a way)
    """The options that an answer means: one, or all of them; none where it is not clear."""
    said = plainly(answer).strip()
    options = asked.options
    if not options or not said:
        return []
    if said in _ALL and all(each.entity_id is not None for each in options):
        return list(options)
    for each in options:
        if said in {plainly(each.label), plainly(str(each.value or "-")), plainly(each.entity_id or "-")}:
            return [each]
        if each.entity_id is not None and answer.strip() == each.entity_id:
            return [each]
    words = [each for each in said.split() if each not in _SILENT]
    found = _containing(options, words, registry)
    if len(found) == 1:
        return found
    values = all(each.entity_id is None for each in options)
    if len(words) == 1 and words[0] in _ORDINALS and len(options) > max(_ORDINALS[words[0]], 0) and not found:
        return [] if values and words[0] in _NUMBERS else [options[_ORDINALS[words[0]]]]
    return [options[0]] if said in _ONE and not values else []


def _containing(options: Sequence[Option], words: Sequence[str], registry: Registry) -> list[Option]:
    """The options whose words have all of some words, else all but typos."""
    if not words:
        return []
    described = [(each, _words_of(each, registry)) for each in options]
    found = [each for each, has in described if all(_key(word) in has for word in words)]
    return found or [each for each, has in described if all(_near(_key(word), has) for word in words)]


def _key(word: str) -> str:
    return fold(singular(word))


def _near(word: str, has: Mapping[str, None]) -> bool:
    allowed = allowance(word)
    return any(distance(word, each, allowed) <= allowed for each in has)


def _words_of(option: Option, registry: Registry) -> dict[str, None]:
    texts = [option.label, str(option.value or "")]
    entity = registry.entities.get(option.entity_id or "")
    if entity is not None:
        area = registry.areas.get(entity.area_id or "")
        floor = registry.floors.get(registry.floor_of(entity) or "")
        texts += [entity.name, *entity.aliases]
        texts += [name for place in (area, floor) if place is not None for name in (place.name, *place.aliases)]
    return dict.fromkeys(_key(word) for text in texts for word in plainly(text).split())
