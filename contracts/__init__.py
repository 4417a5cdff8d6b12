"""The messages of HomeIQ: what may be said on which topic, by whom, and in which shape.

Pydantic only: no I/O, and nothing here imports from `shared` or `workers`. `contracts.catalogue` lists everything.
"""
