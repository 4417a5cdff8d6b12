"""What a sentence is where it is no question: an order, a wish for an automation. Only its form is looked at."""

from collections.abc import Sequence

from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Names
from workers.query.understanding.reading import Reach
from workers.query.understanding.tokens import Token

_LONGEST = 6
_POLITE = 2
_SURE_ORDERS = frozenset({"turn", "switch", "dim", "brighten"})


def reach(tokens: Sequence[Token], names: Names, lexicon: Lexicon, *, asked: bool) -> Reach | None:
    """Whether a sentence is an order or a wish by how it begins; None where it may be a question."""
    plains = [each.plain for each in tokens]
    start, opened = _opening(plains, lexicon)
    if start >= len(plains):
        return None
    if _wishes(plains, start, lexicon):
        return Reach.WISH
    length = _longest(plains, start, lexicon, Role.ORDER)
    if (
        not length
        or _lists(plains, start, lexicon)
        or _names_a_thing(tokens, start, names)
        or _asks_state(plains, start + length, lexicon)
    ):
        return None
    if asked and not opened and plains[start] not in {*_SURE_ORDERS, "set"}:
        return None
    return Reach.WISH if _anywhere(plains, start, lexicon, Role.WISH) else Reach.ORDER


def reach_at_last(tokens: Sequence[Token], lexicon: Lexicon) -> Reach | None:
    """What an unread sentence may have been, by any word in it."""
    plains = [each.plain for each in tokens]
    start, _ = _opening(plains, lexicon)
    if _longest(plains, start, lexicon, Role.ORDER) or _SURE_ORDERS & set(plains):
        return Reach.WISH if _anywhere(plains, 0, lexicon, Role.WISH) else Reach.ORDER
    return None


def _opening(plains: list[str], lexicon: Lexicon) -> tuple[int, bool]:
    """Where a sentence begins after its politeness, and whether it asked for something to be done."""
    at, opened = 0, False
    while at < len(plains):
        opening, filler = _longest(plains, at, lexicon, Role.OPENING), _filler(plains, at, lexicon)
        if opening > filler:
            at, opened = at + opening, True
        elif filler and at + filler < len(plains):
            at, opened = at + filler, opened and filler < _POLITE
        else:
            break
    return at, opened


def _filler(plains: list[str], start: int, lexicon: Lexicon) -> int:
    """The words of the longest filler that starts somewhere: "can you tell me" opens a question, "can you" an order."""
    for end in range(min(start + _LONGEST, len(plains)), start, -1):
        if lexicon.means(" ".join(plains[start:end]), Role.FILLER):
            return end - start
    return 0


def _longest(plains: list[str], start: int, lexicon: Lexicon, role: Role) -> int:
    """The words of the longest phrase of a role that starts somewhere; 0 where there is none."""
    phrases = lexicon.alone[role]
    for end in range(min(start + _LONGEST, len(plains)), start, -1):
        if " ".join(plains[start:end]) in phrases:
            return end - start
    return 0


def _anywhere(plains: list[str], start: int, lexicon: Lexicon, role: Role) -> bool:
    return any(_longest(plains, at, lexicon, role) for at in range(start, len(plains)))


def _wishes(plains: list[str], start: int, lexicon: Lexicon) -> bool:
    length = _longest(plains, start, lexicon, Role.WISH)
    if not length:
        return False
    following = plains[start + 1] if start + 1 < len(plains) else ""
    asks = lexicon.means(following, Role.AUXILIARY) or lexicon.means(following, Role.PAST) or following in {"will", ""}
    return not asks


def _lists(plains: list[str], start: int, lexicon: Lexicon) -> bool:
    """Whether the words up to there ask for a list: "show me the open windows" opens none."""
    return any(
        word.role is Role.ASK and word.key == "which"
        for at in range(start)
        for word in lexicon.phrases.get(" ".join(plains[at:start]), ())
    )


def _asks_state(plains: list[str], start: int, lexicon: Lexicon) -> bool:
    """Whether "status" follows: "lock status" is no order."""
    following = plains[start] if start < len(plains) else ""
    return any(word.role is Role.ASK and word.key == "state" for word in lexicon.phrases.get(following, ()))


def _names_a_thing(tokens: Sequence[Token], start: int, names: Names) -> bool:
    """Whether a name of several words starts there, such as "Play room"."""
    ends = range(start + 2, min(start + 5, len(tokens)) + 1)
    return any(names.find(tokens[start:end], loosely=False) is not None for end in ends)
