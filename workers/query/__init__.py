"""The query worker: answers questions about the home, from the home as it is.

`understanding` reads a sentence, `answering` answers what was read, both by the tables of `meanings`. `current` keeps
the understanding of the home as it is now, `store` saves what was asked, `worker` has the handlers.
"""
