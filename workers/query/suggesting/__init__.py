"""Suggestions for a query: patterns and synergies about the same things, in words, each with a sentence to send back.

`listing` asks the pattern worker for both and makes an `idea` of each, `subject` tells what a request is about,
`ranking` what of it comes first. `evidence` says what was seen and `wish` what to send back, with the names of
`calling` and the words of `doing`. `suggester` is what the handlers are given, `reply` the answer to a request.
"""

from workers.query.suggesting.listing import PatternAsker
from workers.query.suggesting.reply import suggestions
from workers.query.suggesting.suggester import Suggester

__all__ = ["PatternAsker", "Suggester", "suggestions"]
