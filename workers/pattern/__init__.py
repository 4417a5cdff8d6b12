"""The pattern worker: what happens again and again in the home."""
