"""The text of Mosquitto's configuration, for our own child and for compose. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MESSAGE_LIMIT = 8 * 1024 * 1024
"""Bytes. Only a fuse: a client on paho, such as Home Assistant, takes a refusal by size for a protocol error."""


@dataclass(frozen=True)
class Listener:
    """Where the broker listens, and where its files are. `run_as` is for a broker that is started by root."""

    host: str
    port: int
    password_file: str
    acl_file: str
    data_folder: str
    run_as: str | None = None


@dataclass(frozen=True)
class SecureListener:
    """A second listener, with TLS, for other machines; `names` are what they call this one, the likeliest first."""

    host: str
    port: int
    certificate_file: str
    key_file: str
    ca_file: str
    names: tuple[str, ...]

    @property
    def url(self) -> str:
        """How clients reach it, without a login."""
        name = f"[{self.names[0]}]" if ":" in self.names[0] else self.names[0]
        return f"mqtts://{name}:{self.port}"


def mosquitto_conf(listener: Listener, secure: SecureListener | None = None) -> str:
    """The text of `mosquitto.conf`."""
    lines = [
        "# Written by HomeIQ. Your own lines for the access list go into acl.local beside it.",
        "per_listener_settings false",
        f"listener {listener.port} {listener.host}",
        *_secure_lines(secure),
        "",
        "# Nobody without a name, and nobody beyond the access list.",
        "allow_anonymous false",
        f"password_file {listener.password_file}",
        f"acl_file {listener.acl_file}",
        "",
        "# Without it every QoS 1 exchange waits 40 ms.",
        "set_tcp_nodelay true",
        "# 20, the default, would let replies and health wait behind requests.",
        "max_inflight_messages 200",
        "# As many as the state stream of a big home has topics, which all come at once at a subscribe.",
        "max_queued_messages 200000",
        "# Home Assistant publishes its events at QoS 0. Raised, they wait for the data worker while it is away.",
        "upgrade_outgoing_qos true",
        f"message_size_limit {MESSAGE_LIMIT}",
        "max_keepalive 300",
        "",
        "# Retained states of Home Assistant outlive a restart; HomeIQ's own are published again anyway.",
        "persistence true",
        f"persistence_location {listener.data_folder}/",
        "autosave_interval 300",
        "persistent_client_expiration 1d",
        "",
        "log_dest stderr",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        *(f"log_type {kind}" for kind in ("error", "warning", "notice")),
        "connection_messages false",
    ]
    if listener.run_as is not None:
        lines += ["", f"user {listener.run_as}"]
    return "\n".join(lines) + "\n"


def _secure_lines(secure: SecureListener | None) -> list[str]:
    if secure is None:
        return []
    return [
        "",
        "# Beyond this machine, only with TLS.",
        f"listener {secure.port} {secure.host}",
        f"certfile {secure.certificate_file}",
        f"keyfile {secure.key_file}",
        "tls_version tlsv1.2",
    ]
