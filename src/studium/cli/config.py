"""Settings: one declarative list, read from flags, then ``STUDIUM_*`` variables, then one TOML file.

``Settings`` is the list: each field has a type, a default and a sentence. The flags of the commands, the reference page
``docs/reference/settings.md`` and ``studium config show --origin`` are made from it.
"""

# ruff: noqa: RUF009 - the fields are declared through a function that keeps their sentence beside them
import dataclasses
import difflib
import os
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studium.protocol.errors import ErrorCode, StudiumError

PREFIX = "STUDIUM_"
# Variables of this prefix that are not settings: those of a project's own processes, and of the test suite.
OTHER_VARIABLES = re.compile(r"STUDIUM_(PROJECT_|TEST_|INNER_RING$|CONFIG$)")
CONFIG_FILE = "studium.toml"
CONFIG_FILE_BYTES_MAX = 1 << 20
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _setting(default: Any, sentence: str, kind: str = "") -> Any:
    return dataclasses.field(default=default, metadata={"sentence": sentence, "kind": kind})


@dataclass(frozen=True)
class Settings:
    """Every setting there is."""

    data: Path = _setting(Path("data"), "Folder that holds everything: database, projects, secrets.")
    host: str = _setting("127.0.0.1", "Address to listen on; 0.0.0.0 serves the whole network.")
    port: int = _setting(8080, "Port of the page; 0 takes a free one.", "port")
    content_port: int = _setting(
        -1,
        "Port on which files that users wrote are drawn, apart from the page; -1 is the page's port plus one.",
        "port",
    )
    url: str = _setting(
        "",
        "Address that people type, such as https://studium.example.org, behind a proxy; several with commas.",
        "url",
    )
    content_url: str = _setting(
        "", "Address under which that proxy shows the content port; a host name of its own.", "url"
    )
    trusted_proxies: str = _setting(
        "", "Addresses of proxies in front whose X-Forwarded-For is believed, separated by commas."
    )
    database: str = _setting(
        "", "PostgreSQL to use, such as postgresql://user@host/name; empty runs the embedded one.", "database"
    )
    mail: str = _setting(
        "",
        "Mail server that takes messages: smtp://user:password@host:587 (STARTTLS), smtps:// (TLS) or smtp+plain://; "
        "empty leaves it to the page Administration.",
        "mail",
    )
    mail_from: str = _setting("", "Sender of those messages, such as Studium <studium@example.org>.")
    browser: bool = _setting(True, "Open the page in a browser at the start, where there is a desktop.")
    log_format: str = _setting(
        "auto", "How log lines look; auto is human on a terminal and json otherwise.", "auto|human|json"
    )
    log_level: str = _setting("info", "The least important log lines to write.", "debug|info|warning|error")
    project_memory: int = _setting(4 << 30, "Memory that a project's processes may take together.", "bytes")
    project_cores: float = _setting(2.0, "Processor cores that a project's processes may take together.")
    project_processes: int = _setting(512, "Processes and threads that a project may have at once.")
    environment: str = _setting(
        "",
        "Folder of the Python environment that projects compute in; empty takes the one in the data folder, else the "
        "checkout's.",
        "path",
    )
    max_upload: int = _setting(10 << 30, "Largest file that may be uploaded at once.", "bytes")


@dataclass(frozen=True)
class Value:
    """One setting as it was found; ``origin`` says where: a flag, a variable, a file, or the default."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class Configuration:
    """Settings and where each came from; ``file`` is the TOML file that was read, if any."""

    settings: Settings
    values: dict[str, Value]
    file: Path | None


def fields() -> dict[str, dataclasses.Field[Any]]:
    """The declared settings by name."""
    return {field.name: field for field in dataclasses.fields(Settings)}


def flag(name: str) -> str:
    """The command-line spelling of a setting."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def kind(name: str) -> str:
    """How a value is written, in a word: path, text, number, port, bytes, yes or no, or the choices."""
    field = fields()[name]
    if stated := field.metadata["kind"]:
        return str(stated)
    hint = typing.get_type_hints(Settings)[name]
    return {Path: "path", str: "text", int: "number", float: "number", bool: "yes|no"}[hint]


def show(value: Any) -> str:
    """A value as a person writes it in the TOML file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def show_sized(name: str, value: Any) -> str:
    """Like ``show``, with whole gibibytes and mebibytes written as ``"4G"``."""
    if kind(name) == "bytes":
        for unit in ("T", "G", "M", "K"):
            if value >= UNITS[unit] and value % UNITS[unit] == 0:
                return f'"{value // UNITS[unit]}{unit}"'
    return show(value)


def _problem(name: str, given: Any, wanted: str, origin: str) -> StudiumError:
    return StudiumError(
        ErrorCode.INVALID_VALUE,
        f"{name} must be {wanted}, and {origin} gives {given!r}. Correct it there.",
        setting=name,
    )


def parse(name: str, given: Any, origin: str) -> Any:
    """Turn text from a flag or variable, or a TOML value, into the setting's type."""
    how = kind(name)
    hint = typing.get_type_hints(Settings)[name]
    if hint is bool:
        text = str(given).lower()
        if text in {"true", "yes", "1", "on"}:
            return True
        if text in {"false", "no", "0", "off"}:
            return False
        raise _problem(name, given, "true or false", origin)
    if how == "bytes":
        match = re.fullmatch(r"(\d+)\s*([KMGT]?)(?:i?B)?", str(given).strip(), re.IGNORECASE)
        if not match or not int(match[1]):
            raise _problem(name, given, "a size such as 512M or 4G", origin)
        return int(match[1]) * UNITS[match[2].upper()]
    if hint in (int, float):
        try:
            number = hint(str(given))
        except ValueError:
            raise _problem(name, given, "a number", origin) from None
        least = -1 if name == "content_port" else 0
        if how == "port" and not least <= number <= 65535:
            raise _problem(name, given, f"a port from {least} to 65535", origin)
        if how != "port" and not 0 < number < float("inf"):
            raise _problem(name, given, "more than 0", origin)
        return number
    if not isinstance(given, str | Path):
        raise _problem(name, given, "text", origin)
    if hint is Path:
        return Path(given).expanduser()
    if "|" in how and given not in how.split("|"):
        raise _problem(name, given, "one of " + ", ".join(how.split("|")), origin)
    several = re.split(r"[,\s]+", str(given)) if name == "url" else [str(given)]
    if how == "url" and given and not all(re.fullmatch(r"https?://[^/?#\s,]+/?", url) for url in several):
        raise _problem(name, given, "an address such as https://studium.example.org, with no path", origin)
    if how == "database" and given and not re.match(r"postgres(ql)?://", str(given)):
        raise _problem(name, given, "an address that begins with postgresql://", origin)
    if how == "mail" and given and not re.match(r"smtps?://|smtp\+plain://", str(given)):
        raise _problem(name, "another", "an address that begins with smtp://, smtps:// or smtp+plain://", origin)
    return str(given).rstrip("/") if how == "url" else str(given)


def _unknown(name: str, origin: str, known: list[str]) -> StudiumError:
    start = PREFIX if name.startswith(PREFIX) else ""
    near = difflib.get_close_matches(name.removeprefix(start), [k.removeprefix(start) for k in known], 1, 0.5)
    hint = f"did you mean {start}{near[0]}?" if near else "`studium config show` lists all there are."
    return StudiumError(ErrorCode.NO_SUCH_FIELD, f"{origin} sets {name}, which is no setting: {hint}", setting=name)


def read_file(path: Path) -> dict[str, Any]:
    """The settings of a TOML file, names checked, values as written."""
    try:
        if path.stat().st_size > CONFIG_FILE_BYTES_MAX:
            raise StudiumError(ErrorCode.TOO_LARGE, f"{path} is over 1 MB: that is no file of settings.")
        found = tomllib.loads(path.read_text())
    except OSError as error:
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            f"The settings file {path} cannot be read ({error.strerror}). Give another with --config.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudiumError(ErrorCode.INVALID_VALUE, f"The settings file {path} is not valid TOML: {error}.") from None
    known = list(fields())
    for name in found:
        if name.replace("-", "_") not in known:
            raise _unknown(name, str(path), known)
    return {name.replace("-", "_"): value for name, value in found.items()}


def read(
    flags: Mapping[str, Any], environment: Mapping[str, str] | None = None, config_file: Path | None = None
) -> Configuration:
    """Gather all settings. ``flags`` holds those given on the command line; ``config_file`` must exist if given,
    else ``studium.toml`` in the data folder is read where there is one."""
    environment = os.environ if environment is None else environment
    values = {name: Value(name, field.default, "default") for name, field in fields().items()}
    names = {variable(name): name for name in values}
    given: dict[str, Value] = {}
    for key, text in environment.items():
        if not key.startswith(PREFIX) or (key not in names and OTHER_VARIABLES.match(key)):
            continue
        if key not in names:
            raise _unknown(key, "The environment", list(names))
        name = names[key]
        given[name] = Value(name, parse(name, text, f"the variable {key}"), f"variable {key}")
    for name, flagged in flags.items():
        if flagged is not None:
            given[name] = Value(name, parse(name, flagged, f"the flag {flag(name)}"), f"flag {flag(name)}")
    data: Path = (given.get("data") or values["data"]).value
    if config_file is None and (stated := environment.get(f"{PREFIX}CONFIG")):
        config_file = Path(stated)
    if config_file is None and (data / CONFIG_FILE).exists():
        config_file = data / CONFIG_FILE
    if config_file is not None:
        for name, raw in read_file(config_file).items():
            values[name] = Value(name, parse(name, raw, str(config_file)), f"file {config_file}")
    values.update(given)
    settings = Settings(**{name: value.value for name, value in values.items()})
    return Configuration(settings, values, config_file)
