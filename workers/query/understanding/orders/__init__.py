"""From a sentence to orders: what is to be done, to which things, and what they are to be set to.

`words` is the language of orders; `remarks` are left aside, and `limits` keep a sentence from being an order; `clauses`
puts the pieces of a cut together, one clause an order, `beside` says what a piece is by its neighbours; `things` finds
what is meant in the home; `reader` makes a `Command` of them, or says what is missing.
"""

from workers.query.understanding.orders.reader import OrderReader

__all__ = ["OrderReader"]
