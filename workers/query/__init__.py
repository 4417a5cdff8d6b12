"""The query worker: answers questions about the home, from the home as it is."""
