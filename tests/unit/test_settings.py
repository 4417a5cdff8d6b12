import re
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.errors import SettingsError
from shared.settings import BrokerAddress, ListenAddress, Settings, database_file, database_url, load_settings

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"sysname": "Linux"}))
    settings = load_settings()
    folder = tmp_path / "home/.local/share/homeiq"
    assert settings.homeiq_data == folder
    assert settings.database_url.get_secret_value() == f"sqlite+aiosqlite:///{folder}/homeiq.db"
    assert settings.correlation_cache_db == folder / "correlation_cache.db"
    assert (settings.homeiq_root, settings.homeiq_ha_user) == ("homeiq", "homeassistant")
    assert (settings.ha_events_topic, settings.ha_states_topic) == ("hass/events", "hass/states")
    assert settings.homeiq_execute_from_query is False
    assert settings.mqtt_url is None


def test_the_data_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"sysname": "Linux"}))
    assert load_settings().homeiq_data == tmp_path / "xdg/homeiq"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert load_settings().homeiq_data == tmp_path / "home/.local/share/homeiq"
    monkeypatch.setattr("os.uname", lambda: type("Uname", (), {"sysname": "Darwin"}))
    assert load_settings().homeiq_data == tmp_path / "home/Library/Application Support/homeiq"


def test_a_user_without_home_is_told_to_set_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(SettingsError, match=r"^HOMEIQ_DATA must be set, because this user has no home folder\.$"):
        load_settings()
    assert load_settings(homeiq_data=tmp_path).homeiq_data == tmp_path


def test_environment_goes_before_file_and_override_before_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HOMEIQ_ROOT=file\nHA_EVENTS_TOPIC=from/file\nSOMETHING_ELSE=1\n", encoding="utf-8")
    assert load_settings().homeiq_root == "file"
    monkeypatch.setenv("HOMEIQ_ROOT", "environment")
    assert load_settings().homeiq_root == "environment"
    assert load_settings().ha_events_topic == "from/file"
    assert load_settings(homeiq_root="override").homeiq_root == "override"
    assert load_settings(homeiq_root=None).homeiq_root == "environment"
    assert load_settings(env_file=None).ha_events_topic == "hass/events"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert load_settings() == load_settings(env_file=None)
    monkeypatch.setenv("HA_TOKEN", "   ")
    assert load_settings().ha_token is None


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    settings = load_settings(ha_token=" abc\n", homeiq_log_level="WARNING")
    assert settings.ha_token is not None
    assert settings.ha_token.get_secret_value() == "abc"
    assert settings.homeiq_log_level == "warning"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().homeiq_root = "other"


def test_an_unknown_override_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="homeiq_rot"):
        load_settings(homeiq_rot="x")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mqtt://localhost", BrokerAddress("localhost", 1883)),
        ("mqtts://broker.example/", BrokerAddress("broker.example", 8883, tls=True)),
        ("MQTT://10.0.0.1:2883", BrokerAddress("10.0.0.1", 2883)),
        ("mqtt://[::1]:1884", BrokerAddress("::1", 1884)),
        ("mqtts://[fe80::1]", BrokerAddress("fe80::1", 8883, tls=True)),
        ("mqtt://ha@host", BrokerAddress("host", 1883, "ha")),
        ("mqtt://ha:@host", BrokerAddress("host", 1883, "ha", SecretStr(""))),
        ("mqtt://h%40a:p%3A%2F%40%25%C3%A4@host", BrokerAddress("host", 1883, "h@a", SecretStr("p:/@%ä"))),
        ("mqtt://ha:p@ss/w#rd@host:1", BrokerAddress("host", 1, "ha", SecretStr("p@ss/w#rd"))),
    ],
)
def test_broker_addresses(url: str, expected: BrokerAddress) -> None:
    assert load_settings(mqtt_url=url).mqtt_url == expected


@pytest.mark.parametrize(
    "url",
    [
        "localhost:1883",
        "http://localhost",
        "mqtt://",
        "mqtt://ha:hunter2@",
        "mqtt://ha:hunter2@host:0",
        "mqtt://ha:hunter2@host:65536",
        "mqtt://ha:hunter2@host:port",
        "mqtt://ha:hunter2@host/topic",
        "mqtt://ha:hunter2@::1",
        "mqtt://ha:hunter2@[::1",
        "mqtt://:hunter2@host",
        "mqtt://ha:hunter2",
        "mqtt://ha:hunter2%ff@host",
        "mqtt://ha:hunter2\x07@host",
        "mqtt://ha:hunter2@ho st",
    ],
)
def test_a_wrong_broker_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^MQTT_URL must look like mqtt://") as caught:
        load_settings(mqtt_url=url)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_broker_address_as_text_has_no_login() -> None:
    address = BrokerAddress.parse("mqtts://ha:hunter2@[::1]:1")
    assert str(address) == "mqtts://[::1]:1"
    assert SECRET not in repr(address)


def test_a_password_can_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    settings = load_settings(mqtt_url="mqtt://query@host", mqtt_password_file=str(file))
    assert settings.mqtt_url == BrokerAddress("host", 1883, "query", SecretStr(SECRET))
    assert SECRET not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "can't be read from .*No such file"),
        (b"\xff\xfe", "can't be read from .*it is no text"),
        (b"", "must be a file with a password in its only line"),
        (b"\n \n", "must be a file with a password in its only line"),
        (b"hunter2\nmore\n", "must be a file with a password in its only line"),
        (b"hunter2" * 1000, "must be a file with a password in its only line"),
    ],
)
def test_a_file_without_a_password_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"^MQTT_PASSWORD_FILE {told}[^\n]*$") as caught:
        load_settings(mqtt_url="mqtt://query@host", mqtt_password_file=str(file))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (None, "must be set where MQTT_PASSWORD_FILE is"),
        ("mqtt://host", "must name a user and no password"),
        ("mqtt://query:hunter2@host", "must name a user and no password"),
    ],
)
def test_a_password_file_goes_with_an_address_without_one(tmp_path: Path, url: str | None, told: str) -> None:
    file = tmp_path / "password"
    file.write_text("other")
    with pytest.raises(SettingsError, match=rf"^MQTT_URL {told}[^\n]*$") as caught:
        load_settings(mqtt_url=url, mqtt_password_file=str(file))
    assert SECRET not in str(caught.value)


def test_an_authority_of_ones_own_is_for_tls_alone(tmp_path: Path) -> None:
    file = str(tmp_path / "ca.crt")
    secure = load_settings(mqtt_url="mqtts://host", mqtt_ca_file=file).mqtt_url
    assert secure == BrokerAddress("host", 8883, tls=True, ca_file=tmp_path / "ca.crt")
    assert load_settings(mqtt_url="mqtt://host", mqtt_ca_file=file).mqtt_url == BrokerAddress("host", 1883)
    assert load_settings(mqtt_ca_file=file).mqtt_url is None


def test_listen_addresses() -> None:
    assert load_settings(mqtt_listen="0.0.0.0").mqtt_listen == ListenAddress("0.0.0.0")  # noqa: S104
    assert load_settings(mqtt_listen="[::]:8883").mqtt_listen == ListenAddress("::", 8883)
    with pytest.raises(SettingsError, match=r"^MQTT_LISTEN must look like host or host:port"):
        load_settings(mqtt_listen="0.0.0.0:x")


@pytest.mark.parametrize("root", ["homeiq", "site/home-1", "Haus_ä"])
def test_good_roots(root: str) -> None:
    assert load_settings(homeiq_root=root).homeiq_root == root


@pytest.mark.parametrize("root", ["/homeiq", "homeiq/", "a//b", "a/+", "#", "$SYS", "a b", "a\tb", "a\x00b", "%u"])
def test_bad_roots(root: str) -> None:
    with pytest.raises(SettingsError, match=r"^HOMEIQ_ROOT must be topic levels"):
        load_settings(homeiq_root=root)


@pytest.mark.parametrize("user", ["a b", "a/b", "a:b", "+", "admin"])
def test_bad_users(user: str) -> None:
    with pytest.raises(SettingsError, match=r"^HOMEIQ_HA_USER must"):
        load_settings(homeiq_ha_user=user)


def test_databases_get_their_async_driver(tmp_path: Path) -> None:
    file = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    for given in ("x.db", "./x.db", "sqlite:///x.db", "sqlite+aiosqlite:///x.db", f"sqlite:///{tmp_path}/x.db"):
        assert database_url(given).replace("/./", "/") == file
        assert load_settings(database_url=given).database_url.get_secret_value() == database_url(given)
    assert database_url(f"{tmp_path}/x.db") == file
    assert database_file(file) == tmp_path / "x.db"
    server = "postgresql+asyncpg://u:p@h/d"
    assert {database_url(f"{scheme}://u:p@h/d") for scheme in ("postgres", "postgresql", "postgresql+asyncpg")} == {
        server
    }
    assert database_file(server) is None


def test_the_path_of_the_database_replaces_the_default_and_the_url_replaces_both(tmp_path: Path) -> None:
    path = load_settings(database_path="~/a.db")
    assert path.database_url.get_secret_value() == f"sqlite+aiosqlite:///{tmp_path}/home/a.db"
    both = load_settings(database_path="a.db", database_url="b.db")
    assert both.database_url.get_secret_value() == f"sqlite+aiosqlite:///{tmp_path}/b.db"


@pytest.mark.parametrize(
    "url", ["mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:", ":memory:", "a.db?hunter2"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL must (be|name) a file") as caught:
        load_settings(database_url=url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("path", ["a?b", "a\x00b", ":memory:", "~nobody-of-that-name/x"])
@pytest.mark.parametrize(
    "name", ["homeiq_data", "homeiq_alive_file", "database_path", "correlation_cache_db", "mqtt_ca_file"]
)
def test_bad_paths(name: str, path: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name.upper()} must be a path[^\n]*$") as caught:
        load_settings(**{name: path})
    assert len(re.findall(r"\bmust\b", str(caught.value))) == 1


@pytest.mark.parametrize("name", ["ha_url", "influxdb_url", "openai_base_url"])
@pytest.mark.parametrize(
    "url",
    ["host:8123", "ftp://host", "http://", "http://u:hunter2@h", "http://h:99999", "http://h/?t=hunter2", "http://["],
)
def test_bad_urls(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name.upper()} must look like http://") as caught:
        load_settings(**{name: url})
    assert SECRET not in str(caught.value)


def test_a_good_url_loses_its_last_slash() -> None:
    assert load_settings(ha_url="https://home.example:8123/").ha_url == "https://home.example:8123"


SECRETS = ("ha_token", "influxdb_token", "openai_api_key", "groq_api_key", "anthropic_api_key")


@pytest.mark.parametrize("name", SECRETS)
def test_a_broken_secret_is_told_without_it(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name.upper()} must be one word") as caught:
        load_settings(**{name: f"{SECRET}\r\nX-Header: {SECRET}"})
    assert SECRET not in str(caught.value)


def test_secrets_do_not_show() -> None:
    settings = load_settings(
        mqtt_url=f"mqtt://u:{SECRET}@h", database_url=f"postgresql://u:{SECRET}@h/d", **dict.fromkeys(SECRETS, SECRET)
    )
    assert SECRET not in repr(settings) + str(settings) + str(settings.model_dump()) + settings.model_dump_json()


def test_several_mistakes_are_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(homeiq_execute_from_query="perhaps", homeiq_log_format="xml", influxdb_bucket=["x"])
    assert str(caught.value) == (
        "HOMEIQ_EXECUTE_FROM_QUERY must be true or false. HOMEIQ_LOG_FORMAT must be 'auto', 'json' or 'console'. "
        "INFLUXDB_BUCKET can't be used: Input should be a valid string."
    )


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"HA_TOKEN=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env can't be read"):
        load_settings()


def test_the_example_names_every_variable_with_its_default(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    lines = re.findall(r"^#([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert sorted(name for name, _ in lines) == sorted(name.upper() for name in Settings.model_fields)
    shown = {name.lower(): value for name, value in lines}
    defaults = load_settings()
    for name in ("homeiq_root", "homeiq_ha_user", "ha_events_topic", "ha_states_topic", "influxdb_bucket"):
        assert shown[name] == getattr(defaults, name)
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    assert load_settings() == defaults
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert load_settings().mqtt_url == BrokerAddress("host", 1883, "user", SecretStr("password"))
