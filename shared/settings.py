"""Settings of one process: one field per environment variable, read from the environment and from `.env`."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError

ENV_FILE = Path(".env")
"""Read where it lies in the current folder; the environment goes before it."""

_ADDRESS = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/?#@\[\]]+))(?::(?P<port>\d{1,5}))?")
_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_MQTT_SHAPE = "must look like mqtt://user:password@host:1883 (or mqtts://; user, password and port are optional)"
_SQLITE_PREFIX = re.compile(r"sqlite(\+\w+)?:///")
_POSTGRES_PREFIX = re.compile(r"postgres(ql)?(\+asyncpg)?://")
_SECRET_FILE_LIMIT = 4096
"""Bytes. A password takes fewer, and whatever is larger is another file."""
_GLOB = re.compile(r"[a-z0-9_*?]{1,64}(?:\.[a-z0-9_*?]{1,255})?")
_ONE_LEVEL = "must be one word without spaces, `/`, `:` or any of `+ # $ %`"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where our broker listens; without a port it takes the usual one."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host` or `host:port`, an IPv6 address in brackets. Raises ValueError."""
        host, port = _address(text)
        return cls(host, port)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker and the login there. Its text is an URL without the login."""

    host: str
    port: int = _DEFAULT_PORTS["mqtt"]
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    ca_file: Path | None = None
    """The authority that must have signed the broker's certificate; None: those that the system trusts."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `mqtt://` or `mqtts://`, user and password percent-encoded. Raises ValueError, without the password."""
        scheme, separator, rest = url.partition("://")
        login, has_login, address = rest.rpartition("@")
        if not separator or scheme.lower() not in _DEFAULT_PORTS:
            raise ValueError(_MQTT_SHAPE)
        try:
            host, port = _address(address.removesuffix("/"))
            username, password = _login(login) if has_login else (None, None)
        except ValueError:
            # Cut in the wrong place, what is named here could be the password.
            raise ValueError(f"{_MQTT_SHAPE}; percent-encode what is special in user and password") from None
        return cls(host, port or _DEFAULT_PORTS[scheme.lower()], username, password, scheme.lower() == "mqtts")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file with one secret in it, as containers get them, and what it held when it was read."""

    path: Path
    content: SecretStr

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of one line. Raises ValueError, without the content."""
        try:
            with path.open("rb") as file:
                text = file.read(_SECRET_FILE_LIMIT + 1).decode()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ValueError(f"can't be read from {path} ({why}): it must be a file that this user may read") from None
        secret = text.strip()
        if not secret or len(text) > _SECRET_FILE_LIMIT or not secret.isprintable():
            raise ValueError(f"must be a file with a password in its only line, which {path} is not")
        return cls(path, SecretStr(secret))


def database_url(text: str) -> str:
    """The URL of a database with its async driver: of a path, a `sqlite:` or a `postgresql:` URL.

    A SQLite file is made absolute. Raises ValueError, which never repeats the URL.
    """
    if match := _POSTGRES_PREFIX.match(text):
        return f"postgresql+asyncpg://{text[match.end() :]}"
    if match := _SQLITE_PREFIX.match(text):
        return _sqlite_url(text[match.end() :])
    if "://" in text or text.startswith(":"):
        raise ValueError("must be a file, sqlite:///FILE or postgresql://user:password@host/database")
    return _sqlite_url(text)


def database_file(url: str) -> Path | None:
    """The file of a SQLite URL, or None where the database is a server."""
    match = _SQLITE_PREFIX.match(url)
    return Path(url[match.end() :]) if match else None


def _sqlite_url(file: str) -> str:
    if not file or file.startswith((":", "file:")) or "?" in file:
        raise ValueError("must name a file, without parameters: workers can't share a database in memory")
    return f"sqlite+aiosqlite:///{Path(file).expanduser().absolute()}"


def _address(text: str) -> tuple[str, int | None]:
    match = _ADDRESS.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or (port is not None and not 0 < port < 2**16):
        raise ValueError("must look like host or host:port, with an IPv6 address in brackets")
    return match["ipv6"] or match["host"], port


def _login(text: str) -> tuple[str, SecretStr | None]:
    username, has_password, password = text.partition(":")
    if not username or not text.isprintable():
        raise ValueError("no user name")
    return unquote(username, errors="strict"), SecretStr(unquote(password, errors="strict")) if has_password else None


def _topic(text: str) -> str:
    # `%u` and `%c` would be filled in by the broker where the topic stands in its ACL.
    for level in text.split("/"):
        if not level or not level.isprintable() or any(c.isspace() or c in "+#$%" for c in level):
            raise ValueError(
                "must be topic levels like home or site/home, without a slash at the ends, spaces or `+ # $ %`"
            )
    return text


def _user(text: str) -> str:
    if not text.isprintable() or any(c.isspace() or c in "/:+#$%" for c in text):
        raise ValueError(_ONE_LEVEL)
    if text in {"admin", "dashboard"}:
        raise ValueError(f"must not be {text}: that user has rights of its own")
    return text


def _patterns(value: object) -> object:
    """Entity ids, domains and globs, from a list that is separated by commas."""
    if not isinstance(value, str):
        return value
    found = tuple(each.strip().lower() for each in value.split(",") if each.strip())
    if wrong := [each for each in found if not _GLOB.fullmatch(each)]:
        raise ValueError(
            f"must be entity ids, domains or globs like sensor.*_power, separated by commas: {wrong[0][:40]!r} is none"
        )
    return found


def _http_url(text: str) -> str:
    shape = "must look like http://host:port or https://host, without user and password"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(shape) from None
    if not usable or "@" in text or parts.query or parts.fragment or any(c.isspace() for c in text):
        raise ValueError(shape)
    return text.rstrip("/")


def _secret(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("must be one word of plain characters: copy it again, without line breaks")
    return value


def _path(value: object) -> object:
    if not isinstance(value, str | Path):
        return value
    text = str(value)
    if not text:
        raise ValueError("must be set, because this user has no home folder")
    if "?" in text or text.startswith(":") or not text.isprintable():
        raise ValueError("must be a path without `?`, a leading colon or control characters")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be a path: there is no such home folder") from None


def _secret_file(value: object) -> object:
    path = _path(value)
    return SecretFile.read(path) if isinstance(path, Path) else path


def _parsed(kind: type[BrokerAddress | ListenAddress]) -> BeforeValidator:
    return BeforeValidator(lambda value: kind.parse(value) if isinstance(value, str) else value)


def _data_folder() -> Any:
    """The user's data folder, or an empty text, which `_path` explains."""
    try:
        home = Path.home()
    except RuntimeError:
        return ""
    if os.uname().sysname == "Darwin":
        return home / "Library" / "Application Support" / "homeiq"
    chosen = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG specification has relative paths ignored.
    return (chosen if chosen.is_absolute() else home / ".local" / "share") / "homeiq"


def _default_database(values: dict[str, Any]) -> SecretStr:
    return SecretStr(_sqlite_url(str(values["database_path"] or values["homeiq_data"] / "homeiq.db")))


def _default_cache(values: dict[str, Any]) -> Path:
    folder: Path = values["homeiq_data"]
    return folder / "correlation_cache.db"


TopicName = Annotated[str, BeforeValidator(lambda value: _topic(str(value)))]
UserName = Annotated[str, BeforeValidator(lambda value: _user(str(value)))]
HttpUrl = Annotated[str, BeforeValidator(lambda value: _http_url(str(value)))]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
AbsolutePath = Annotated[Path, BeforeValidator(_path)]


class Settings(BaseSettings):
    """What the environment says; a field is the variable of the same name in capitals. None: not set, not needed."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",  # .env is shared with compose and may say more
        env_ignore_empty=True,
        enable_decoding=False,
        hide_input_in_errors=True,
        validate_default=True,
    )

    homeiq_data: AbsolutePath = Field(default_factory=_data_folder)
    homeiq_root: TopicName = "homeiq"
    homeiq_execute_from_query: bool = False
    homeiq_ha_user: UserName = "homeassistant"
    homeiq_alive_file: AbsolutePath | None = None
    homeiq_log_level: Literal["debug", "info", "warning", "error"] = "info"
    homeiq_log_format: Literal["auto", "json", "console"] = "auto"

    homeiq_history_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    homeiq_history_exclude: Annotated[tuple[str, ...], BeforeValidator(_patterns)] = ()

    database_path: AbsolutePath | None = None
    database_url: SecretStr = Field(default_factory=_default_database)
    correlation_cache_db: AbsolutePath = Field(default_factory=_default_cache)

    # Before the URL, which is completed by both.
    mqtt_password_file: Annotated[SecretFile | None, BeforeValidator(_secret_file)] = None
    mqtt_ca_file: AbsolutePath | None = None
    mqtt_url: Annotated[BrokerAddress | None, _parsed(BrokerAddress)] = None
    mqtt_listen: Annotated[ListenAddress | None, _parsed(ListenAddress)] = None

    ha_url: HttpUrl | None = None
    ha_token: Secret | None = None
    ha_events_topic: TopicName = "hass/events"
    ha_states_topic: TopicName = "hass/states"

    influxdb_url: HttpUrl | None = None
    influxdb_token: Secret | None = None
    influxdb_org: str | None = None
    influxdb_bucket: str = "home_assistant_events"

    openai_api_key: Secret | None = None
    openai_base_url: HttpUrl | None = None
    groq_api_key: Secret | None = None
    anthropic_api_key: Secret | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value not in ("", None)}

    @field_validator("homeiq_log_level", "homeiq_log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("mqtt_url", mode="after")
    @classmethod
    def _complete(cls, value: BrokerAddress | None, found: ValidationInfo) -> BrokerAddress | None:
        """With the password and the authority that lie in files."""
        secret: SecretFile | None = found.data.get("mqtt_password_file")
        if value is None:
            if secret is not None:
                raise ValueError("must be set where MQTT_PASSWORD_FILE is: that file holds the password alone")
            return None
        if secret is not None:
            if value.username is None or value.password is not None:
                raise ValueError("must name a user and no password where MQTT_PASSWORD_FILE is set: mqtt://user@host")
            value = replace(value, password=secret.content)
        return replace(value, ca_file=found.data.get("mqtt_ca_file")) if value.tls else value

    @field_validator("database_url", mode="after")
    @classmethod
    def _with_driver(cls, value: SecretStr) -> SecretStr:
        return SecretStr(database_url(value.get_secret_value()))


def load_settings(*, env_file: Path | None = ENV_FILE, **overrides: Any) -> Settings:
    """The settings of this process. `overrides` are fields that win; None or an empty text is no override.

    Raises SettingsError in one line that names each wrong variable and what to do, never its value.
    """
    unknown = overrides.keys() - Settings.model_fields.keys()
    if unknown:
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    given = {name: value for name, value in overrides.items() if value not in ("", None)}
    try:
        return Settings(_env_file=env_file, **given)
    except ValidationError as error:
        raise SettingsError(" ".join(_sentences(error))) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{env_file} can't be read: it must be a text file (UTF-8) that this user may read."
        ) from None


def _sentences(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_input=False)
    # A default made from a wrong setting was not made; that is no second mistake of the user.
    return [_sentence(each["loc"], each) for each in found if each["type"] != "default_factory_not_called"]


def _sentence(location: tuple[int | str, ...], found: Any) -> str:
    variable = str(location[0]).upper() if location else "Settings"
    match found["type"]:
        case "value_error":
            return f"{variable} {found['ctx']['error']}."
        case "literal_error":
            return f"{variable} must be {found['ctx']['expected']}."
        case "int_parsing" | "int_type" | "greater_than_equal" | "less_than_equal":
            return f"{variable} must be a whole number in its range: {found['msg'].lower()}."
        case "bool_parsing" | "bool_type":
            return f"{variable} must be true or false."
        case _:
            return f"{variable} can't be used: {found['msg']}."
