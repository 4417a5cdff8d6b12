"""From a reading to an answer: evaluated against the home as it is now, and put into words.

`respond` is the front door; `answer` takes questions about now, `orders` commands, `past` questions about the past,
`talk` the rest. The words are in `english*`.
"""

from workers.query.answering.answer import Answer, answer
from workers.query.answering.respond import respond

__all__ = ["Answer", "answer", "respond"]
