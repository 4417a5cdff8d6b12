"""What a piece of an order is by what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

from workers.query.understanding.cuts import Span
from workers.query.understanding.lexicon import Role, Word

_TENS = 20
_ENDS = frozenset({"1", "100"})
_STANDING = frozenset({"locked", "unlocked", "open", "closed", "playing"})
_SWITCHING = frozenset({"on", "off"})


def role_of(span: Span) -> Role | None:
    """The role of a word; None of a name."""
    return span.item.role if isinstance(span.item, Word) else None


def chooses(span: Span) -> bool:
    """Whether it is an "or"."""
    return isinstance(span.item, Word) and span.item.role is Role.JOIN and span.item.key == "or"


def describes(part: Sequence[Span], at: int) -> bool:
    """Whether a word says which things and not what they become: "lock the unlocked doors"."""
    after = part[at + 1] if at + 1 < len(part) else None
    stands = role_of(part[at]) is Role.PARTICLE and _key(part[at]) in _STANDING
    return at > 0 and stands and after is not None and (role_of(after) is Role.KIND or after.thing.thing)


def names_an_option(part: Sequence[Span], at: int) -> bool:
    """Whether a word that nobody knows says which: "candle effect"."""
    after = part[at + 1].item if at + 1 < len(part) else None
    return isinstance(after, Word) and after.role is Role.SETTING and after.key in {"effect", "preset", "source"}


def counts(part: Sequence[Span], at: int) -> bool:
    """Whether a number says how many, which no order can: "two lights", "half of the lights", "the bedroom one"."""
    item, before = part[at].item, role_of(part[at - 1]) if at else None
    after = part[at + 1] if at + 1 < len(part) else None
    if not isinstance(item, Word) or item.role not in {Role.NUMBER, Role.LEVEL} or before in {Role.TO, Role.BY}:
        return False
    if after is None or item.role is Role.LEVEL:
        shares = item.role is Role.LEVEL and item.key not in _ENDS
        share = shares and any(role_of(each) is Role.VERB for each in part)
        return after is not None and share and _several(after)
    return role_of(after) in {Role.KIND, Role.REFERENCE, Role.EVERY, Role.OTHER} or after.thing.thing


def _several(span: Span) -> bool:
    plural = isinstance(span.item, Word) and span.item.role is Role.KIND and span.item.plural
    return plural or role_of(span) in {Role.EVERY, Role.REFERENCE}


def goes_on(before: float | None, number: float) -> bool:
    """Whether a number word goes on: "twenty" and "two"."""
    return before is not None and before >= _TENS and before % 10 == 0 and 0 < number < 10  # noqa: PLR2004


def _key(span: Span) -> str:
    return span.item.key if isinstance(span.item, Word) else ""


def attributive(part: Sequence[Span], at: int) -> bool:
    """Whether a state chooses among things: "the open windows", "the lights that are on"."""
    before = role_of(part[at - 1]) if at else None
    after = part[at + 1] if at + 1 < len(part) else None
    if before is Role.VERB and part[at - 1].end == part[at].start and part[at].phrase in _SWITCHING:
        return False  # "turn off lights" is no order to lights that are off
    beside = after is not None and after.start == part[at].end
    return before is Role.RELATIVE or (
        beside and after is not None and (role_of(after) is Role.KIND or after.thing.thing)
    )
