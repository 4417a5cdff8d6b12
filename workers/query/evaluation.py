"""A question and the home as it is in, a finding out."""

from collections.abc import Callable

from shared.home import Snapshot
from workers.query.figures import attribute_of, comparison_of, extreme_of, reading_of, state_of
from workers.query.finding import Finding
from workers.query.reading import Ask, Question
from workers.query.verdicts import check, count, place, rooms, which, yes_no


def evaluate(question: Question, snapshot: Snapshot) -> Finding:
    """The finding for a question."""
    return _EVALUATORS.get(question.ask, yes_no)(question, snapshot)


_EVALUATORS: dict[Ask, Callable[[Question, Snapshot], Finding]] = {
    Ask.CHECK: check,
    Ask.WHICH: which,
    Ask.ROOMS: rooms,
    Ask.COUNT_ROOMS: rooms,
    Ask.COUNT: count,
    Ask.STATE: state_of,
    Ask.MEASURE: reading_of,
    Ask.ATTRIBUTE: attribute_of,
    Ask.PLACE: place,
    Ask.EXTREME: extreme_of,
    Ask.COMPARE: comparison_of,
}
