"""From a reading and the home as it is to an answer and its words.

`answer` is the way in: it has `verdicts` (yes or no, which, how many) or `figures` (states, readings, the highest) make
a `finding` of pure values and ids, and `english` say it. `past.answer_past` does so for
questions about the past, from a history.
"""

from workers.query.answering.answer import Answer, answer

__all__ = ["Answer", "answer"]
