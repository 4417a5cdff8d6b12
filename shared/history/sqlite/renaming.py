"""Gives the past of an entity to the id that it has now."""

from __future__ import annotations

import sqlite3

_NUMBER = "SELECT id FROM entities WHERE entity_id = ?"
_DAYS = "SELECT day FROM entity_days WHERE entity = ?"
_MOVE = "UPDATE OR IGNORE events SET entity = :new WHERE day = :day AND entity = :old"
_DROP = "DELETE FROM events WHERE day = :day AND entity = :old"
_COUNT = """
    INSERT OR REPLACE INTO entity_days
    SELECT entity, day, count(*), max(at) FROM events WHERE day = :day AND entity = :new GROUP BY entity, day
"""
_FEWER = "UPDATE days SET events = events - :gone WHERE day = :day"
_MARK = "UPDATE days SET mark = random() WHERE day IN (SELECT day FROM entity_days WHERE entity = ?)"


def rename(connection: sqlite3.Connection, old: str, new: str) -> bool:
    """Do it within a transaction: what both ids have is there once afterwards. Gives whether the old one was known."""
    known, taken = connection.execute(_NUMBER, (old,)).fetchone(), connection.execute(_NUMBER, (new,)).fetchone()
    if known is None or old == new:
        return False
    connection.execute(_MARK, known)
    if taken is None:
        connection.execute("UPDATE entities SET entity_id = ? WHERE id = ?", (new, known[0]))
        return True
    for (day,) in connection.execute(_DAYS, known).fetchall():
        of = {"day": day, "old": known[0], "new": taken[0]}
        connection.execute(_MOVE, of)
        gone = connection.execute(_DROP, of).rowcount
        connection.execute(_COUNT, of)
        connection.execute(_FEWER, {"gone": gone, "day": day})
    connection.execute("DELETE FROM entity_days WHERE entity = ?", known)
    connection.execute("DELETE FROM entities WHERE id = ?", known)
    return True
