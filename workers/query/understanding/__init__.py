"""From a sentence to a reading: what was said, of which entities. Knows a home's names, not its states.

The front is `reader.Understanding`. It tries, in this order:

1. `talk`: smalltalk, praise and blame, what-ifs, tricks.
2. `wishes`: something shall happen whenever something is so; `orders`: something shall be done now.
3. `now`: a question about now; `past`: about a time.
4. `upstream`: Home Assistant's own sentences; `asides`: the clock, lists, timers; `languages`: not English at all.

All of them cut a sentence alike: `tokens` (the words), `cuts` (the ways to cut it into names and words of a lexicon,
best first; names are found by `names`, typos mended by `spelling`), then sort the pieces of a cut (`draft` for
questions, `orders/clauses` for orders) and find the entities that are meant (`subjects` in the places of `scope`). The
first cut that makes sense of every word wins. The words of a language are in `sentences/`.
"""

from workers.query.understanding.reader import Understanding

__all__ = ["Understanding"]
