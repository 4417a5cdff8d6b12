"""Where the broker of `homeiq up` listens, and what to do in Home Assistant where that is beyond this machine."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from shared.errors import SettingsError

if TYPE_CHECKING:
    from shared.broker.configuration import SecureListener
    from shared.settings import ListenAddress, Settings

_HERE: tuple[str, int | None] = ("127.0.0.1", None)
_PLAIN_PORT, SECURE_PORT = 1883, 8883


def chosen(settings: Settings, listen: str | None) -> Settings:
    """The settings with `--listen` in the place of MQTT_LISTEN. Raises SettingsError."""
    from shared.settings import ListenAddress

    if listen is None:
        return settings
    if settings.mqtt_url is not None:
        raise SettingsError("--listen has no effect with MQTT_URL, whose broker is not ours: leave one of them out")
    try:
        return settings.model_copy(update={"mqtt_listen": ListenAddress.parse(listen)})
    except ValueError as error:
        raise SettingsError(f"--listen {error}") from None


def listeners(settings: Settings) -> tuple[str, int | None, SecureListener | None]:
    """Host and port without TLS, on this machine alone; and where else to listen, with TLS."""
    address = settings.mqtt_listen
    if address is None:
        return *_HERE, None
    if _is_loopback(address.host):
        return address.host, address.port, None
    return *_HERE, _secure_listener(settings, address)


def _secure_listener(settings: Settings, address: ListenAddress) -> SecureListener:
    """The listener beyond this machine, with its certificates. Raises SettingsError or BrokerError."""
    from shared.broker.certificates import ensure_certificates, names_of
    from shared.broker.configuration import SecureListener
    from shared.broker.process import BrokerFiles

    if address.port == _PLAIN_PORT:
        raise SettingsError(
            f"MQTT_LISTEN: port {_PLAIN_PORT} is for connections without TLS, which only a loopback address such as "
            f"127.0.0.1:{_PLAIN_PORT} has: leave the port out, or name another"
        )
    names = names_of(address.host)
    files = ensure_certificates(BrokerFiles(settings.homeiq_data).certificates, names)
    return SecureListener(
        host=address.host,
        port=address.port or SECURE_PORT,
        certificate_file=str(files.server),
        key_file=str(files.server_key),
        ca_file=str(files.authority),
        names=tuple(names),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def facts(secure: SecureListener, user: str) -> dict[str, object]:
    """How clients elsewhere reach the listener, for programs; no secret."""
    shown: dict[str, object] = {"mqtt_url": secure.url, "username": user, "ca_file": secure.ca_file}
    return shown | {"names": list(secure.names)}


def advice(secure: SecureListener, user: str) -> str:
    """What to do in Home Assistant, in the words of its forms."""
    return f"""\
It also listens on {secure.host}, port {secure.port}, with TLS. In Home Assistant, Settings > Devices & services > MQTT:
  Broker      {secure.names[0]}   (or {", ".join(secure.names[1:3])})
  Port        {secure.port}
  Username    {user}   (`homeiq credentials {user}` prints the password)
  Advanced options: Broker certificate validation: Custom, and upload {secure.ca_file}
  MQTT protocol: 5; leave "Ignore broker certificate validation" off"""
