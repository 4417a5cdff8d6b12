"""Whether the services that an automation calls are there, and take what it gives them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, Fix, Severity, error, warning
from workers.automation.plan.actions import CallService
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.value import Data, Tagged, Template
from workers.automation.reading.texts import is_entity_id
from workers.automation.service import Service, ServiceField
from workers.automation.validating.known import Known
from workers.automation.validating.limits import judge_limits
from workers.automation.validating.nearest import nearest
from workers.automation.validating.places import child, known_text
from workers.automation.validating.references import targeted
from workers.automation.validating.selector import misfits

ALWAYS = frozenset(
    """
    automation.reload automation.toggle automation.trigger automation.turn_off automation.turn_on
    homeassistant.check_config homeassistant.reload_all homeassistant.reload_config_entry
    homeassistant.reload_core_config homeassistant.reload_custom_templates homeassistant.restart
    homeassistant.save_persistent_states homeassistant.set_location homeassistant.stop homeassistant.toggle
    homeassistant.turn_off homeassistant.turn_on homeassistant.update_entity
    persistent_notification.create persistent_notification.dismiss persistent_notification.dismiss_all
    scene.apply scene.create scene.delete scene.reload scene.turn_on
    script.reload script.toggle script.turn_off script.turn_on
    system_log.clear system_log.write
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
"""Services that every Home Assistant has, whether an import tells of them or not."""
_FREE = frozenset({"notify", "event"})
"""Domains whose services come and go with phones and people: they are left alone."""
_FREE_FIELDS = frozenset({"script", "python_script", "shell_command", "rest_command", "notify", "homeassistant"})
"""Domains whose services take fields that nobody describes."""
_TARGETED = frozenset({"homeassistant.turn_on", "homeassistant.turn_off", "homeassistant.toggle"})
_THINGS = {"entity": "entity", "device": "device", "area": "area", "floor": "floor", "label": "label"}
_PLAYED = frozenset({"media_content_id", "media_content_type", "metadata"})
"""What stands for a field with the selector `media`, spelled out."""


def judge_services(known: Known) -> Iterator[Finding]:
    """What is wrong with the services that a plan calls; where none of a home is known, nothing is."""
    for action in known.nodes:
        if isinstance(action, CallService) and (name := known_text(action.action)) is not None and is_entity_id(name):
            yield from _judge(action, name, known)


def _judge(action: CallService, name: str, known: Known) -> Iterator[Finding]:
    home = known.home
    service = home.service(name)
    if service is not None or known.ordered:
        yield from judge_limits(action, service, home, ordered=known.ordered)
    if service is not None:
        yield from _given(action, service, known)
        yield from _targeted(action, service, known)
        yield from _answered(action, service, known.home.tells_responses)
    elif home.services_known and name.partition(".")[0] not in _FREE and name not in ALWAYS | _scripts(known):
        yield _unknown(action, name, known)
    elif name in ALWAYS:
        yield from _aimless(action, Service(name, target={}))


def _scripts(known: Known) -> frozenset[str]:
    return frozenset(known.home.ids_by_domain.get("script", ()))


def _unknown(action: CallService, name: str, known: Known) -> Finding:
    path = child(action.path, "action")
    names = known.home.service_names | ALWAYS
    better = known.nearest(name, names)
    hint = f"; did you mean {better}?" if better else "; use one that there is."
    fix = Fix(path=path, value=better) if better else None
    return error(Code.UNKNOWN_SERVICE, path, f"There is no action {name[:100]}{hint}", fix)


# -- fields ------------------------------------------------------------------------------------------------------------


def _given(action: CallService, service: Service, known: Known) -> Iterator[Finding]:
    """What is wrong with the fields that are given, and with those that are not."""
    if not isinstance(action.data, Data) or not service.fields:
        return
    path = child(action.path, "data")
    for name, value in action.data.items():
        field = service.fields.get(name)
        if field is None:
            yield from _unknown_field(service, name, child(path, name))
            continue
        for severity, message, better in misfits(value, field.selector):
            fix = None if better is None else Fix(path=child(path, name), value=better)
            said = f"{service.name}: {name} {message}."
            yield Finding(code=Code.SCHEMA, severity=severity, path=child(path, name), message=said, fix=fix)
        yield from _things(value, field, child(path, name), known)
    yield from _missing(action, service, path)


def _unknown_field(service: Service, name: str, path: str) -> Iterator[Finding]:
    if service.domain in _FREE_FIELDS - {"script"} or (name in _PLAYED and _plays(service)):
        return
    better = nearest(name, service.fields)
    hint = f"; did you mean {better}?" if better else "; remove it."
    fix = Fix(path=path, rename=better) if better else None
    # Services for entities refuse what they do not know; of others nobody can tell, unless it is a typo.
    severity = Severity.ERROR if better or service.target is not None else Severity.WARNING
    severity = Severity.WARNING if service.domain == "script" else severity
    message = f"{service.name} has no field {name[:60]!r}{hint}"
    yield Finding(code=Code.SCHEMA, severity=severity, path=path, message=message, fix=fix)


def _plays(service: Service) -> bool:
    return any("media" in field.selector for field in service.fields.values())


def _missing(action: CallService, service: Service, path: str) -> Iterator[Finding]:
    given = set(action.data) | (_targets(action) or set())
    for name, field in service.fields.items():
        if not field.required or name in given:
            continue
        if "media" in field.selector and _PLAYED & given:
            continue
        judge = warning if service.domain in _FREE_FIELDS - {"notify"} else error
        yield judge(Code.SCHEMA, path, f"{service.name} needs the field {name!r}; give it under data.")


def _things(value: object, field: ServiceField, path: str, known: Known) -> Iterator[Finding]:
    """Entities, devices and areas that a field names."""
    for kind in _THINGS.keys() & field.selector.keys():
        for index, each in enumerate(value if isinstance(value, tuple) else (value,)):
            name = known_text(each)
            if name is None or (kind == "entity" and name in {"all", "none"}):
                continue
            at = child(path, index) if isinstance(value, tuple) else path
            found = known.entity(name, at) if kind == "entity" else known.thing(kind, name, at)
            if found is not None:
                yield found


# -- targets -----------------------------------------------------------------------------------------------------------


def _targets(action: CallService) -> set[str] | None:
    """The keys of the target that are given; None where a template gives it."""
    if isinstance(action.target, (Template, Tagged)) or not isinstance(action.data, Data):
        return None
    return {key for key in TARGET_KEYS if isinstance(action.target, Target) and getattr(action.target, key)}


def _targeted(action: CallService, service: Service, known: Known) -> Iterator[Finding]:
    yield from _aimless(action, service)
    keys = _targets(action)
    if keys is None or not isinstance(action.target, Target):
        return
    path = child(action.path, "target")
    of_entities = service.target is not None or service.domain in known.home.ids_by_domain
    if keys - service.fields.keys() and not of_entities and service.fields and service.domain not in _FREE_FIELDS:
        yield error(Code.SCHEMA, path, f"{service.name} takes no target; remove it.", Fix(path=path, remove=True))
    yield from _of_other_kinds(action.target, service, known)


def _aimless(action: CallService, service: Service) -> Iterator[Finding]:
    """A service that is for entities, and is given none."""
    keys = _targets(action)
    its_own = service.target_domains is not None and service.domain in service.target_domains
    if keys == set() and (its_own or service.name in _TARGETED):
        said = f"{service.name} is told nothing to act on; name an entity, a device, an area or a label as its target."
        yield error(Code.SCHEMA, child(action.path, "target"), said)


def _of_other_kinds(target: Target, service: Service, known: Known) -> Iterator[Finding]:
    """Entities that a service does nothing to: a switch for `light.turn_on`."""
    domains = service.target_domains
    if domains is None:
        return
    for path, kind, name in targeted(target.model_copy(update={"exclude": None})):
        if kind != "entity" or name.partition(".")[0] in domains | {"group"} or not known.has_entity(name):
            continue
        listed = " or ".join(sorted(domains))
        said = f"{service.name} does nothing to {name}: it is for {listed}."
        other = _counterpart(service, name, known)
        yield error(Code.SCHEMA, path, said + (f" Use {other}." if other else ""))


def _counterpart(service: Service, entity_id: str, known: Known) -> str | None:
    """The service of the same name of the entity's own domain."""
    other = f"{entity_id.partition('.')[0]}.{service.name.partition('.')[2]}"
    return other if other in known.home.service_names else None


# -- responses ---------------------------------------------------------------------------------------------------------


def _answered(action: CallService, service: Service, told: bool) -> Iterator[Finding]:
    if (
        action.response_variable is not None
        and service.response is None
        and told
        and service.domain not in _FREE_FIELDS
    ):
        path = child(action.path, "response_variable")
        fix = Fix(path=path, remove=True)
        yield error(Code.SCHEMA, path, f"{service.name} gives no response; remove response_variable.", fix)
    if action.response_variable is None and service.response == "only":
        said = f"{service.name} does nothing but answer; give the answer a name by response_variable."
        yield error(Code.SCHEMA, action.path, said)
