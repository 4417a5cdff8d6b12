"""A sentence as orders. Built once for a registry and a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Cut, Sentence, corrected, cuts
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found, Names
from workers.query.understanding.orders.clauses import Clause, Group, clauses
from workers.query.understanding.orders.deeds import IMPLIED, domains, meaning
from workers.query.understanding.orders.limits import Limits
from workers.query.understanding.orders.order import CannotBe, Command, Deed, Missing, Order, Setting
from workers.query.understanding.orders.remarks import Remarks, trimmed
from workers.query.understanding.orders.things import Meant, Problem, Things, Wanted
from workers.query.understanding.orders.words import told
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


_TWO = 2
Chosen = frozenset[tuple[frozenset[str], Ids]]
_KEPT = 64
"""How many of the last readings are kept: a wish is tried in several ways that have orders in common."""


class OrderReader:
    """Reads orders to one home in one language."""

    def __init__(self, subjects: Subjects, names: Names, words: Lexicon) -> None:
        self._subjects, self._names, self._words = subjects, names, words
        self._answers = told(words.language, "answers")
        self._remarks, self._limits = Remarks(names, words.language), Limits(names, words)
        self._things = Things(subjects)
        self._read = lru_cache(_KEPT)(self._found)

    def read(self, tokens: Sequence[Token], context: Context) -> OrderReading | None:
        """The orders of a sentence, or what is missing or wrong with them; None where it is none.

        `tokens` may hold commas and stops. All of a sentence is read or nothing.
        """
        return self._read(tuple(tokens), context.area_id, context.remembered, frozenset(context.chosen.items()))

    def _found(
        self, tokens: Sequence[Token], area_id: str | None, remembered: Ids, chosen: Chosen
    ) -> OrderReading | None:
        if self._limits.passed(tokens):
            return None
        context = Context(area_id, remembered, dict(chosen))
        tokens, spoken = self._remarks.left_aside(tokens)
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
            ends = joined and tokens[at] is STOP
            if joined and (ends or self._verb_at(tokens, at + joined)) and not self._within_name(tokens, at):
                parts.append([])
                at += joined
                continue
            parts[-1].append(tokens[at])
            at += 1
        return [left for part in parts if (left := trimmed(part))]

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
        sentence = corrected(trimmed(tokens), self._names, asked=False)
        refused: Problem | None = None
        limit = 1e9
        for cut in cuts(sentence, self._names, self._words):
            if cut.cost > limit:
                break
            if len(cut.spans) == 1 and self._limits.told(cut.spans[0], sentence):
                continue
            reading = self._of_cut(cut, context)
            if isinstance(reading, Command):
                if self._limits.partly(sentence.tokens) and not all(_graded(each) for each in reading.orders):
                    return None
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
        wanted = Wanted(deed, domains(deed, settings), settings[0].what if len(settings) == 1 else "")
        implied = next((IMPLIED[each] for each in clause.topics if IMPLIED.get(each) in wanted.domains), None)
        if implied is not None:
            wanted = replace(wanted, domains=(implied,))  # "stop the music in the kitchen"
        if not wanted.domains or (deed is Deed.LEAVE and not clause.groups):
            return None
        if not clause.groups:
            return self._implied(clause, wanted, settings, context)
        found: list[Order] = []
        for group in clause.groups:
            meant = self._things.find(group, wanted, context)
            if not isinstance(meant, Meant):
                return meant
            if group.pair and len(meant.entities) != _TWO:
                return Ambiguous(meant.entities)
            found.append(_order(deed, settings, meant, group))
        return _either(found) if clause.either else _joined(found)

    def _alone(self, clause: Clause, context: Context) -> list[Order] | Problem | None:
        """A name and nothing more: a scene or a script is run by it."""
        if clause.verbs or clause.particles or clause.topics or len(clause.groups) != 1 or clause.groups[0].kinds:
            return None
        if all(span.phrase in self._answers for span in clause.groups[0].things):
            return None  # whoever says "yes" answers something, whatever is called so
        if clause.settings or clause.modes or clause.raw or clause.rooms or clause.groups[0].excepted:
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
        if domain is None and wanted.what == "temperature":
            return self._thermostat(wanted, settings, context)
        if domain is None or domain not in wanted.domains:
            return Missing("things", wanted.deed)
        ids = self._of_domain(domain, context)
        if not ids:
            return NoSuchThing(domain)
        return [Order(wanted.deed, ids, settings, implied=True)]

    def _thermostat(
        self, wanted: Wanted, settings: tuple[Setting, ...], context: Context
    ) -> list[Order] | Problem | None:
        """A temperature for no thing: that of the one thermostat, or of the asker's room."""
        ids = self._of_domain("climate", context)
        if not ids:
            return NoSuchThing("climate")
        ids = ids if len(ids) == 1 else context.choice(ids) or ()
        return [Order(wanted.deed, ids, settings)] if ids else Ambiguous(self._of_domain("climate", context))

    def _of_domain(self, domain: str, context: Context) -> Ids:
        entities = [each for each in self._subjects.registry.entities.values() if each.domain == domain]
        near = [each for each in entities if context.area_id is not None and each.area_id == context.area_id]
        return self._subjects.ordered(each.entity_id for each in near or entities)


def _order(deed: Deed, settings: tuple[Setting, ...], meant: Meant, group: Group) -> Order:
    said = " ".join(span.phrase for span in group.things)
    only = group.states[0] if group.states else None
    return Order(
        deed, meant.entities, settings, only, meant.everything, sweeping=meant.sweeping, place=meant.place, said=said
    )


def _graded(order: Order) -> bool:
    """Whether it can be done a bit: made brighter, and not opened."""
    whole = any(each.split(".")[0] in {"cover", "valve"} for each in order.entities)
    return any(each.step and (each.value is not None or not whole) for each in order.settings)


def _but_left(orders: list[Order]) -> Command | None:
    """The orders without what is to be left as it is; alone, "leave the light on" is an order like others."""
    left = {each for order in orders if order.deed is Deed.LEAVE for each in order.entities}
    kept = [order for order in orders if order.deed is not Deed.LEAVE]
    if not left or not kept:
        return Command(tuple(kept)) if kept else None
    rest = [replace(order, entities=tuple(each for each in order.entities if each not in left)) for order in kept]
    return Command(tuple(order for order in rest if order.entities)) if any(each.entities for each in rest) else None


def _either(orders: list[Order]) -> Ambiguous | None:
    """The question which of the things that were left to choose."""
    found = tuple(dict.fromkeys(each for order in orders for each in order.entities))
    return Ambiguous(found) if len(orders) >= _TWO else None


def _joined(orders: list[Order]) -> list[Order]:
    """The same deed on several groups as one order, where nothing else differs."""
    first = orders[0]
    if len(orders) == 1 or any((each.only, each.everything, each.sweeping) != (None, False, False) for each in orders):
        return orders
    ids = tuple(dict.fromkeys(each for order in orders for each in order.entities))
    place = first.place if all(each.place == first.place for each in orders) else None
    return [Order(first.deed, ids, first.settings, place=place)]


def _sure(cut: Cut, sentence: Sentence) -> float:
    worst = max((span.item.cost for span in cut.spans if isinstance(span.item, Found)), default=0.0)
    return round(max(0.5, 1.0 - 0.12 * worst - 0.1 * len(sentence.typos)), 2)
