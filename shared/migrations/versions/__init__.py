"""One module a revision, written by hand, oldest first."""
