"""A command and the home as it is now, an answer with actions out."""

from __future__ import annotations

from contracts.query import Clarification, Option, QueryStatus
from shared.home import Registry, Snapshot
from workers.query.acting import Deeds, NotAble, NothingToDo, OutOfRange, TooMuch, WhichValue, acted
from workers.query.answering import english_orders as english
from workers.query.answering.answer import Answer, asked_back
from workers.query.answering.labels import labels
from workers.query.understanding.orders.order import CannotBe, Command, Missing
from workers.query.understanding.reading import Ambiguous

KIND = "command"
Undone = Ambiguous | WhichValue | NothingToDo | OutOfRange | NotAble | TooMuch
LEFT_ALONE = Answer(QueryStatus.ANSWERED, KIND, english.LEFT_ALONE, confidence=1.0)
"""What is said where somebody does not confirm."""
_TEMPERATURES = (19, 20, 21, 22)


def answer_command(command: Command, snapshot: Snapshot) -> Answer:
    """The actions of a command in words and as Home Assistant has them, or why there are none."""
    found = acted(command, snapshot)
    if not isinstance(found, Deeds):
        return answer_undone(found, snapshot.registry)
    text = english.done(found, snapshot.registry)
    return Answer(
        QueryStatus.ANSWERED, KIND, text, entities=found.entities, actions=found.actions,
        confidence=command.confidence, sweeping=any(order.sweeping for order in command.orders),
    )  # fmt: skip


def answer_undone(found: Undone, registry: Registry) -> Answer:
    """Why orders, or those of a wish, come to nothing: a question back or a refusal."""
    match found:
        case Ambiguous():
            return asked_back(found, registry)
        case WhichValue():
            return which_value(found, registry)
        case NothingToDo():
            text = english.nothing_to_do(found, registry)
            return Answer(QueryStatus.ANSWERED, KIND, text, entities=found.entities, confidence=1.0)
        case OutOfRange():
            return Answer(QueryStatus.REFUSED, KIND, english.out_of_range(found, registry), entities=(found.entity_id,))
        case NotAble():
            return Answer(QueryStatus.REFUSED, KIND, english.not_able(found, registry), entities=found.entities)
        case TooMuch():
            return Answer(QueryStatus.REFUSED, KIND, english.TOO_MUCH, suggestions=english.INSTEAD_OF_ALL)


def which_value(found: WhichValue, registry: Registry) -> Answer:
    """The question what something is to be set to."""
    question = english.which_value(found, registry)
    ready = found.choices or tuple(str(each) for each in _TEMPERATURES if found.what == "temperature")
    options = [Option(label=each, value=each) for each in ready]
    clarification = Clarification(id="value", question=question, options=options)
    return Answer(
        QueryStatus.CLARIFICATION, KIND, question, entities=(found.entity_id,), clarifications=(clarification,),
        confidence=0.5,
    )  # fmt: skip


def answer_missing(reading: Missing) -> Answer:
    """The question for what an order lacks."""
    question, options = english.missing(reading)
    ready = [Option(label=label, value=value) for label, value in options]
    clarification = Clarification(id=reading.what, question=question, options=ready)
    return Answer(
        QueryStatus.CLARIFICATION, KIND, question, entities=reading.entities, clarifications=(clarification,),
        confidence=0.5,
    )  # fmt: skip


def answer_cannot(reading: CannotBe, registry: Registry) -> Answer:
    """That the named things can't follow."""
    names = labels(reading.entities, registry)
    return Answer(QueryStatus.REFUSED, KIND, english.cannot(reading, names), entities=reading.entities)
