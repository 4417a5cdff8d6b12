"""The home as it was: which time is meant, what held when, and what a question about it has for an answer.

`period` is a time as it was said, `calendar` makes moments of it in the home's zone, `steps` is what held when,
`records` reads it from the history, `durations`, `moments` and `readings` answer from it with a `finding`. No words:
those are in `answering`.
"""
