"""A command and the home as it is now, an answer with actions out."""

from __future__ import annotations

from contracts.query import Clarification, Option, QueryStatus
from shared.home import Registry, Snapshot
from workers.query.acting import Deeds, NotAble, NothingToDo, OutOfRange, WhichValue, acted
from workers.query.answering import english_orders as english
from workers.query.answering.answer import Answer, asked_back
from workers.query.answering.labels import labels
from workers.query.understanding.orders.order import CannotBe, Command, Deed, Missing
from workers.query.understanding.reading import Ambiguous

KIND = "command"
LEFT_ALONE = Answer(QueryStatus.ANSWERED, KIND, english.LEFT_ALONE, confidence=1.0)
"""What is said where somebody does not confirm."""
_SWITCHED = frozenset({Deed.ON, Deed.OFF, Deed.TOGGLE})
_TEMPERATURES = (19, 20, 21, 22)


def answer_command(command: Command, snapshot: Snapshot) -> Answer:  # noqa: PLR0911 (one an outcome)
    """The actions of a command in words and as Home Assistant has them, or why there are none."""
    if any(order.everything and order.deed in _SWITCHED for order in command.orders):
        return Answer(QueryStatus.REFUSED, KIND, english.TOO_MUCH, suggestions=english.INSTEAD_OF_ALL)
    found = acted(command, snapshot)
    match found:
        case Deeds():
            text = english.done(found, snapshot.registry)
            return Answer(
                QueryStatus.ANSWERED, KIND, text, entities=found.entities, actions=found.actions,
                confidence=command.confidence,
            )  # fmt: skip
        case Ambiguous():
            return asked_back(found, snapshot.registry)
        case WhichValue():
            return which_value(found, snapshot.registry)
        case NothingToDo():
            text = english.nothing_to_do(found, snapshot.registry)
            return Answer(QueryStatus.ANSWERED, KIND, text, entities=found.entities, confidence=command.confidence)
        case OutOfRange():
            text = english.out_of_range(found, snapshot.registry)
            return Answer(QueryStatus.REFUSED, KIND, text, entities=(found.entity_id,))
        case NotAble():
            text = english.not_able(found, snapshot.registry)
            return Answer(QueryStatus.REFUSED, KIND, text, entities=found.entities)


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
