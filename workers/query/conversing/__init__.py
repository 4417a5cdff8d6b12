"""What goes on from sentence to sentence: what "it" is, what "and in the kitchen?" asks, what answers a question back.

`turn` is what is kept of one sentence, `memory` keeps them by session and by query, `following` reads a sentence after
another, `rewriting` puts its words into the one before, `refining` an answer to a question back.
"""
