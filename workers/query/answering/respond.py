"""Any reading but those of the past, and the home as it is, an answer out."""

from __future__ import annotations

from shared.home import Snapshot
from workers.query.answering.answer import Answer, answer
from workers.query.answering.orders import answer_cannot, answer_command, answer_missing
from workers.query.answering.talk import answer_talk
from workers.query.understanding.orders.order import CannotBe, Command, Missing
from workers.query.understanding.reader import AnyReading
from workers.query.understanding.talk import Said


def respond(reading: AnyReading, snapshot: Snapshot) -> Answer:
    """The answer to a reading. The past takes a history: `answer_past`."""
    match reading:
        case Command():
            return answer_command(reading, snapshot)
        case Missing():
            return answer_missing(reading)
        case CannotBe():
            return answer_cannot(reading, snapshot.registry)
        case Said():
            return answer_talk(reading)
        case _:
            return answer(reading, snapshot)
