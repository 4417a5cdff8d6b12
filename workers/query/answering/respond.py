"""Any reading but those of the past, and the home as it is, an answer out."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.home import Snapshot
from workers.query.answering.answer import Answer, answer
from workers.query.answering.asides import answer_aside
from workers.query.answering.orders import answer_cannot, answer_command, answer_missing
from workers.query.answering.talk import answer_other_language, answer_talk
from workers.query.answering.wishes import answer_impossible, answer_missing_part, answer_wish
from workers.query.understanding.asides.aside import Aside
from workers.query.understanding.languages import OtherLanguage
from workers.query.understanding.orders.order import CannotBe, Command, Missing
from workers.query.understanding.reader import AnyReading
from workers.query.understanding.talk import Said
from workers.query.understanding.wishes.wish import MissingPart, NotPossible, Wish


def respond(  # noqa: PLR0911 (one a reading)
    reading: AnyReading, snapshot: Snapshot, sentence: str = "", now: datetime | None = None
) -> Answer:
    """The answer to a reading; an automation has the `sentence` as its description. The past takes a history."""
    if isinstance(reading, Aside):
        return answer_aside(reading, snapshot, now or datetime.now(UTC))
    match reading:
        case Command():
            return answer_command(reading, snapshot)
        case Missing():
            return answer_missing(reading)
        case CannotBe():
            return answer_cannot(reading, snapshot.registry)
        case Wish():
            return answer_wish(reading, sentence, snapshot)
        case MissingPart():
            return answer_missing_part(reading)
        case NotPossible():
            return answer_impossible(reading)
        case Said():
            return answer_talk(reading)
        case OtherLanguage():
            return answer_other_language(reading)
        case _:
            return answer(reading, snapshot)
