"""A sentence as orders. Built once for a registry and a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Cut, Sentence, corrected, cuts
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found, Names
from workers.query.understanding.orders.clauses import Clause, Group, clauses
from workers.query.understanding.orders.deeds import IMPLIED, domains, meaning
from workers.query.understanding.orders.order import CannotBe, Command, Deed, Missing, Order, Setting
from workers.query.understanding.orders.things import Meant, Problem, Things, Wanted
from workers.query.understanding.orders.words import remarks
from workers.query.understanding.reading import Ambiguous, NoPlace, NoSuchThing, UnknownName
from workers.query.understanding.subjects import Ids, Subjects
from workers.query.understanding.tokens import COMMA, STOP, Token

OrderReading = Command | Ambiguous | UnknownName | NoSuchThing | NoPlace | Missing | CannotBe
_MARGIN = 1.6
"""How much dearer a cut may be than one that was refused, and still be believed."""
_LONGEST_VERB, _LONGEST_NAME = 3, 8
_IMPLIED_BY_DEED: dict[Deed, str] = {
    Deed.ARM: "alarm_control_panel", Deed.DISARM: "alarm_control_panel", Deed.PAUSE: "media_player",
    Deed.PLAY: "media_player", Deed.NEXT: "media_player", Deed.PREVIOUS: "media_player", Deed.MUTE: "media_player",
    Deed.UNMUTE: "media_player", Deed.DOCK: "vacuum", Deed.LOCATE: "vacuum",
}  # fmt: skip
_BY_VERB = {"clean": "vacuum", "mow": "lawn_mower"}


_LONGEST_REMARK = 4
_CONDITIONS = frozenset({
    "if", "when", "whenever", "unless", "until", "while", "before", "after", "every", "only", "except", "or",
})  # fmt: skip
"""Words that make of a remark something that counts."""


class OrderReader:
    """Reads orders to one home in one language."""

    def __init__(self, subjects: Subjects, names: Names, words: Lexicon) -> None:
        self._subjects, self._names, self._words = subjects, names, words
        self._remarks = remarks(words.language)
        self._things = Things(subjects)

    def read(self, tokens: Sequence[Token], context: Context) -> OrderReading | None:
        """The orders of a sentence, or what is missing or wrong with them; None where it is none.

        `tokens` may hold commas and stops. All of a sentence is read or nothing.
        """
        tokens, spoken = self._without_remarks(tokens)
        if spoken and not context.remembered:
            context = replace(context, remembered=spoken)
        parts = self._parts(tokens)
        if len(parts) > 1:
            several = self._several(parts, context)
            if isinstance(several, Command):
                return several
            whole = self._one(tokens, context)
            return whole if isinstance(whole, Command) else several or whole
        return self._one(tokens, context)

    def _without_remarks(self, tokens: Sequence[Token]) -> tuple[Sequence[Token], Ids]:
        """The sentence without what only says why, and the things that were named there.

        A remark stands before or behind the order, apart by a comma or a stop, begins as one, and orders nothing.
        """
        pieces: list[list[Token]] = [[]]
        for token in tokens:
            pieces[-1].append(token)
            if token in {COMMA, STOP}:
                pieces.append([])
        pieces = [each for each in pieces if _trimmed(each)]
        kept = [each for each in pieces if not self._is_remark(_trimmed(each))]
        if not kept or len(kept) == len(pieces):
            return tokens, ()
        spoken: list[str] = []
        for each in pieces:
            if each not in kept:
                spoken += self._named_in(_trimmed(each))
        return [token for each in kept for token in each], tuple(dict.fromkeys(spoken))

    def _is_remark(self, piece: Sequence[Token]) -> bool:
        plains = [each.plain for each in piece]
        begins = any(" ".join(plains[:end]) in self._remarks for end in range(1, _LONGEST_REMARK + 1))
        return begins and not any(each in _CONDITIONS for each in plains)

    def _named_in(self, piece: Sequence[Token]) -> Ids:
        for length in range(len(piece), 0, -1):
            for at in range(len(piece) - length + 1):
                found = self._names.find(piece[at : at + length], loosely=False)
                if found is not None and found.entities:
                    return found.entities
        return ()

    def _several(self, parts: Sequence[Sequence[Token]], context: Context) -> OrderReading | None:
        found: list[Order] = []
        sure = 1.0
        for part in parts:
            before = found[-1].entities if found else context.remembered
            reading = self._one(part, Context(context.area_id, before, context.chosen))
            if not isinstance(reading, Command):
                return reading
            found += reading.orders
            sure = min(sure, reading.confidence)
        left = _but_left(found)
        return Command(left.orders, sure) if left is not None else None

    def _parts(self, tokens: Sequence[Token]) -> list[list[Token]]:
        """The sentence cut where a new order plainly begins: behind a joining word, with a verb."""
        parts: list[list[Token]] = [[]]
        at = 0
        while at < len(tokens):
            joined = self._joining(tokens, at)
            if joined and self._verb_at(tokens, at + joined) and not self._within_name(tokens, at):
                parts.append([])
                at += joined
                continue
            parts[-1].append(tokens[at])
            at += 1
        return [trimmed for part in parts if (trimmed := _trimmed(part))]

    def _joining(self, tokens: Sequence[Token], at: int) -> int:
        """How many tokens join there: a comma, "and", "and then"."""
        end = at
        while end < len(tokens) and (tokens[end] in {COMMA, STOP} or tokens[end].plain in {"and", "then", "also"}):
            end += 1
        return end - at if at else 0

    def _verb_at(self, tokens: Sequence[Token], at: int) -> bool:
        while at < len(tokens) and self._words.means(tokens[at].plain, Role.ORDER_FILLER):
            at += 1
        ends = range(at + 1, min(at + _LONGEST_VERB, len(tokens)) + 1)
        return any(self._words.means(" ".join(each.plain for each in tokens[at:end]), Role.VERB) for end in ends)

    def _within_name(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a name goes across the joining word, such as "Open and close"."""
        starts, ends = range(max(0, at - _LONGEST_NAME), at), range(at + 2, min(at + _LONGEST_NAME, len(tokens)) + 1)
        spans = ((start, end) for start in starts for end in ends)
        return any(self._names.find(tokens[start:end], loosely=False) for start, end in spans)

    def _one(self, tokens: Sequence[Token], context: Context) -> OrderReading | None:
        sentence = corrected(_trimmed(tokens), self._names, asked=False)
        refused: Problem | None = None
        limit = 1e9
        for cut in cuts(sentence, self._names, self._words):
            if cut.cost > limit:
                break
            reading = self._of_cut(cut, context)
            if isinstance(reading, Command):
                return Command(reading.orders, _sure(cut, sentence))
            if reading is not None and refused is None:
                refused, limit = reading, cut.cost + _MARGIN
        return refused

    def _of_cut(self, cut: Cut, context: Context) -> Command | Problem | None:
        found: list[Order] = []
        for clause in clauses(cut.spans):
            before = found[-1].entities if found else context.remembered
            orders = self._orders(clause, Context(context.area_id, before, context.chosen))
            if orders is None or not isinstance(orders, list):
                return orders
            found += orders
        return _but_left(found)

    def _orders(self, clause: Clause, context: Context) -> list[Order] | Problem | None:
        said = meaning(clause)
        if said is None:
            return self._alone(clause, context)
        deed, settings = said
        if deed is Deed.LEAVE and not clause.groups:
            return None
        wanted = Wanted(deed, domains(deed, settings), settings[0].what if len(settings) == 1 else "")
        if not wanted.domains:
            return None
        if not clause.groups:
            return self._implied(clause, wanted, settings, context)
        found: list[Order] = []
        for group in clause.groups:
            meant = self._things.find(group, wanted, context)
            if not isinstance(meant, Meant):
                return meant
            found.append(_order(deed, settings, meant, group))
        return _joined(found)

    def _alone(self, clause: Clause, context: Context) -> list[Order] | Problem | None:
        """A name and nothing more: a scene or a script is run by it."""
        if clause.verbs or clause.particles or clause.topics or len(clause.groups) != 1 or clause.groups[0].kinds:
            return None
        meant = self._things.find(clause.groups[0], Wanted(Deed.ACTIVATE, ("scene", "script")), context)
        return [_order(Deed.ACTIVATE, (), meant, clause.groups[0])] if isinstance(meant, Meant) else None

    def _implied(
        self, clause: Clause, wanted: Wanted, settings: tuple[Setting, ...], context: Context
    ) -> list[Order] | Problem | None:
        """An order that says no thing: what was spoken of, else the domain that the words imply."""
        remembered = tuple(each for each in context.remembered if wanted.able(self._subjects.entity(each)))
        if remembered:
            return [Order(wanted.deed, remembered, settings)]
        domain = next((IMPLIED[each] for each in clause.topics if each in IMPLIED), None)
        domain = domain or _IMPLIED_BY_DEED.get(wanted.deed) or _BY_VERB.get(clause.verbs[0] if clause.verbs else "")
        if domain is None and len(wanted.domains) == 1:
            domain = wanted.domains[0]
        if domain is None or domain not in wanted.domains:
            return Missing("things", wanted.deed)
        ids = self._of_domain(domain, context)
        if not ids:
            return NoSuchThing(domain)
        return [Order(wanted.deed, ids, settings, implied=True)]

    def _of_domain(self, domain: str, context: Context) -> Ids:
        entities = [each for each in self._subjects.registry.entities.values() if each.domain == domain]
        near = [each for each in entities if context.area_id is not None and each.area_id == context.area_id]
        return self._subjects.ordered(each.entity_id for each in near or entities)


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Without the commas and stops at both ends."""
    found = list(tokens)
    while found and found[-1] in {COMMA, STOP}:
        found.pop()
    while found and found[0] in {COMMA, STOP}:
        found.pop(0)
    return found


def _order(deed: Deed, settings: tuple[Setting, ...], meant: Meant, group: Group) -> Order:
    said = " ".join(span.phrase for span in group.things)
    only = group.states[0] if group.states else None
    return Order(deed, meant.entities, settings, only, meant.everything, place=meant.place, said=said)


def _but_left(orders: list[Order]) -> Command | None:
    """The orders without what is to be left as it is; alone, "leave the light on" is an order like others."""
    left = {each for order in orders if order.deed is Deed.LEAVE for each in order.entities}
    kept = [order for order in orders if order.deed is not Deed.LEAVE]
    if not left or not kept:
        return Command(tuple(kept)) if kept else None
    rest = [replace(order, entities=tuple(each for each in order.entities if each not in left)) for order in kept]
    return Command(tuple(order for order in rest if order.entities)) if any(each.entities for each in rest) else None


def _joined(orders: list[Order]) -> list[Order]:
    """The same deed on several groups as one order, where nothing else differs."""
    first = orders[0]
    if len(orders) == 1 or any((each.only, each.everything) != (None, False) for each in orders):
        return orders
    ids = tuple(dict.fromkeys(each for order in orders for each in order.entities))
    place = first.place if all(each.place == first.place for each in orders) else None
    return [Order(first.deed, ids, first.settings, place=place)]


def _sure(cut: Cut, sentence: Sentence) -> float:
    worst = max((span.item.cost for span in cut.spans if isinstance(span.item, Found)), default=0.0)
    return round(max(0.5, 1.0 - 0.12 * worst - 0.1 * len(sentence.typos)), 2)
