"""Settings: what is read from where, and what a person is told about a wrong one."""

from pathlib import Path

import pytest

from studium.cli import config
from studium.protocol.errors import StudiumError


def test_flags_come_before_variables_before_the_file_before_defaults(tmp_path: Path) -> None:
    (tmp_path / "studium.toml").write_text('port = 1\nhost = "file"\nlog-level = "error"\n')
    found = config.read(
        {"data": str(tmp_path), "port": "3"}, {"STUDIUM_PORT": "2", "STUDIUM_HOST": "variable", "HOME": "/"}
    )
    assert (found.settings.port, found.settings.host, found.settings.log_level) == (3, "variable", "error")
    assert {name: found.values[name].origin for name in ("port", "host", "log_level", "browser")} == {
        "port": "flag --port",
        "host": "variable STUDIUM_HOST",
        "log_level": f"file {tmp_path / 'studium.toml'}",
        "browser": "default",
    }


def test_a_given_file_takes_the_place_of_that_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "studium.toml").write_text("port = 1")
    other = tmp_path / "other.toml"
    other.write_text("port = 2")
    assert config.read({"data": tmp_path}, {}, other).settings.port == 2
    assert config.read({"data": tmp_path}, {"STUDIUM_CONFIG": str(other)}).settings.port == 2


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("browser", "no", False),
        ("browser", "TRUE", True),
        ("project_memory", "512M", 512 << 20),
        ("project_memory", "2 GiB", 2 << 30),
        ("project_memory", "1048576", 1 << 20),
        ("port", "0", 0),
        ("project_cores", "0.5", 0.5),
        ("url", "https://studium.example.org/", "https://studium.example.org"),
        ("url", "", ""),
        ("database", "postgresql:///x?host=/run", "postgresql:///x?host=/run"),
    ],
)
def test_values_are_understood(name: str, text: str, value: object) -> None:
    assert getattr(config.read({}, {config.variable(name): text}).settings, name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("browser", "perhaps"),
        ("port", "65536"),
        ("port", "-1"),
        ("port", "8080.5"),
        ("project_memory", "lots"),
        ("project_memory", "0"),
        ("project_cores", "nan"),
        ("project_cores", "0"),
        ("log_format", "xml"),
        ("url", "studium.example.org"),
        ("url", "https://studium.example.org/below"),
        ("database", "mysql://host"),
    ],
)
def test_a_wrong_value_is_named_with_where_it_came_from(name: str, text: str) -> None:
    with pytest.raises(StudiumError, match=f"{name} must be .* the variable STUDIUM_{name.upper()} gives"):
        config.read({}, {config.variable(name): text})


def test_a_wrong_mail_server_is_named_without_its_password() -> None:
    with pytest.raises(StudiumError, match=r"mail must be .*smtp://.* the variable STUDIUM_MAIL") as wrong:
        config.read({}, {"STUDIUM_MAIL": "imap://studium:hidden-words@mail.example.org"})
    assert "hidden-words" not in wrong.value.message
    right = "smtps://studium:hidden-words@mail.example.org"
    assert config.read({}, {"STUDIUM_MAIL": right}).settings.mail == right


def test_an_unknown_setting_is_answered_with_the_nearest_name(tmp_path: Path) -> None:
    file = tmp_path / "studium.toml"
    file.write_text("prot = 1")
    with pytest.raises(StudiumError, match=r"studium\.toml sets prot, which is no setting: did you mean port\?"):
        config.read({"data": tmp_path}, {})
    with pytest.raises(StudiumError, match=r"STUDIUM_HOTS.*did you mean STUDIUM_HOST\?"):
        config.read({}, {"STUDIUM_HOTS": "x"})
    with pytest.raises(StudiumError, match="`studium config show` lists all"):
        config.read({}, {"STUDIUM_QQQQ": "x"})


def test_variables_of_projects_and_tests_are_not_settings() -> None:
    config.read({}, {"STUDIUM_PROJECT_ID": "x", "STUDIUM_TEST_CHROMIUM": "x", "STUDIUM_INNER_RING": "[]"})


def test_an_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "studium.toml"
    file.write_text("port = = 1")
    with pytest.raises(StudiumError, match="is not valid TOML"):
        config.read({"data": tmp_path}, {})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(StudiumError, match="is not valid TOML"):
        config.read({"data": tmp_path}, {})
    with pytest.raises(StudiumError, match=r"cannot be read .* Give another with --config"):
        config.read({}, {}, tmp_path / "absent.toml")
    with pytest.raises(StudiumError, match="cannot be read"):
        config.read({}, {}, tmp_path)


def test_every_default_survives_being_written_to_a_file_and_read_again(tmp_path: Path) -> None:
    text = "\n".join(f"{name} = {config.show_sized(name, f.default)}" for name, f in config.fields().items())
    (tmp_path / "studium.toml").write_text(text)
    assert config.read({"data": tmp_path}, {}).settings == config.Settings(data=tmp_path)
