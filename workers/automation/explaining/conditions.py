"""Conditions as clauses: `Hall lamp is on`, and as their opposite: `Hall lamp is not on`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from workers.automation.explaining.changes import attribute_of, limit, numeric_subject, state_text, unit_of
from workers.automation.explaining.details import with_data
from workers.automation.explaining.devices import device_condition
from workers.automation.explaining.english import phrases
from workers.automation.explaining.english.states import plural, wording
from workers.automation.explaining.moments import moment
from workers.automation.explaining.naming import Names
from workers.automation.explaining.purpose import purpose_condition
from workers.automation.explaining.templates import Said, told_by
from workers.automation.explaining.values import duration, listed, quoted, value, weekdays, words
from workers.automation.plan import conditions as kinds
from workers.automation.plan.conditions import BaseCondition, Condition
from workers.automation.plan.triggers import Trigger
from workers.automation.plan.value import Data, Tagged, Template

Because = Callable[[Sequence[Trigger], Names], list[str]]
"""Triggers as reasons: `because Anna comes home`."""


class Checks:
    """Tells conditions of one automation, whose triggers they may ask for."""

    def __init__(self, names: Names, triggers: Sequence[Trigger] = (), because: Because | None = None) -> None:
        self.names, self.triggers, self.because = names, triggers, because

    def all_of(self, conditions: Sequence[Condition]) -> str:
        """All of them in one clause: `a and b`."""
        active = [each for each in conditions if each.enabled is not False]
        return self._joined(active, phrases.AND, holds=True, outermost=True)

    def told(self, condition: Condition | Said, *, holds: bool = True, outermost: bool = False) -> str:
        """One condition in a clause."""
        if isinstance(condition, (kinds.AndCondition, kinds.OrCondition, kinds.NotCondition)):
            every = isinstance(condition, kinds.AndCondition)
            inner = holds is not isinstance(condition, kinds.NotCondition)
            every = holds if isinstance(condition, kinds.NotCondition) else every is holds
            active = [each for each in condition.conditions if each.enabled is not False]
            clause = self._joined(active, phrases.AND if every else phrases.OR, holds=inner, outermost=outermost)
        elif isinstance(condition, kinds.TemplateCondition):
            clause = self._template(condition, holds, outermost=outermost)
        elif isinstance(condition, kinds.TimeCondition) and condition.weekday and (condition.after or condition.before):
            days, hours = kinds.TimeCondition(weekday=condition.weekday), condition.model_copy(update={"weekday": ()})
            clause = self._joined((hours, days), phrases.AND if holds else phrases.OR, holds=holds, outermost=outermost)
        else:
            clause = _KINDS[type(condition)](self, condition, holds)
        return phrases.IF_ENABLED.format(clause) if condition.enabled is not True else clause

    def _joined(self, conditions: Sequence[Condition], how: str, *, holds: bool, outermost: bool) -> str:
        if how == phrases.AND and holds:
            conditions = self._flat(conditions)
        if not conditions:
            return phrases.ALWAYS if (how == phrases.AND) else phrases.NEVER
        alone = outermost and len(conditions) == 1
        parts = [self.told(each, holds=holds, outermost=alone) for each in conditions]
        idle, decisive = (phrases.ALWAYS, phrases.NEVER) if how == phrases.AND else (phrases.NEVER, phrases.ALWAYS)
        if decisive in parts:
            return decisive
        parts = [each for each in parts if each != idle] or [idle]
        if len(parts) == 1:
            return parts[0]
        if how == phrases.OR:
            if outermost and (bare := self._bare(conditions, holds=holds)) is not None:
                return phrases.EITHER.format(phrases.OR_ELSE.join(bare))
            return phrases.EITHER.format(f" {how} ".join(parts))
        text = f" {how} ".join(parts) if len(parts) == 2 else f"{', '.join(parts[:-1])} {how} {parts[-1]}"  # noqa: PLR2004
        return text if outermost else phrases.BOTH.format(text)

    def _bare(self, conditions: Sequence[Condition], *, holds: bool) -> list[str] | None:
        """Alternatives with their `and`s in the open, where there is one that a comma can set apart; else None."""
        told = [(self.told(each, holds=holds), self.told(each, holds=holds, outermost=True)) for each in conditions]
        apart = [part == phrases.BOTH.format(bare) for part, bare in told]
        nested = any(phrases.EITHER.format("") in part or phrases.IF_ENABLED.format("") in part for part, _ in told)
        if nested or not any(apart) or phrases.NEVER in [part for part, _ in told]:
            return None
        return [bare if is_apart else part for (part, bare), is_apart in zip(told, apart, strict=True)]

    def _flat(self, conditions: Sequence[Condition]) -> list[Condition]:
        """Conditions that all must hold, with those within an `and` among them, a template's too."""
        found: list[Any] = []
        for each in conditions:
            inner: Any = each
            if isinstance(each, kinds.TemplateCondition) and each.enabled is True:
                inner = told_by(each.value_template, self.names, self.triggers) or each
            if isinstance(inner, kinds.AndCondition) and inner.enabled is True and inner.conditions:
                found += self._flat([part for part in inner.conditions if part.enabled is not False])
            else:
                found.append(inner)
        return found

    # -- one kind each -------------------------------------------------------------------------------------------------

    def _state(self, condition: kinds.StateCondition, holds: bool) -> str:
        every = (condition.match == "all") is holds and len(condition.entity_id) > 1
        none, several = every and not holds, every and holds and condition.attribute is None
        subject = _some(self.names, condition.entity_id, every=every, none=none)
        domain = condition.entity_id[0].partition(".")[0] if condition.entity_id else ""
        kind = self.names.home.device_class(condition.entity_id[0]) if condition.entity_id else None
        if domain == "sun":
            subject = phrases.THE_SUN
        if condition.attribute is not None:
            subject, domain, kind = attribute_of(condition.attribute, subject), "", None
        if domain == "zone" and len(condition.entity_id) == 1 and condition.state == ("0",):
            return phrases.NOBODY_HOME if holds else phrases.SOMEBODY_HOME
        spoken = []
        for each in condition.state:
            if isinstance(each, (Template, Tagged)):
                spoken.append((phrases.IS if holds or none else phrases.IS_NOT).format("", value(each)).strip())
                continue
            known = wording(domain, kind, state_text(each))
            lasting = known.lasts if holds or none else known.lasts.replace("has ", "has not ", 1)
            spoken.append(lasting if condition.for_ is not None else known.holds if holds or none else known.fails)
        if several:
            spoken = [plural(each) for each in spoken]
        told = phrases.HOLDS.format(subject, _one_of_states(spoken, holds=holds or none))
        return told if condition.for_ is None else phrases.FOR.format(told, duration(condition.for_))

    def _numeric(self, condition: kinds.NumericStateCondition, holds: bool) -> str:
        what = (condition.entity_id, condition.attribute, condition.value_template)
        if (people := _at_home(condition)) is not None:
            return phrases.SOMEBODY_HOME if people is holds else phrases.NOBODY_HOME
        subject = numeric_subject(*what, self.names)
        if len(condition.entity_id) > 1:
            some = _some(self.names, condition.entity_id, every=holds)
            several = holds and condition.attribute is None
            subject = some if condition.attribute is None else attribute_of(condition.attribute, some)
        else:
            several = False
        unit = unit_of(*what, self.names)
        above, below = (limit(each, unit, self.names) for each in (condition.above, condition.below))
        if condition.above is not None and condition.below is not None:
            told = phrases.BETWEEN.format(above, below)
        else:
            told = phrases.ABOVE.format(above) if condition.above is not None else phrases.BELOW.format(below)
        text = (phrases.IS if holds else phrases.IS_NOT).format(subject, told)
        return _agreeing(text, subject, several=several)

    def _time(self, condition: kinds.TimeCondition, holds: bool) -> str:
        told = []
        if condition.after is not None and condition.before is not None:
            told.append(
                phrases.BETWEEN.format(moment(condition.after, self.names), moment(condition.before, self.names))
            )
        elif condition.after is not None:
            told.append(phrases.AFTER_TIME.format(moment(condition.after, self.names)))
        elif condition.before is not None:
            told.append(phrases.BEFORE_TIME.format(moment(condition.before, self.names)))
        if (days := weekdays(condition.weekday)) or not told:
            told.append(_days(days))
        it = phrases.IT_IS if holds else phrases.IT_IS_NOT
        return f" {phrases.AND if holds else phrases.OR} ".join(it.format(each) for each in told)

    def _sun(self, condition: kinds.SunCondition, holds: bool) -> str:
        after = _shifted(condition.after, condition.after_offset)
        before = _shifted(condition.before, condition.before_offset)
        if after and before:
            told = phrases.BETWEEN.format(after, before)
        else:
            told = (phrases.AFTER_TIME if after in _BARE else phrases.LATER).format(after)
            if not after:
                told = (phrases.BEFORE_TIME if before in _BARE else phrases.EARLIER).format(before)
        return (phrases.IT_IS if holds else phrases.IT_IS_NOT).format(told)

    def _zone(self, condition: kinds.ZoneCondition, holds: bool) -> str:
        several = holds and len(condition.entity_id) > 1
        if tuple(condition.zone) == (HOME,):
            subject = _some(self.names, condition.entity_id, every=holds)
            told = (phrases.IS_HOME if holds else phrases.IS_NOT_HOME).format(subject)
            return _agreeing(told, subject, several=several)
        zones = listed([self.names.zone(each) for each in condition.zone], phrases.OR)
        subject = _some(self.names, condition.entity_id, every=holds)
        told = (phrases.IN_ZONE if holds else phrases.NOT_IN_ZONE).format(subject, zones)
        return _agreeing(told, subject, several=several)

    def _template(self, condition: kinds.TemplateCondition, holds: bool, *, outermost: bool = False) -> str:
        template = condition.value_template
        if (simple := told_by(template, self.names, self.triggers)) is not None:
            return self.told(simple, holds=holds, outermost=outermost)
        calculation = self.names.calculation(condition.value_template)
        return (phrases.TRUE if holds else phrases.NOT_TRUE).format(calculation)

    def _said(self, condition: Said, holds: bool) -> str:
        return condition.yes if holds else condition.no

    def _trigger(self, condition: kinds.TriggerCondition, holds: bool) -> str:
        found = [each for index, each in enumerate(self.triggers) if {each.id, str(index)} & set(condition.id)]
        by = self.because(found, self.names) if self.because is not None else []
        reason = listed(by, phrases.OR) or phrases.BY.format(
            listed([quoted(each) for each in condition.id], phrases.OR)
        )
        return (phrases.BEGAN if holds else phrases.NOT_BEGAN).format(reason)

    def _device(self, condition: kinds.DeviceCondition, holds: bool) -> str:
        return device_condition(condition, self.names, holds=holds)

    def _purpose(self, condition: kinds.PurposeCondition, holds: bool) -> str:
        return purpose_condition(condition, self.names, holds=holds)

    def _other(self, condition: kinds.OtherCondition, holds: bool) -> str:
        kind = str(condition.kind)
        config = condition.config if isinstance(condition.config, Data) else Data()
        told = (
            with_data(phrases.UNKNOWN_CONDITION.format(quoted(words(kind))), config, self.names)
            if kind
            else phrases.FOREIGN_CONDITION
        )
        return told if holds else phrases.NOT_SO.format(told)


def _some(names: Names, entity_ids: Sequence[str], *, every: bool, none: bool = False) -> str:
    """`a or b`, or `both a and b`, or `neither a nor b`."""
    if len(entity_ids) > 1 and every:
        return names.not_one(entity_ids) if none else names.every_one(entity_ids)
    return names.entities(entity_ids, phrases.OR)


def _agreeing(told: str, subject: str, *, several: bool) -> str:
    return told.replace(f"{subject} is ", f"{subject} are ", 1) if several else told


def _one_of_states(spoken: Sequence[str], *, holds: bool) -> str:
    """`is on or is off`; `is neither on nor off`."""
    bare = [each.removeprefix(phrases.IS_NOT.format("", "").lstrip()) for each in spoken]
    denied = all(one != other for one, other in zip(bare, spoken, strict=True))
    if holds or len(spoken) != 2 or not denied:  # noqa: PLR2004 - the two of neither
        return listed(spoken, phrases.OR if holds else phrases.AND)
    return phrases.IS_NEITHER.format(*bare)


def _days(days: Sequence[str]) -> str:
    if days == ("mon", "tue", "wed", "thu", "fri"):
        return phrases.A_WEEKDAY
    if days == ("sat", "sun"):
        return phrases.THE_WEEKEND
    return listed([phrases.WEEKDAYS[each] for each in days], phrases.OR) or phrases.ANY_DAY


def _shifted(event: str | None, offset: Any) -> str:
    if event is None:
        return ""
    if offset is None or offset.seconds == 0:
        return value(event)
    earlier = offset.seconds is not None and offset.seconds < 0
    return (phrases.BEFORE if earlier else phrases.AFTER).format(duration(offset), value(event))


def _at_home(condition: kinds.NumericStateCondition) -> bool | None:
    """Whether it asks for somebody at home (True) or nobody (False), None where for neither."""
    if condition.entity_id != ("zone.home",) or condition.attribute is not None or condition.value_template is not None:
        return None
    above, below = condition.above, condition.below
    if below is None and isinstance(above, (int, float)) and 0 <= above < 1:
        return True
    return False if above is None and isinstance(below, (int, float)) and 0 < below <= 1 else None


HOME: Final = "zone.home"
_BARE: Final = frozenset({"sunrise", "sunset"})
_Telling = Callable[[Checks, Any, bool], str]
_KINDS: Final[dict[type[BaseCondition], _Telling]] = {
    kinds.StateCondition: Checks._state,  # noqa: SLF001 - its own
    kinds.NumericStateCondition: Checks._numeric,  # noqa: SLF001
    kinds.TimeCondition: Checks._time,  # noqa: SLF001
    kinds.SunCondition: Checks._sun,  # noqa: SLF001
    kinds.ZoneCondition: Checks._zone,  # noqa: SLF001
    Said: Checks._said,  # noqa: SLF001
    kinds.TriggerCondition: Checks._trigger,  # noqa: SLF001
    kinds.DeviceCondition: Checks._device,  # noqa: SLF001
    kinds.PurposeCondition: Checks._purpose,  # noqa: SLF001
    kinds.OtherCondition: Checks._other,  # noqa: SLF001
}
