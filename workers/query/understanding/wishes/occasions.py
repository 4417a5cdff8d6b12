"""Statements that no question asks in their words: rain, the time that a thing holds, an option that is chosen."""

from __future__ import annotations

from workers.query.understanding.names import Names
from workers.query.understanding.reading import Ask, Predicate, Question, Subject
from workers.query.understanding.tokens import Token, plainly
from workers.query.understanding.wishes.questions import Questions
from workers.query.understanding.wishes.said import Said
from workers.query.understanding.wishes.times import Times
from workers.query.understanding.wishes.wish import EntityTime
from workers.query.understanding.wishes.words import WishWords

_RAINY = "rainy"


class Occasions:
    """Reads such statements in one home."""

    def __init__(self, names: Names, words: WishWords, times: Times, questions: Questions) -> None:
        self._names, self._words, self._times, self._questions = names, words, times, questions

    def read(self, tokens: tuple[Token, ...]) -> Said | None:
        """What a statement says; None where it is none of these."""
        return (
            self._rain(tokens)
            or self._time_of_thing(tokens)
            or self._option(tokens)
            or self._armed(tokens)
            or self._in_it(tokens)
        )

    def _time_of_thing(self, tokens: tuple[Token, ...]) -> Said | None:
        """A thing that holds a time: "Anna's next alarm goes off"."""
        for end, entity_id in self._times.entity_time(tokens, 0):
            rest = " ".join(each.plain for each in tokens[end:])
            if not rest or self._words.keys("changes", rest):
                return Said(sudden=True, at=EntityTime(entity_id))
        return None

    def _option(self, tokens: tuple[Token, ...]) -> Said | None:
        """What is chosen: "the house mode changes to night"."""
        for start, end in self._questions.phrases(tokens, frozenset(self._words.keyed["changes"])):
            if self._words.keys("changes", " ".join(each.plain for each in tokens[start:end])) != ("to",):
                continue
            named = self._names.find([each for each in tokens[:start] if not self._words.is_one("hollow", each.plain)])
            chosen = [each for each in named.entities if each.startswith(("select.", "input_select."))] if named else []
            said = " ".join(each.word for each in tokens[end:])
            if len(chosen) == 1 and said:
                question = Question(Ask.CHECK, Subject((chosen[0],)), Predicate(raw=said))
                return Said(question, sudden=not self._words.is_one("lasting", tokens[start].plain) or end > start + 2)
        return None

    def _armed(self, tokens: tuple[Token, ...]) -> Said | None:
        """How an alarm is armed: "the alarm is armed in away mode"."""
        for start, end in self._questions.phrases(tokens, frozenset(self._words.keyed["changes"])):
            if "armed" not in self._words.keys("changes", " ".join(each.plain for each in tokens[start:end])):
                continue
            said = " ".join(each.plain for each in tokens[end:])
            named = self._names.find([each for each in tokens[:start] if not self._words.is_one("hollow", each.plain)])
            for mode in self._words.keys("arming", said) if named else ():
                panels = [each for each in named.entities if each.startswith("alarm_control_panel.")] if named else []
                if len(panels) == 1:
                    question = Question(Ask.CHECK, Subject((panels[0],)), Predicate(raw=f"armed_{mode}"))
                    return Said(question, sudden=True)
        return None

    def _in_it(self, tokens: tuple[Token, ...]) -> Said | None:
        """Somebody or nobody where a sensor would notice: "nobody is in bed"."""
        for section, state in (("somebody", "on"), ("nobody", "off")):
            length = self._questions.longest(self._words.listed[section], tokens, 0)
            end = length + self._questions.longest(self._words.listed["copulas"], tokens, length) if length else 0
            named = self._names.find(tokens[end:], loosely=False) if end > length else None
            seats = [self._names.registry.entities[each] for each in named.entities] if named else []
            if len(seats) == 1 and seats[0].device_class == "occupancy" and seats[0].domain == "binary_sensor":
                question = Question(Ask.CHECK, Subject((seats[0].entity_id,)), Predicate(raw=state))
                lasts = " ".join(each.plain for each in tokens[length:end])
                return Said(question, sudden=not self._words.is_one("lasting", lasts))
        return None

    def _rain(self, tokens: tuple[Token, ...]) -> Said | None:
        """Rain: a sensor that is called so, else the weather."""
        said = " ".join(each.plain for each in tokens)
        rains, stops = self._words.is_one("rain", said), self._words.is_one("no_rain", said)
        if not (rains or stops):
            return None
        predicate = Predicate("on" if rains else "off")
        names = self._words.listed["rain_names"]
        for entity_id, entity in self._names.registry.entities.items():
            if entity.domain == "binary_sensor" and names & {plainly(each) for each in (entity.name, *entity.aliases)}:
                return Said(Question(Ask.CHECK, Subject((entity_id,)), predicate), sudden=True)
        weather = next((each for each in self._names.registry.entities if each.startswith("weather.")), None)
        if weather is None:
            return None
        predicate = Predicate(raw=_RAINY, negated=stops)
        return Said(Question(Ask.CHECK, Subject((weather,)), predicate), sudden=True)
