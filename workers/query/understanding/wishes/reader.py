"""A sentence as a wish for an automation. Built once for a registry and a language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from workers.query.understanding.context import Context
from workers.query.understanding.lexicon import Lexicon
from workers.query.understanding.names import Names
from workers.query.understanding.orders import OrderReader
from workers.query.understanding.orders import words as order_words
from workers.query.understanding.orders.order import CannotBe, Missing
from workers.query.understanding.past import words as past_words
from workers.query.understanding.reading import Ambiguous, NoPlace, NoSuchThing, NotApplicable, UnknownName
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.tokens import COMMA, STOP, Token, plain, plainly
from workers.query.understanding.tokens import words as words_of
from workers.query.understanding.wishes.asking import Asking, QuestionReader
from workers.query.understanding.wishes.attempt import Attempt, done_to, hoisted, is_motion, several_wishes, worded
from workers.query.understanding.wishes.parts import Clause, Parts, Unit
from workers.query.understanding.wishes.said import Heard
from workers.query.understanding.wishes.setting import Setting
from workers.query.understanding.wishes.statements import Statements, text
from workers.query.understanding.wishes.steps import Steps, undone
from workers.query.understanding.wishes.times import Once, Times
from workers.query.understanding.wishes.wish import (
    Do,
    MissingPart,
    NotPossible,
    Step,
    Wait,
    WaitUntil,
    Wish,
)
from workers.query.understanding.wishes.words import WishWords

WishReading = (
    Wish
    | MissingPart
    | NotPossible
    | Ambiguous
    | UnknownName
    | NoSuchThing
    | NotApplicable
    | NoPlace
    | Missing
    | CannotBe
)
LONGEST_WISH = 80
"""Words; a longer text is no wish."""
_MOST_SPLITS = 24
_STARTING = frozenset({"trigger", "or", "implied", "after", "without"})
_IN_ROOMS = frozenset({"motion", "occupancy", "somebody"})
_TELLING = (Ambiguous, MissingPart, NotPossible, Missing, CannotBe, NotApplicable, NoSuchThing, NoPlace, UnknownName)
"""What is told of a wish that could not be read, the most helpful first."""
_UNREAD = UnknownName("")
"""Words of which nothing can be told."""


class WishReader:
    """Reads wishes for automations of one home in one language."""

    def __init__(
        self, subjects: Subjects, names: Names, question_reader: QuestionReader, orders: OrderReader, words: WishWords
    ) -> None:
        """`names` should know the words of wishes (`words.vocabulary`), so that none of them is taken for a typo."""
        language = subjects.lexicon.language
        past, said = past_words.load(language), order_words.load(language)
        if past is None or said is None:
            raise ValueError(f"there are no words for orders and times in {language!r}: add them to sentences/")
        self._words, self._names = words, names
        self._times = Times(names, words, past)
        self._parts = Parts(names, words, said, self._times)
        self._said: Lexicon = said
        self._known = words.vocabulary | said.vocabulary | past.vocabulary
        self._past = past
        self._statements, self._ask = Statements(names, words, self._times), question_reader
        self._steps = Steps(names, words, self._parts, self._times, orders)

    def _says_when(self, tokens: Sequence[Token], units: Sequence[Unit]) -> bool:
        """Whether a sentence may be a wish, by its form alone: not a question, and something says when."""
        plains = [each.plain for each in tokens]
        if any(self._words.is_one("asking", " ".join(plains[:end])) for end in range(1, min(4, len(plains)) + 1)):
            return False
        return self._clearly(units) or next(self._parts.splits(units), None) is not None

    def _clearly(self, units: Sequence[Unit]) -> bool:
        """Whether it has a link, or a time that orders have: "today" alone may be asked of, too."""
        linked = any(each.kind == "link" for each in units)
        timed = any(each.piece is not None and not isinstance(each.piece, Once) for each in units)
        ordered = any(self._parts.begins(units, at) for at in range(len(units)))
        return linked or timed or (ordered and any(each.piece is not None for each in units))

    def read(self, tokens: Sequence[Token], context: Context) -> WishReading | None:
        """The wish of a sentence, or what is missing or wrong with it; None where it is none.

        `tokens` are those with commas and stops (`marks=True`). All of a sentence is read or nothing.
        """
        if not tokens or len(tokens) > LONGEST_WISH:
            return None
        units = self._parts.units(tokens)
        if not self._says_when(tokens, units):
            return None
        known = self._corrected(tokens)
        units = units if known == list(tokens) else self._parts.units(known)
        refused: list[WishReading] = []
        clearly = self._clearly(units)
        ask = Asking(self._ask, context)
        for clauses in islice(self._parts.splits(units), _MOST_SPLITS):
            reading = self._attempt(clauses, ask)
            if isinstance(reading, Wish):
                return reading
            if reading is not None and reading is not _UNREAD and clearly:
                refused.append(reading)
        return next((each for kind in _TELLING for each in refused if isinstance(each, kind)), None)

    def _corrected(self, tokens: Sequence[Token]) -> list[Token]:
        """With the typos corrected that are clear, as in questions; marks and the words of wishes are none."""
        found = list(tokens)
        strange = [
            at
            for at, each in enumerate(found)
            if each not in {COMMA, STOP} and each.number is None and each.plain not in self._known
            and not any(letter.isdigit() for letter in each.plain) and not self._names.knows(each)
        ]  # fmt: skip
        for at in strange if len(strange) <= 4 else ():  # noqa: PLR2004 (with more of them it is noise)
            better = self._names.correct(found[at])
            found[at] = Token(found[at].word, better.plain) if better else found[at]
        return found

    # -- one way to split it -------------------------------------------------------------------------------------------

    def _attempt(self, clauses: tuple[Clause, ...], ask: Asking) -> WishReading | None:
        begun = any(each.kind in _STARTING for each in clauses)
        clauses = tuple(self._in_course(clauses, begun=begun))
        if several_wishes(clauses):
            return None
        found, context = Attempt(), ask.context
        acting_first = bool(clauses) and clauses[0].kind == "action" and worded(clauses[0].units)
        found.told = next(
            (text(each.units) for each in clauses if each.kind in {"trigger", "or", "implied", "without"}), ""
        )
        actions = [each for each in clauses if each.kind == "action"]
        if acting_first:
            early = self._act(actions, found, context)
            if early is not None and not isinstance(early, Missing):
                return early
            acting_first = early is None
        spoken = done_to(found.steps) if acting_first else ()
        problem = self._listen(clauses, found, ask, spoken)
        if problem is not None:
            return problem
        if not acting_first:
            found.steps.clear()
            about = tuple(
                dict.fromkeys(one for _, heard in found.heard for said in heard.said for one in said.entities)
            )
            about += tuple(each for each in self._moving_parts(about) if each not in about)
            problem = self._act(actions, found, replace(context, remembered=about or context.remembered))
            if problem is not None:
                return problem
        return self._whole(clauses, found, context)

    def _moving_parts(self, entity_ids: Sequence[str]) -> Iterator[str]:
        """The locks of doors and windows that only a sensor was spoken of: "when the front door closes, lock it"."""
        entities = self._names.registry.entities
        sensors = [entities[each] for each in entity_ids if each.startswith("binary_sensor.")]
        for each in entities.values() if sensors else ():
            words = set(plainly(each.name).split())
            if each.domain == "lock" and any(set(plainly(one.name).split()) <= words for one in sensors):
                yield each.entity_id

    def _in_course(self, clauses: Sequence[Clause], *, begun: bool) -> Iterator[Clause]:
        """The clauses, the times that are waited for marked."""
        acted = False
        for each in clauses:
            if each.kind != "action":
                yield each
                continue
            yield replace(each, units=self._steps.later(each.units, begun=begun, acted=acted))
            acted = acted or worded(each.units)

    def _act(self, actions: Sequence[Clause], found: Attempt, context: Context) -> WishReading | None:
        about = tuple(one for _, heard in found.heard for said in heard.said for one in said.entities)
        for clause in actions:
            spoken = done_to(found.steps) or context.remembered
            steps = self._steps.read(clause.units, replace(context, remembered=spoken), found.told, about)
            if not isinstance(steps, tuple):
                return steps if steps is not None else _UNREAD
            found.steps += steps
        return None

    def _listen(
        self, clauses: Sequence[Clause], found: Attempt, ask: Asking, spoken: tuple[str, ...]
    ) -> WishReading | None:
        """What the clauses say that happens or has to be so."""
        for clause in clauses:
            if clause.kind == "action":
                found.pieces += [each.piece for each in clause.units if hoisted(each) and each.piece is not None]
                continue
            units = clause.units if clause.kind != "without" else (self._none(), *clause.units)
            heard = self._statements.read(self._there(units, spoken), ask, spoken)
            if not isinstance(heard, Heard):
                return heard if heard is not None else _UNREAD
            if clause.kind == "until" and len(list(Setting(self._words).until(heard))) != 1:
                return _UNREAD
            found.heard.append((clause.kind, heard))
        return None

    def _there(self, units: Sequence[Unit], spoken: tuple[str, ...]) -> tuple[Unit, ...]:
        """With the name of the room for "there": where what is ordered is."""
        entities, areas = self._names.registry.entities, self._names.registry.areas
        rooms = {entities[each].area_id for each in spoken}
        area = areas.get(next(iter(rooms)) or "") if len(rooms) == 1 else None
        found: list[Unit] = []
        for at, each in enumerate(units):
            if area is not None and at and units[at - 1].kind == "word" and self._words.is_one("theirs", each.plain):
                found.append(Unit("word", tuple(Token(one, plain(one)) for one in words_of(area.name))))
            else:
                found.append(each)
        return tuple(found)

    def _none(self) -> Unit:
        no = self._words.said["no"]
        return Unit("word", (Token(no, no),))

    def _whole(self, clauses: Sequence[Clause], found: Attempt, context: Context) -> WishReading | None:
        setting = Setting(self._words)
        for piece in found.pieces:
            setting.add(piece)
        for kind, heard in found.heard:
            setting.hear(kind, heard)
        built = setting.built()
        if not isinstance(built, tuple):
            return built
        triggers, conditions = built
        if all(isinstance(each, Wait | WaitUntil) for each in found.steps):
            return MissingPart("action")
        where = self._where(clauses, found, context)
        if where is not None:
            return where
        steps = tuple(self._until(found))
        if setting.ends is not None:
            ended = undone(steps[-1].command) if isinstance(steps[-1], Do) else None
            if ended is None:
                return NotPossible("undo")
            steps = (*steps, WaitUntil(setting.ends), Do(ended))
        motion = any(is_motion(each) for _, heard in found.heard for said in heard.said for each in said.entities)
        waits = any(isinstance(each, Wait | WaitUntil) for each in steps)
        sure = min((each.command.confidence for each in steps if isinstance(each, Do)), default=1.0)
        return Wish(triggers, conditions, steps, "restart" if motion and waits else "single", sure)

    def _where(self, clauses: Sequence[Clause], found: Attempt, context: Context) -> Ambiguous | None:
        """Motion that is said of no room, though what is ordered is in one that has a sensor: which is meant."""
        if any(self._words.is_one("anywhere", each.plain) for clause in clauses for each in clause.units):
            return None
        entities = self._names.registry.entities
        areas = {entities[each].area_id for step in found.steps if isinstance(step, Do) for each in done_to([step])}
        for subject in (said.question.subject for _, heard in found.heard for said in heard.said if said.question):
            several = subject.plural and subject.place is None and set(subject.kinds) & _IN_ROOMS
            near = [each for each in subject.entities if {entities[each].area_id} == areas]
            if several and near and len(subject.entities) > 1 and context.choice(subject.entities) is None:
                return Ambiguous(subject.entities)
        return None

    def _until(self, found: Attempt) -> Iterator[Step]:
        """The steps; what is done until something happens ends then."""
        yield from found.steps
        for kind, heard in found.heard:
            if kind != "until":
                continue
            last = next((each for each in reversed(found.steps) if isinstance(each, Do)), None)
            ended = undone(last.command) if last else None
            for trigger in Setting(self._words).until(heard):
                yield WaitUntil(trigger)
            if ended is not None:
                yield Do(ended)
