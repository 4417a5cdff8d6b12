"""The names of a home: which entities, areas and floors some words may mean.

Names are data: they are only ever compared, never parsed. Words are compared joined together, so that "livingroom" and
"living room" are one name. An exact name wins over one without accents, that over one with another plural, and that
over a part of a name.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from shared.home import Area, Entity, Floor, Registry
from workers.query.meanings.kinds import KINDS, selected
from workers.query.meanings.measures import MEASURES
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.spelling import Alike, Speller, likeness, pairs
from workers.query.understanding.tokens import Token, fold, plain, singular, words

LONGEST = 16
"""Words of the longest name that is looked for; longer names are still found by their parts."""
PLURAL = 0.3
"""What a name costs that was said in another number."""
PART = 1.5
"""What a part of a name costs."""
_SAME, _FOLDED, _PLURAL, _SHORT, _PART = 0.0, 0.1, PLURAL, 0.8, PART
_ALIKE = 0.45
_TAILS = frozenset({Role.KIND, Role.EVENT, Role.MEASURE, Role.ATTRIBUTE})
_CHOSEN = frozenset({"select", "input_select", "number", "input_number"})
_KEPT, _SENTENCES = 1024, 64
"""How many of the last findings are kept: the same words are looked up again and again for one sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """What some words may mean. `cost` tells how far they are from a real name (0 is exact)."""

    entities: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    """Entities whose name is these words and a class word more: "Front door lock" for "front door"."""
    devices: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    cost: float = 0.0

    @property
    def place(self) -> bool:
        """Whether the words name an area or a floor."""
        return bool(self.areas or self.floors)

    @property
    def thing(self) -> bool:
        """Whether the words name an entity or a device."""
        return bool(self.entities or self.kin or self.devices)


@dataclass(slots=True)
class _Slot:
    entities: dict[str, None] = field(default_factory=dict)
    kin: dict[str, None] = field(default_factory=dict)
    devices: dict[str, None] = field(default_factory=dict)
    areas: dict[str, None] = field(default_factory=dict)
    floors: dict[str, None] = field(default_factory=dict)


class Names:
    """The index of all names of one registry in one language."""

    def __init__(self, registry: Registry, lexicon: Lexicon, more: frozenset[str] = frozenset()) -> None:
        """`more` are words of the language that are no part of a question: they are no typos either."""
        self.registry = registry
        self._lexicon = lexicon
        self._more = more
        self._slots: dict[str, _Slot] = {}
        self._loose: dict[str, dict[str, None]] = {}
        self._short: dict[str, _Slot] = {}
        self._having: dict[str, dict[str, None]] = {}
        self._place_words: set[str] = set()
        self._of_place: dict[str, dict[str, None]] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._tails = _tails(lexicon)
        self._position = {entity_id: at for at, entity_id in enumerate(registry.entities)}
        self._fill()
        self._keys = sorted({*self._slots, *self._loose, *self._short})
        self._speller: Speller | None = None
        self._find = lru_cache(_KEPT)(self._found_by)
        self._find_having = lru_cache(_KEPT)(self._found_having)
        self._find_place = lru_cache(_KEPT)(self._found_place)
        self._find_standing = lru_cache(_SENTENCES)(self._found_standing)
        self._correct = lru_cache(_KEPT)(self._corrected)

    def _fill(self) -> None:
        for floor in self.registry.floors.values():
            for name in (floor.name, *floor.aliases):
                self._add_place(name, floors=floor.floor_id)
        for area in self.registry.areas.values():
            for name in (area.name, *area.aliases):
                self._add_place(name, areas=area.area_id)
        for device in self.registry.devices.values():
            self._slot(words(device.name)[:LONGEST]).devices[device.device_id] = None
        for entity in self.registry.entities.values():
            if entity.domain != "zone":  # a zone is where people are, nothing that is asked about
                self._add_entity(entity)

    def _add_place(self, name: str, *, areas: str | None = None, floors: str | None = None) -> None:
        parts = words(name)[:LONGEST]
        self._place_words.update(singular(plain(each)) for each in parts)
        for part in parts if areas is not None and len(parts) > 1 else ():
            self._of_place.setdefault(singular(plain(part)), {})[areas or ""] = None
        slot = self._slot(parts)
        if areas is not None:
            slot.areas[areas] = None
        if floors is not None:
            slot.floors[floors] = None

    def _add_entity(self, entity: Entity) -> None:
        area = self.registry.areas.get(entity.area_id) if entity.area_id else None
        device = self.registry.devices.get(entity.device_id) if entity.device_id else None
        whole = f"{device.name} {entity.name}" if device and not entity.name.startswith(device.name) else None
        names = (*([whole] if whole else ()), entity.name, *entity.aliases)
        for name in names:
            parts = words(name)[:LONGEST]
            for part in parts:
                self._having.setdefault(singular(plain(part)), {})[entity.entity_id] = None
            if parts and not (whole and name == entity.name and self._is_class(parts)):
                self._slot(parts).entities[entity.entity_id] = None
                self._add_short(entity, parts, area)

    def _add_short(self, entity: Entity, parts: list[str], area: Area | None) -> None:
        """The name without its area, and without the word of its class."""
        plains = [plain(each) for each in parts]
        rest = _without(plains, area)
        if rest and not self._is_class(rest):
            self._short.setdefault(_loosely(rest), _Slot()).entities[entity.entity_id] = None
        for stem in (plains[: -len(tail)] for tail in self._class_tails(entity, plains)):
            if stem and not self._is_place(stem):
                self._short.setdefault(_loosely(stem), _Slot()).kin[entity.entity_id] = None

    def _is_place(self, stem: Sequence[str]) -> bool:
        """Whether words are the name of an area or a floor; those are filled in first."""
        slot = self._slots.get("".join(stem))
        return slot is not None and bool(slot.areas or slot.floors)

    def _is_class(self, rest: Sequence[str]) -> bool:
        """Whether words are only a word of the language, such as "light": too little for a name."""
        return " ".join(rest) in self._lexicon.phrases

    def _class_tails(self, entity: Entity, plains: list[str]) -> Iterable[list[str]]:
        """The last words of a name where they are a word of the entity's class."""
        for length in (1, 2):
            tail = plains[-length:]
            if len(plains) > length and any(_fits(key, entity) for key in self._tails.get(" ".join(tail), ())):
                yield tail

    def _slot(self, parts: Sequence[str]) -> _Slot:
        key = "".join(parts)
        if not key:
            return _Slot()
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = _Slot()
            plains = [plain(each) for each in parts]
            for loose in (fold("".join(plains)), _loosely(plains)):
                if loose != key:
                    self._loose.setdefault(loose, {})[key] = None
        return found

    def find(self, part: Sequence[Token], *, loosely: bool = True) -> Found | None:
        """What some words mean, by the best way to compare; `loosely` allows for plurals and parts of names."""
        return self._find(tuple(part), loosely)

    def _found_by(self, part: tuple[Token, ...], loosely: bool) -> Found | None:
        key = "".join(each.word for each in part)
        slot = self._slots.get(key)
        if slot:
            return self._found([slot], _SAME, self._short.get(_loosely([each.plain for each in part])))
        folded = fold("".join(each.plain for each in part))
        slots = self._alike(folded)
        if slots:
            return self._found(slots, _FOLDED)
        if not loosely:
            return None
        loose = _loosely([each.plain for each in part])
        slots = self._alike(loose)
        short = self._short.get(loose)
        if slots:
            return self._found(slots, _PLURAL, short)
        return self._found([short], _SHORT) if short else None

    def begins(self, part: Sequence[Token]) -> bool:
        """Whether a name may begin with some words; where not, no more words make them one."""
        plains = [each.plain for each in part]
        heads = {"".join(each.word for each in part), fold("".join(plains)), _loosely(plains)}
        return any(self._is_head(each) for each in heads)

    def _is_head(self, letters: str) -> bool:
        at = bisect_left(self._keys, letters)
        return at < len(self._keys) and self._keys[at].startswith(letters)

    def standing(self, tokens: Sequence[Token]) -> tuple[tuple[int, int], ...]:
        """Where in a sentence whole names stand (`find` without `loosely`): from which word up to which."""
        return self._find_standing(tuple(tokens))

    def _found_standing(self, tokens: tuple[Token, ...]) -> tuple[tuple[int, int], ...]:
        found: list[tuple[int, int]] = []
        for start in range(len(tokens)):
            for end in range(start + 1, min(start + LONGEST, len(tokens)) + 1):
                if self.find(tokens[start:end], loosely=False) is not None:
                    found.append((start, end))
                if not self.begins(tokens[start:end]):
                    break
        return tuple(found)

    def stem(self, part: Sequence[Token]) -> Found | None:
        """The entities whose name is a word of the language and a class word more: "Heat pump power"."""
        short = self._short.get(_loosely([each.plain for each in part]))
        return Found(kin=tuple(short.kin), cost=_SHORT) if short and short.kin else None

    def _alike(self, loose: str) -> list[_Slot]:
        keys = [loose] if loose in self._slots else []
        return [self._slots[key] for key in (*keys, *self._loose.get(loose, ()))]

    def _found(self, slots: Sequence[_Slot], cost: float, short: _Slot | None = None) -> Found:
        kin = dict.fromkeys(each for slot in slots for each in slot.kin)
        if short:
            kin |= short.kin | short.entities
        return Found(
            entities=tuple(dict.fromkeys(each for slot in slots for each in slot.entities)),
            kin=tuple(kin),
            devices=tuple(dict.fromkeys(each for slot in slots for each in slot.devices)),
            areas=tuple(dict.fromkeys(each for slot in slots for each in slot.areas)),
            floors=tuple(dict.fromkeys(each for slot in slots for each in slot.floors)),
            cost=cost,
        )

    def having(self, part: Sequence[Token]) -> Found | None:
        """The entities whose names, or their devices', have all of some words, not all of them common or places."""
        return self._find_having(tuple(part))

    def _found_having(self, part: tuple[Token, ...]) -> Found | None:
        plains = [singular(each.plain) for each in part]
        if not any(self._telling(each) for each in plains):
            return None
        with_them = [self._having.get(each, {}) for each in plains]
        found = {each for each in with_them[0] if all(each in others for others in with_them[1:])}
        if not found:
            return None
        return Found(entities=tuple(sorted(found, key=self._position.__getitem__)), cost=_PART)

    def place_having(self, part: Sequence[Token]) -> Found | None:
        """The one area whose name has all of some words, such as "412" of "Room 412"."""
        return self._find_place(tuple(part))

    def _found_place(self, part: tuple[Token, ...]) -> Found | None:
        with_them = [self._of_place.get(singular(each.plain), {}) for each in part]
        found = {each for each in with_them[0] if all(each in others for others in with_them[1:])}
        common = all(singular(each.plain) in self._common for each in part)
        return Found(areas=tuple(found), cost=_SHORT) if len(found) == 1 and not common else None

    def _telling(self, word: str) -> bool:
        return word not in self._place_words and word not in self._common and len(word) > 1

    @cached_property
    def _common(self) -> frozenset[str]:
        return frozenset(singular(each) for each in self._lexicon.vocabulary)

    def knows(self, token: Token) -> bool:
        """Whether a word is in the language or in any name: such a word is never taken for a typo."""
        return (
            token.plain in self._lexicon.known
            or token.plain in self._more
            or singular(token.plain) in self._having
            or singular(token.plain) in self._place_words
            or token.word in self._slots
            or bool(self._alike(fold(token.plain)))
        )

    def correct(self, token: Token) -> Token | None:
        """The word that was meant by an unknown one, where that is clear."""
        return self._correct(token)

    def _corrected(self, token: Token) -> Token | None:
        if self._speller is None:
            self._speller = Speller((*self._having, *self._place_words, *self._lexicon.vocabulary, *self._more))
        word = self._speller.correct(token.plain)
        if word is None or (word[0] != token.plain[0] and word in self._lexicon.vocabulary):
            return None
        return Token(word, word)

    def of_kind(self, key: str) -> frozenset[str]:
        """The ids of the entities whose names have a word of a kind."""
        if key not in self._kinds:
            said = self._lexicon.said(Role.KIND, key)
            self._kinds[key] = frozenset[str]().union(*(self._with_all(phrase.split()) for phrase in said))
        return self._kinds[key]

    def _with_all(self, phrase: list[str]) -> set[str]:
        first, *rest = (self._having.get(singular(each), {}) for each in phrase)
        return {each for each in first if all(each in other for other in rest)}

    def nearest(self, phrase: str, among: Iterable[str] | None = None, limit: int = 3) -> tuple[str, ...]:
        """The names most like a phrase, best first: of some entities, else of all and of the areas and floors."""
        if among is None:
            return self._alike_names.nearest(phrase, limit, _ALIKE)
        wanted = pairs(phrase)
        names = dict.fromkeys(self.registry.entities[each].name for each in among)
        return tuple(sorted(names, key=lambda name: -likeness(wanted, pairs(name)))[:limit])

    @cached_property
    def _alike_names(self) -> Alike:
        named: Iterable[Entity | Area | Floor] = (
            *self.registry.entities.values(), *self.registry.areas.values(), *self.registry.floors.values()
        )  # fmt: skip
        return Alike(name for each in named for name in (each.name, *each.aliases))


def _loosely(plains: Sequence[str]) -> str:
    return fold("".join(singular(each) for each in plains))


def _without(plains: list[str], area: Area | None) -> list[str]:
    """A name without the name of its area in front; empty where it does not start so."""
    for name in (area.name, *area.aliases) if area else ():
        place = [plain(each) for each in words(name)]
        if place and plains[: len(place)] == place:
            return plains[len(place) :]
    return []


def _tails(lexicon: Lexicon) -> dict[str, set[tuple[Role, str]]]:
    """The phrases of one or two words that name kinds, events, measures or attributes."""
    tails: dict[str, set[tuple[Role, str]]] = {}
    for phrase, meanings in lexicon.phrases.items():
        keys = {(word.role, word.key) for word in meanings if word.role in _TAILS}
        if keys and phrase.count(" ") < 2:  # noqa: PLR2004
            tails[phrase] = keys
    return tails


def _fits(key: tuple[Role, str], entity: Entity) -> bool:
    role, name = key
    if role is Role.ATTRIBUTE:
        return entity.domain in _CHOSEN
    if role is Role.MEASURE:
        return entity.domain == "sensor" and entity.device_class in MEASURES[name].classes
    kind = KINDS[name]
    return name != "thing" and (selected(entity, kind.selectors) or selected(entity, kind.named))
