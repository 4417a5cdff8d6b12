"""HomeIQ as a device of Home Assistant: what it shows, and how that is read from our messages. Pure."""

from __future__ import annotations

from typing import Any, Final

from contracts import analysis
from contracts.catalogue import WORKERS
from contracts.discovery import DISCOVERY, Availability, Component, Device, Discovery, Origin, Platform, device_id
from contracts.health import HEALTH, PRESENCE_EXPIRY, HealthStatus, PresenceStatus
from contracts.jobs import JobStatus
from contracts.operation import ROOT

_QOS = 1
_DIAGNOSTIC: Final = "diagnostic"

_PROBLEM = f"{{{{ 'OFF' if value_json.status == '{HealthStatus.OK}' else 'ON' }}}}"
_TROUBLE = (
    "{{ {'status': value_json.status, 'version': value_json.version, 'trouble': value_json.checks.values()"
    f" | rejectattr('status', 'eq', '{HealthStatus.OK}') | map(attribute='message') | list}} | to_json }}}}"
)
# A worker without this check, or one that has not counted yet, shows as unknown.
_EVENTS_A_MINUTE = "{{ ((value_json.checks.get('history') or {}).get('figures') or {}).get('events_per_minute') }}"
_PERIOD = (
    "{{ {'days': value_json.days, 'events': value_json.events, 'patterns_new': value_json.patterns_new,"
    " 'status': value_json.status} | to_json }}"
)
_ENDED = (
    "{{ {'event_type': value_json.status, 'patterns_detected': value_json.patterns_detected,"
    " 'patterns_new': value_json.patterns_new, 'days': value_json.days, 'events': value_json.events,"
    " 'duration_seconds': value_json.duration_seconds, 'errors': value_json.errors} | to_json }}"
)


def discovery(root: str, presence_topic: str, version: str) -> Discovery:
    """The document of one home. Everything is unavailable unless `presence_topic` says that the worker is there."""
    of_ours = device_id(root)
    name = "HomeIQ" if root == ROOT else f"HomeIQ {root}"
    return Discovery(
        device=Device(identifiers=[of_ours], name=name, manufacturer="HomeIQ", model="HomeIQ", sw_version=version),
        origin=Origin(name="HomeIQ", sw_version=version),
        availability=[
            Availability(
                topic=presence_topic,
                value_template="{{ value_json.status }}",
                payload_available=PresenceStatus.ONLINE,
                payload_not_available=PresenceStatus.OFFLINE,
            )
        ],
        qos=_QOS,
        components={
            key: Component(
                unique_id=f"{of_ours}_{key}", default_entity_id=f"{fields['platform']}.{of_ours}_{key}", **fields
            )
            for key, fields in _components(root).items()
        },
    )


def own_entities(root: str) -> frozenset[str]:
    """The ids under which Home Assistant first knows our own entities; who renames one there has another."""
    return frozenset(f"{fields['platform']}.{device_id(root)}_{key}" for key, fields in _components(root).items())


def _components(root: str) -> dict[str, dict[str, Any]]:
    return {**{f"{worker}_worker": _health(root, worker) for worker in WORKERS}, **_analyses(root), **_history(root)}


def _health(root: str, worker: str) -> dict[str, Any]:
    topic = HEALTH.topic(root, worker=worker)
    return {
        "platform": Platform.BINARY_SENSOR,
        "name": f"{worker.capitalize()} worker",
        "device_class": "problem",
        "entity_category": _DIAGNOSTIC,
        "state_topic": topic,
        "value_template": _PROBLEM,
        # Of the announcing worker its presence tells, and sooner. Home Assistant would take it for expired at first.
        "expire_after": None if worker == DISCOVERY.worker else PRESENCE_EXPIRY,
        "json_attributes_topic": topic,
        "json_attributes_template": _TROUBLE,
    }


def _analyses(root: str) -> dict[str, dict[str, Any]]:
    last, done = analysis.LAST.topic(root), analysis.DONE.topic(root)
    return {
        "last_analysis": {
            "platform": Platform.SENSOR,
            "name": "Last analysis",
            "device_class": "timestamp",
            "entity_category": _DIAGNOSTIC,
            "state_topic": last,
            "value_template": "{{ value_json.at }}",
        },
        "patterns": {
            "platform": Platform.SENSOR,
            "name": "Patterns",
            "icon": "mdi:home-analytics",
            "entity_category": _DIAGNOSTIC,
            "state_class": "measurement",
            "unit_of_measurement": "patterns",
            "state_topic": last,
            "value_template": "{{ value_json.patterns_detected }}",
            "json_attributes_topic": last,
            "json_attributes_template": _PERIOD,
        },
        "analyse": {
            "platform": Platform.BUTTON,
            "name": "Analyse",
            "icon": "mdi:magnify-scan",
            "command_topic": analysis.RUN.request_topic(root),
            "payload_press": "{}",
        },
        "analysis": {
            "platform": Platform.EVENT,
            "name": "Analysis",
            "icon": "mdi:calendar-check",
            "state_topic": done,
            "event_types": [str(status) for status in JobStatus],
            "value_template": _ENDED,
        },
    }


def _history(root: str) -> dict[str, dict[str, Any]]:
    return {
        "events_a_minute": {
            "platform": Platform.SENSOR,
            "name": "Events a minute",
            "icon": "mdi:home-clock",
            "entity_category": _DIAGNOSTIC,
            "state_class": "measurement",
            "unit_of_measurement": "events/min",
            "state_topic": HEALTH.topic(root, worker=DISCOVERY.worker),
            "value_template": _EVENTS_A_MINUTE,
        }
    }
