"""Who may do what on the broker, generated from the contracts. Pure.

Mosquitto checks publishing, and each delivery, against the real topic; subscribing is always granted. Everything that
no line allows is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.acting import ACT, EXECUTING
from contracts.catalogue import EVENTS, OPERATIONS, STATES, WORKERS
from contracts.discovery import DISCOVERY, PREFIX, STATUS_TOPIC
from contracts.operation import ROOT, Role

ADMIN = "admin"
DASHBOARD = "dashboard"
HOME_ASSISTANT = "homeassistant"

HOME_READERS = frozenset({"data", "query"})
"""Workers that keep the home in memory, and so hear what Home Assistant says."""


@dataclass(frozen=True)
class Naming:
    """The names that a deployment may choose, and whether what was understood may be done (`execute_from_query`)."""

    root: str = ROOT
    home_assistant: str = HOME_ASSISTANT
    events_topic: str = "hass/events"
    states_topic: str = "hass/states"
    execute_from_query: bool = False


def users(naming: Naming) -> list[str]:
    """The broker's users: one per worker, Home Assistant, a dashboard, and the admin."""
    return [*WORKERS, naming.home_assistant, DASHBOARD, ADMIN]


def acl(naming: Naming) -> str:
    """The text of Mosquitto's `acl_file`."""
    return "\n".join(
        f"user {user}\n" + "".join(f"topic {line}\n" for line in rules(user, naming)) for user in users(naming)
    )


def rules(user: str, naming: Naming) -> list[str]:
    """The lines of one user: `read`, `write` or `readwrite`, and a topic filter. Raises KeyError for a stranger."""
    if user in WORKERS:
        return _worker(user, naming)
    if user == ADMIN:
        announced = DISCOVERY.topic(naming.root)
        return [f"readwrite {naming.root}/#", f"readwrite {announced}", *_home(naming, "read")]
    if user == DASHBOARD:
        return _person(user, Role.DASHBOARD, naming)
    if user == naming.home_assistant:
        feeds = [f"read {PREFIX}/#", f"write {STATUS_TOPIC}", *_home(naming, "write")]
        return [*_person(user, Role.HOME_ASSISTANT, naming), *feeds]
    raise KeyError(f"no broker user {user!r}; there are {', '.join(users(naming))}")


def _worker(worker: str, naming: Naming) -> list[str]:
    """Its own requests and replies, and no more than it says and hears by its contracts."""
    root = naming.root
    own = [each for each in OPERATIONS if each.worker == worker]
    asked = [each for each in OPERATIONS if worker in each.by]
    asked += [ACT] if naming.execute_from_query and worker in EXECUTING else []
    lines = [f"read {each.request_topic(root)}" for each in own]
    for each in own:
        lines += [f"write {each.response_topic(root)}", f"write {each.response_topic(root)}/#"]
    lines += [f"write {each.request_topic(root)}" for each in asked]
    lines += [f"write {root}/reply/+/#", f"read {root}/reply/{worker}/#"]
    lines += [f"write {each.topic(root)}" for each in EVENTS if each.worker == worker]
    lines += [f"read {each.topic(root)}" for each in EVENTS if worker in each.readers]
    for state in STATES:
        if state.worker == "*":
            lines.append(f"write {root}/{_filter(state.name.replace('{worker}', worker))}")
        elif state.worker == worker:
            lines.append(f"write {state.topic_filter(root)}")
        elif worker in state.readers:
            lines.append(f"read {state.topic_filter(root)}")
    lines.append(f"read {root}/workers/#")
    if worker == DISCOVERY.worker:
        lines += [f"write {DISCOVERY.topic(root)}", f"read {STATUS_TOPIC}"]
    return lines + (_home(naming, "read") if worker in HOME_READERS else [])


def _person(user: str, role: Role, naming: Naming) -> list[str]:
    """What a role may ask, every public reply, its own private ones, events and states."""
    root = naming.root
    allowed = [each for each in OPERATIONS if role in each.callers]
    lines = [f"write {each.request_topic(root)}" for each in allowed]
    for each in allowed:
        lines += [f"read {each.response_topic(root)}", f"read {each.response_topic(root)}/#"]
    # Its own replies it may write too: so a client knows that the broker has sent all it had.
    lines.append(f"readwrite {root}/reply/{user}/#")
    lines += [f"read {each.topic(root)}" for each in EVENTS if role in each.listeners]
    return lines + [f"read {state.topic_filter(root)}" for state in STATES]


def _home(naming: Naming, access: str) -> list[str]:
    return [f"{access} {naming.events_topic}", f"{access} {naming.states_topic}/#"]


def _filter(name: str) -> str:
    return "/".join("+" if level.startswith("{") else level for level in name.split("/"))
