"""Which things of the home a group of words means, of those that can follow an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from shared.home import Entity
from workers.query.meanings.states import meant
from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Cut, Span
from workers.query.understanding.draft import draft
from workers.query.understanding.lexicon import Role, Word
from workers.query.understanding.names import PART
from workers.query.understanding.orders.clauses import Group
from workers.query.understanding.orders.order import CannotBe, Deed, Missing
from workers.query.understanding.reading import Ambiguous, NoPlace, NoSuchThing, UnknownName
from workers.query.understanding.scope import Scope
from workers.query.understanding.subjects import Ids, Subjects
from workers.query.understanding.tokens import fold, plainly, singular

EVERYTHING = ("light", "switch", "fan", "media_player", "humidifier", "siren", "climate")
"""What "everything" is, where it is switched."""
_KINDS_OF_ALL: dict[Deed, tuple[str, ...]] = {
    Deed.OPEN: ("cover",), Deed.CLOSE: ("cover",), Deed.LOCK: ("lock",), Deed.UNLOCK: ("lock",),
}  # fmt: skip
_PLACE_ALONE = {"brightness": "light", "color": "light", "kelvin": "light", "temperature": "climate"}
Problem = Ambiguous | UnknownName | NoSuchThing | NoPlace | Missing | CannotBe


@dataclass(frozen=True, slots=True)
class Meant:
    """The things that are meant, and the name of the place."""

    entities: Ids
    place: str | None = None
    everything: bool = False
    sweeping: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order needs of its things."""

    deed: Deed
    domains: tuple[str, ...]
    what: str = ""
    """What is set, where one thing only: temperature, brightness."""

    def able(self, entity: Entity) -> bool:
        """Whether an entity's domain can follow."""
        return entity.domain in self.domains


class Things:
    """Finds what is meant in one home."""

    def __init__(self, subjects: Subjects) -> None:
        self.subjects = subjects

    def find(self, group: Group, wanted: Wanted, context: Context) -> Meant | Problem:
        """The things of a group that are meant."""
        scope = self._scope(group, context)
        if scope is None:
            return NoPlace()
        if scope.nowhere:
            return UnknownName(_words(group))
        if group.unknown:
            return UnknownName(" ".join(span.phrase for span in group.unknown))
        found = self._found(group, wanted, scope, context)
        if not isinstance(found, Meant) or not group.excepted:
            return found
        return self._but(found, group, scope, context)

    def _found(self, group: Group, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:  # noqa: PLR0911
        if group.other:
            return self._other(group, wanted, scope, context)
        if group.every and len(group.things) == 1 and (kind := self._kind_of(group.things[0])) is not None:
            return self._of_kinds(replace(group, things=[], kinds=[kind]), wanted, scope, context)
        if group.things:
            return self._named(group, wanted, scope, context)
        if any(kind.key == "thing" for kind in group.kinds):
            others = [kind for kind in group.kinds if kind.key != "thing"]
            if not others:
                return self._everything(wanted, scope)
            group = replace(group, kinds=others, every=True)  # "everything that is a light"
        if group.kinds:
            return self._of_kinds(group, wanted, scope, context)
        if group.reference is not None and context.remembered:
            return self._referred(group, wanted, scope, context)
        if group.placed and wanted.deed is Deed.LEAVE:
            entities = self.subjects.registry.entities.values()
            return Meant(tuple(each.entity_id for each in entities if wanted.able(each) and scope.holds(each)))
        if group.placed:
            return self._of_place(wanted, scope, context)
        return Missing("things", wanted.deed)

    def _referred(self, group: Group, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:
        """What "it" is: what was spoken of, or, with another place, what is like it there."""
        pool = self._like(context.remembered, scope) if group.placed else context.remembered
        able = tuple(each for each in pool if wanted.able(self.subjects.entity(each)))
        if not able:
            return CannotBe(wanted.deed, context.remembered, group.reference or "")
        one = self._one(able, context) if group.placed else able
        return one if isinstance(one, Ambiguous) else Meant(one, scope.label)

    def _scope(self, group: Group, context: Context) -> Scope | None:
        found = draft(Cut(tuple(group.places), 0.0), asked=False)
        found.spots = list(group.spots)
        return self.subjects.places.scope(found, context.area_id, context.remembered)

    def _kind_of(self, span: Span) -> Word | None:
        """The kind that a name is a plural of: "all the blinds", though one of them is called "Blinds"."""
        meanings = self.subjects.lexicon.phrases.get(span.phrase, ())
        return next((each for each in meanings if each.role is Role.KIND and each.plural), None)

    # -- by name -------------------------------------------------------------------------------------------------------

    def _named(self, group: Group, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:
        ids: list[str] = []
        for span in group.things:
            fits = self._fits(group, wanted)
            candidates = self.subjects.of_thing(span.thing, fits)
            if not candidates:
                other = self._unable(span, wanted)
                if not isinstance(other, Meant):
                    return other
                candidates = other.entities
            inside = self.subjects.within(candidates, scope)
            if not inside:
                return NoSuchThing(span.phrase, scope.label, among=candidates, elsewhere=True)
            several = group.every or self._several(span.phrase, inside)
            one = inside if several else self._one(self._likeliest(inside, wanted), context)
            if span.thing.cost >= PART and not isinstance(one, Ambiguous) and self._run(one):
                one = context.choice(one) or Ambiguous(one)  # a part of a name is too little to run a scene by
            if isinstance(one, Ambiguous):
                return one
            ids += one
        return Meant(self.subjects.ordered(ids), scope.label)

    def _run(self, ids: Ids) -> bool:
        """Whether they are run: nobody knows all that a scene or a script does."""
        return any(self.subjects.entity(each).domain in {"scene", "script", "automation"} for each in ids)

    def _several(self, phrase: str, ids: Ids) -> bool:
        """Whether a name was said in the plural: "the towel rails"."""
        last = phrase.rsplit(maxsplit=1)[-1]
        if len(ids) < 2 or singular(last) == last:  # noqa: PLR2004
            return False
        names = (
            name for each in ids for name in (self.subjects.entity(each).name, *self.subjects.entity(each).aliases)
        )
        said = {plainly(name).split()[-1] for name in names if plainly(name)}
        return last not in said and singular(last) in said

    def _fits(self, group: Group, wanted: Wanted) -> Callable[[Entity], bool]:
        if not group.kinds:
            return wanted.able
        kinds = [kind.key for kind in group.kinds]
        allowed = set(self.subjects.of_kinds(kinds, Scope()))
        return lambda entity: wanted.able(entity) and entity.entity_id in allowed

    def _unable(self, span: Span, wanted: Wanted) -> Meant | Problem:
        ids = self.subjects.of_thing(span.thing, lambda _: True)
        if wanted.deed in {Deed.LOCK, Deed.UNLOCK} and (locks := self._locks_of(span)):
            return Meant(locks) if len(locks) == 1 else Ambiguous(locks)
        return CannotBe(wanted.deed, ids, span.phrase) if ids else UnknownName(span.phrase)

    def _locks_of(self, span: Span) -> Ids:
        """The locks whose names begin as a door's does: "Haustürschloss" of the "Haustür"."""
        said = fold(span.phrase.replace(" ", ""))
        entities = (each for each in self.subjects.registry.entities.values() if each.domain == "lock")
        return tuple(
            each.entity_id
            for each in entities
            if any(fold(plainly(name).replace(" ", "")).startswith(said) for name in (each.name, *each.aliases))
        )

    def _likeliest(self, ids: Ids, wanted: Wanted) -> Ids:
        """Of several entities of one device, or of one name, the one whose domain is likeliest for the deed."""
        devices = {self.subjects.entity(each).device_id for each in ids}
        if len(ids) < 2 or len(devices) != 1 or None in devices:  # noqa: PLR2004
            return ids
        first = min(wanted.domains.index(self.subjects.entity(each).domain) for each in ids)
        return tuple(each for each in ids if self.subjects.entity(each).domain == wanted.domains[first])

    def _one(self, ids: Ids, context: Context) -> Ids | Ambiguous:
        """The one that is meant by a singular: of several that of the asker's room, else it is asked back."""
        if len(ids) == 1:
            return ids
        near = tuple(each for each in ids if self.subjects.entity(each).area_id == context.area_id) or ids
        if len(near) == 1:
            return near
        return context.choice(near) or Ambiguous(self.subjects.ordered(near))

    # -- by kind -------------------------------------------------------------------------------------------------------

    def _of_kinds(self, group: Group, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:
        kinds = list(dict.fromkeys(kind.key for kind in group.kinds))
        state = {Deed.LOCK: "locked", Deed.UNLOCK: "unlocked"}.get(wanted.deed)
        everywhere = self.subjects.of_kinds(kinds, scope, state)
        found = tuple(each for each in everywhere if wanted.able(self.subjects.entity(each)))
        found = self._narrowed(self._in_state(found, group), kinds)
        if not found:
            if everywhere:
                return CannotBe(wanted.deed, everywhere, kinds[0])
            return NoSuchThing(kinds[0], scope.label, among=self.subjects.of_kinds(kinds, Scope()))
        if group.plural:
            if context.area_id is not None and not group.placed and not group.every:
                found = tuple(each for each in found if self.subjects.entity(each).area_id == context.area_id) or found
            return Meant(found, scope.label)
        if len(found) == 1 < len(everywhere) and wanted.deed is Deed.OPEN:  # what can be opened is not what was meant
            one = context.choice(found) or Ambiguous(found)
        else:
            one = self._one(found, context)
        return one if isinstance(one, Ambiguous) else Meant(one, scope.label)

    def _narrowed(self, ids: Ids, kinds: Sequence[str]) -> Ids:
        """Those of just this class, where there are any: a blind is rather a blind than a shade."""
        exact = [each for each in ids if self.subjects.entity(each).device_class in kinds]
        named = {each for key in kinds for each in self.subjects.names.of_kind(key)}
        return tuple(each for each in ids if each in exact or each in named) if exact else ids

    def _in_state(self, ids: Ids, group: Group) -> Ids:
        """Those of which the state can be said; which are in it now is looked up later."""
        if not group.states:
            return ids
        return tuple(each for each in ids if meant(group.states[0], self.subjects.entity(each)))

    def _everything(self, wanted: Wanted, scope: Scope) -> Meant | Problem:
        domains = _KINDS_OF_ALL.get(wanted.deed, EVERYTHING if wanted.deed in {Deed.ON, Deed.OFF} else wanted.domains)
        entities = self.subjects.registry.entities.values()
        ids = [each.entity_id for each in entities if each.domain in domains and scope.holds(each)]
        if not ids:
            return NoSuchThing("thing", scope.label)
        return Meant(self.subjects.ordered(ids), scope.label, everything=scope.areas is None)

    def _of_place(self, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:
        """A place alone: what is set tells what is meant there, else it is asked."""
        domain = _PLACE_ALONE.get(wanted.what) or (wanted.domains[0] if len(wanted.domains) == 1 else None)
        if wanted.what in {"", "mode"} and wanted.domains[:1] == ("climate",):
            domain = "climate"
        if wanted.deed is Deed.SET and wanted.what == "" and wanted.domains[:1] == ("light",):
            warmed = "climate" in wanted.domains and any(
                each.domain == "climate" and scope.holds(each) for each in self.subjects.registry.entities.values()
            )
            domain = "climate" if warmed else "light"  # a bare number is degrees where there is a thermostat
        if wanted.deed in {Deed.OPEN, Deed.CLOSE}:
            domain = "cover"
        if domain is None:
            return Missing("kind", wanted.deed, place=scope.label)
        entities = self.subjects.registry.entities.values()
        ids = self.subjects.ordered(each.entity_id for each in entities if each.domain == domain and scope.holds(each))
        if not ids:
            return NoSuchThing(domain, scope.label)
        if domain == "light" or wanted.deed is not Deed.SET:
            return Meant(ids, scope.label)
        one = self._one(ids, context)
        return one if isinstance(one, Ambiguous) else Meant(one, scope.label)

    # -- the others ----------------------------------------------------------------------------------------------------

    def _other(self, group: Group, wanted: Wanted, scope: Scope, context: Context) -> Meant | Problem:
        """The other one: of the same kind and place as what was spoken of, without that."""
        before = context.remembered
        if not before:
            return Missing("things", wanted.deed)
        kinds = [kind.key for kind in group.kinds]
        pool = self.subjects.of_kinds(kinds, scope) if kinds else self._like(before, scope)
        able = (each for each in pool if wanted.able(self.subjects.entity(each)))
        left = tuple(each for each in able if each not in before)
        if not left:
            return Missing("things", wanted.deed)
        if group.plural:
            return Meant(left)
        one = self._one(self._most_like(left, before), context)
        return one if isinstance(one, Ambiguous) else Meant(one)

    def _most_like(self, ids: Ids, before: Ids) -> Ids:
        """Those whose names share the most words with what was spoken of."""
        said = {word for each in before for word in plainly(self.subjects.entity(each).name).split()}
        shared = {each: len(said & set(plainly(self.subjects.entity(each).name).split())) for each in ids}
        return tuple(each for each in ids if shared[each] == max(shared.values()))

    def _like(self, before: Iterable[str], scope: Scope) -> Ids:
        spoken = [self.subjects.entity(each) for each in before]
        domains, areas = {each.domain for each in spoken}, {each.area_id for each in spoken}
        pool = (
            each for each in self.subjects.registry.entities.values() if each.domain in domains and scope.holds(each)
        )
        return tuple(each.entity_id for each in pool if scope.areas is not None or each.area_id in areas)

    def _but(self, found: Meant, group: Group, scope: Scope, context: Context) -> Meant | Problem:
        """Without what an "except" leaves out; what it names has to be among them."""
        out: set[str] = set()
        for each in group.excepted:
            gone: Iterable[str]
            if isinstance(each, Word) and each.role is Role.PLACE:
                spot = self._scope(Group(spots=[each.key]), context) or Scope()
                gone = (one for one in found.entities if spot.holds(self.subjects.entity(one)))
            elif isinstance(each, Word):
                gone = self.subjects.of_kinds([each.key], Scope())
            elif each.thing.place:
                place = self.subjects.places.named([each])
                gone = (one for one in found.entities if place.holds(self.subjects.entity(one)))
            else:
                gone = (*each.thing.entities, *each.thing.kin, *self.subjects.of_thing(each.thing, lambda _: True))
            left = set(gone) & set(found.entities)
            if not left and (isinstance(each, Word) or not each.thing.thing):
                return UnknownName(each.key if isinstance(each, Word) else each.phrase)
            out |= left
        rest = tuple(each for each in found.entities if each not in out)
        return Meant(rest, scope.label, sweeping=found.everything) if rest else Missing("things")


def _words(group: Group) -> str:
    return " ".join(span.phrase for span in (*group.things, *group.places, *group.unknown))
