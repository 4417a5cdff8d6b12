"""Values in words: lengths of time, clocks, numbers, texts, lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from workers.automation.explaining.english import phrases
from workers.automation.plan.duration import Duration
from workers.automation.plan.value import Data, Tagged, Template, Value

_LONGEST_TEXT: Final = 120
_FEW: Final = 8
"""Of a list; the others are counted."""
_MARKUP: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_CLOCK: Final = re.compile(r"-?(\d+):(\d\d)(?::(\d\d)(?:\.\d+)?)?")


def words(name: str) -> str:
    """A technical name as words: `cycle_ended` is cycle ended."""
    return " ".join(name.replace("_", " ").split())[:_LONGEST_TEXT]


def quoted(text: str) -> str:
    """A text in quotation marks, in one line; what a template puts into it is `…`."""
    if isinstance(text, Template):
        text = _MARKUP.sub("…", text)
        if not text.replace("…", "").strip():
            return phrases.COMPUTED
    line = " ".join(text.split())
    return phrases.QUOTED.format(line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…")


def value(given: Value) -> str:  # noqa: PLR0911 - one line a kind
    """A value of any shape, without quotation marks."""
    if given is None:
        return phrases.NOTHING
    if isinstance(given, bool):
        return phrases.YES if given else phrases.NO
    if isinstance(given, (int, float)):
        return number(given)
    if isinstance(given, (Tagged, Template)):
        return opaque(given)
    if isinstance(given, str):
        return words(given)
    if isinstance(given, Data):
        return listed([f"{words(key)} {value(each)}" for key, each in given.items()]) or phrases.NOTHING
    return listed([value(each) for each in given]) or phrases.NOTHING


def opaque(given: Tagged | Template) -> str:
    """What is known only when it is run, or stands elsewhere."""
    if isinstance(given, Template):
        return quoted(given)
    if given.tag == "!secret":
        return phrases.SECRET
    return phrases.FROM_BLUEPRINT.format(words(given.name)) if given.tag == "!input" else phrases.FROM_FILE


def number(given: float) -> str:
    """A number without needless digits."""
    return f"{given:.10g}"


def listed(parts: Sequence[str], last: str = phrases.AND) -> str:
    """`a, b and c`; of many the first, and how many more."""
    if len(parts) > _FEW:
        parts = [*parts[: _FEW - 1], f"{len(parts) - _FEW + 1} more"]
    if len(parts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def span(seconds: float) -> str:
    """A length of time: `1 hour 30 minutes`."""
    left = abs(seconds)
    if left and left % 1:
        return phrases.MILLISECONDS.format(round(left, 3))
    parts = []
    for unit, size in phrases.UNIT_WORDS:
        count, left = divmod(int(left), size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or phrases.NO_TIME


def duration(given: Duration) -> str:
    """A length of time in words, whatever its sign."""
    return phrases.SOME_TIME if given.seconds is None else span(given.seconds)


def seconds_of(given: Value) -> float | None:
    """The seconds of a field that is a length of time, None where that is not known."""
    if isinstance(given, bool):
        return None
    if isinstance(given, (int, float)):
        return float(given)
    if isinstance(given, Data) and given and all(isinstance(each, (int, float)) for each in given.values()):
        sizes = {f"{unit}s": size for unit, size in phrases.UNIT_WORDS} | {"milliseconds": 0.001}
        return sum(sizes.get(key, 0) * each for key, each in given.items() if isinstance(each, (int, float)))
    if type(given) is str and (found := _CLOCK.fullmatch(given)):
        hours, minutes, rest = found.groups()
        return 3_600 * int(hours) + 60 * int(minutes) + int(rest or 0)
    return None


def clock(given: str) -> str:
    """A time of day as a clock shows it; seconds only where there are any."""
    found = _CLOCK.fullmatch(given)
    if found is None:
        return words(given)
    hours, minutes, rest = found.groups()
    return f"{int(hours):02}:{minutes}" + (f":{rest}" if int(rest or 0) else "")


def weekdays(given: Iterable[str]) -> tuple[str, ...]:
    """Days in the order of the week, each once; empty where all of them are named."""
    said = set(given)
    found = tuple(day for day in phrases.WEEKDAYS if day in said)
    return () if len(found) == len(phrases.WEEKDAYS) else found


def sentence(text: str) -> str:
    """A sentence with a capital letter, and a full stop unless it ends with a mark."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":")) else text + "."
