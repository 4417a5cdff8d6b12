"""From a sentence about the past to its question and its time.

`words` are the language's words for it, `times` finds the time that is said, and `reader` takes both out of the
sentence, so that what is left can be read as if it were asked of now.
"""
