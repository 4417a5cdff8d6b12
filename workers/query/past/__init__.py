"""The home as it was: which time is meant, what held when, and what a question about it has for an answer.

`period` is a time as it was said, `calendar` makes moments of it in the home's zone, `steps` is what held when,
`records` reads it from the history, `ending` tells where that ends, `condition` what had to be so at the same time;
`durations`, `moments`, `readings` and `causes` answer with a `finding`. No words: those are in `answering`.
"""
