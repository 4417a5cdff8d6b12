"""A wish and the home as it is, an automation out, or what has to be asked first."""

from __future__ import annotations

from contracts.query import Clarification, Option, QueryStatus
from shared.home import Snapshot
from workers.query.answering import english_wishes as english
from workers.query.answering.answer import Answer
from workers.query.answering.orders import answer_undone
from workers.query.understanding.wishes.wish import Do, MissingPart, NotPossible, Wish
from workers.query.wishing import Drafted, drafted
from workers.query.wishing.states import NotSayable

KIND = "automation"


def answer_wish(wish: Wish, sentence: str, snapshot: Snapshot) -> Answer:
    """The automation of a wish; whether it is safe, and what it does in plain words, is said by the judge."""
    found = drafted(wish, sentence, snapshot)
    match found:
        case Drafted():
            return Answer(
                QueryStatus.SUGGESTED, KIND, english.SUGGESTED, entities=_entities(found), automation=found.automation,
                confidence=wish.confidence,
                sweeping=_sweeping(wish),
            )  # fmt: skip
        case NotSayable():
            told = english.not_sayable(found, snapshot.registry)
            return Answer(QueryStatus.REFUSED, KIND, told, entities=(found.entity_id,) if found.entity_id else ())
        case _:
            return answer_undone(found, snapshot.registry)


def _sweeping(wish: Wish) -> bool:
    """Whether it orders everything but some."""
    return any(order.sweeping for each in wish.steps if isinstance(each, Do) for order in each.command.orders)


def answer_missing_part(reading: MissingPart) -> Answer:
    """The question for what a wish does not say; an option's value is the whole sentence's new part."""
    question = english.missing(reading)
    options = [Option(label=each, value=each) for each in reading.choices]
    return Answer(
        QueryStatus.CLARIFICATION, KIND, question,
        clarifications=(Clarification(id=reading.what.replace(" ", "_"), question=question, options=options),),
        confidence=0.5,
    )  # fmt: skip


def answer_impossible(reading: NotPossible) -> Answer:
    """That no automation can fulfil it."""
    return Answer(QueryStatus.REFUSED, KIND, english.IMPOSSIBLE[reading.why])


def _entities(found: Drafted) -> tuple[str, ...]:
    """All entities that the automation names, each once."""
    ids: dict[str, None] = {}

    def walk(node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "entity_id":
                    ids.update(dict.fromkeys([value] if isinstance(value, str) else value))
                else:
                    walk(value)
        elif isinstance(node, list):
            for each in node:
                walk(each)

    walk(found.automation)
    return tuple(ids)
