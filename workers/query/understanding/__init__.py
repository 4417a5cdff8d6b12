"""From a sentence to a reading: what was asked, of which entities. Knows a home's names, not its states.

The order of steps, all called by `reader.Understanding`:

1. `tokens`: the sentence as words; `reach`: by how it begins it may be an order or a wish, which is no question.
2. `cuts`: the ways to cut it into names (`names`, typos mended by `spelling`) and words of the language (`lexicon`,
   from `sentences/`), best first.
3. `draft`: the pieces of one cut, sorted by what they do: what is asked, of which things, where, in which state.
4. `readers`: a draft becomes a `reading` (a `Question`, something to ask back, or why there is nothing to answer), with
   the entities that `subjects` finds in the places of `scope`. The first cut that makes sense wins.
5. `upstream`: what no cut makes sense of is tried with the sentences of Home Assistant's own assistant.
"""

from workers.query.understanding.reader import Understanding

__all__ = ["Understanding"]
