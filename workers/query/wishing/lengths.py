"""Times of day and lengths of time as Home Assistant writes them."""

from datetime import time, timedelta


def clock(at: time) -> str:
    """A time of day: `06:45:00`."""
    return at.strftime("%H:%M:%S")


def duration(length: timedelta) -> str:
    """A length of time, perhaps below zero: `00:03:00`, `-00:30:00`; a day and more in hours."""
    seconds = round(abs(length.total_seconds()))
    sign = "-" if length < timedelta() else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
