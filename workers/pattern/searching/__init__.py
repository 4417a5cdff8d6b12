"""The way of an analysis: which days are counted, in a thread or in a process of its own, and what comes of it."""
