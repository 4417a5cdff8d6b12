"""From a sentence to orders: what is to be done, to which things, and what they are to be set to.

`words` is the language of orders; `clauses` puts the pieces of a cut together, one clause an order; `things` finds what
is meant in the home; `reader` makes a `Command` of them, or says what is missing.
"""

from workers.query.understanding.orders.reader import OrderReader

__all__ = ["OrderReader"]
