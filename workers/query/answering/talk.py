"""What is answered to talk, to what-ifs and to tricks."""

from __future__ import annotations

from contracts.query import QueryStatus
from workers.query.answering import english_talk as english
from workers.query.answering.answer import Answer
from workers.query.understanding.languages import OtherLanguage
from workers.query.understanding.talk import Said, Talk


def answer_talk(said: Said) -> Answer:
    """The answer; a what-if and a trick are refused."""
    if said.talk in {Talk.WHAT_IF, Talk.TRICK}:
        return Answer(QueryStatus.REFUSED, said.talk.value, english.REFUSALS[said.talk])
    return Answer(QueryStatus.ANSWERED, said.talk.value, english.REPLIES[said.key], confidence=1.0)


def answer_other_language(reading: OtherLanguage) -> Answer:
    """That a sentence seems to be of another language than is known."""
    return Answer(QueryStatus.NOT_UNDERSTOOD, "language", english.OTHER_LANGUAGE.format(reading.language))
