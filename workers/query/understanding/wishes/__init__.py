"""From a sentence to a wish for an automation: what sets it off, what has to be so, and what is to be done.

`words` is the language of wishes, `times` reads what is said of time, `parts` takes a sentence apart, `statements`
reads what happens or has to be so with the reader of questions, `steps` what is to be done with the reader of orders,
`setting` decides what is the trigger, and `reader` puts it all together as a `Wish`, or says what is missing.
"""

from workers.query.understanding.wishes.reader import WishReader

__all__ = ["WishReader"]
