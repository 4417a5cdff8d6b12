"""What is wrong with the templates of a plan, and which of the things that they name are not in the home. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from workers.automation.finding import Code, Finding, Severity, error
from workers.automation.plan.plan import Plan
from workers.automation.validating.jinja_names import CONTEXT, FUNCTIONS, VERSION
from workers.automation.validating.known import Known
from workers.automation.validating.nearest import nearest
from workers.automation.validating.places import TemplatePlace, given_names
from workers.automation.validating.template import TemplateReading, read_template
from workers.automation.validating.template_names import Mention

MOST: Final = 500
"""Templates of an automation that are judged: parsing one takes a fifth of a millisecond."""


def judge_templates(plan: Plan, known: Known) -> Iterator[Finding]:
    """What is wrong with the templates of a plan; they are parsed, never rendered."""
    given = given_names(known.nodes) | CONTEXT
    if len(known.places) > MOST:
        message = f"It has more than {MOST} templates, of which the first are judged: make it smaller."
        yield error(Code.TEMPLATE_ERROR, known.places[MOST].path, message)
    for place in known.places[:MOST]:
        reading = read_template(str(place.template))
        yield from _problems(place, reading)
        yield from _unknown_names(place, reading, given, plan)
        for mention in reading.mentions:
            if (found := _unknown_thing(place, mention, known)) is not None:
                yield found


def _problems(place: TemplatePlace, reading: TemplateReading) -> Iterator[Finding]:
    lines = str(place.template).count("\n") + 1
    for each in reading.problems:
        where = f"Line {each.line} of the template: " if lines > 1 else ""
        code = Code.TEMPLATE_ERROR if each.severity is Severity.ERROR else Code.STYLE
        yield Finding(code=code, severity=each.severity, path=place.path, message=where + each.message)


def _unknown_names(
    place: TemplatePlace, reading: TemplateReading, given: frozenset[str], plan: Plan
) -> Iterator[Finding]:
    for name in sorted(reading.unbound - given):
        if name in reading.called:
            better = nearest(name, FUNCTIONS)
            hint = f"; did you mean {better}?" if better else "; remove it, or import the macro."
            message = f"Home Assistant {VERSION} has no function {name!r}{hint}"
            yield Finding(code=Code.TEMPLATE_ERROR, severity=Severity.ERROR, path=place.path, message=message)
        elif plan.use_blueprint is None:
            message = f"Nothing here gives {name!r} a value; define it under variables."
            yield Finding(code=Code.STYLE, severity=Severity.WARNING, path=place.path, message=message)


def _unknown_thing(place: TemplatePlace, mention: Mention, known: Known) -> Finding | None:
    """A text that only looks like an id may be anything, save where the template chooses what is acted on."""
    if mention.kinds == ("text",):
        domain = mention.name.partition(".")[0]
        if domain not in known.home.ids_by_domain or mention.name in known.home.service_names:
            return None
        severity = Severity.ERROR if place.of_target else Severity.WARNING
        return _without_fix(known.entity(mention.name, place.path, severity))
    if any(known.in_template(kind, mention.name) for kind in mention.kinds):
        return None
    if mention.kinds == ("entity",) and "." not in mention.name:
        message = f"{mention.name!r} in the template is no id of an entity, such as light.kitchen."
        return Finding(code=Code.UNKNOWN_ENTITY, severity=Severity.ERROR, path=place.path, message=message)
    if "entity" in mention.kinds and "." in mention.name:
        return _without_fix(known.entity(mention.name, place.path))
    return _without_fix(known.thing(mention.kinds[0], mention.name, place.path))


def _without_fix(found: Finding | None) -> Finding | None:
    """A fix takes the place of a whole value, and the name is but a part of this one."""
    return found if found is None else found.model_copy(update={"fix": None})
