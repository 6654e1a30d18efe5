"""``studium serve`` and its neighbours as a person and a script meet them: real processes, real PostgreSQL."""

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.serving import STUDIUM, Serving, admin, running

PASSWORD = "correct horse battery"


def studium(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*STUDIUM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def refused(*arguments: str) -> str:
    """The one sentence of a command that must fail without a traceback."""
    done = studium(*arguments)
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def children(process_id: int) -> set[int]:
    """All processes below a process."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if parent == process_id:
                found |= {int(folder.name)} | children(int(folder.name))
    return found


def answer(url: str, token: str | None = None) -> Any:
    """GET of JSON."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serve") / "data"


@pytest.fixture(scope="module")
def serving(data: Path) -> Iterator[Serving]:
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        yield serving


def add_account(data: Path, tmp_path: Path, email: str, *more: str) -> str:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    return admin(data, "account", "add", email, "--name", "Ada Lovelace", "--password-file", str(password), *more)


def test_it_prints_a_set_up_link_and_one_ready_line(serving: Serving) -> None:
    assert [line for line in serving.lines if line.startswith("ready ")] == [f"ready {serving.url}"]
    assert serving.link("/set-up").startswith(f"{serving.url}/set-up#")
    assert answer(f"{serving.url}/readyz") == {"ok": True}


def test_accounts_and_tokens_are_made_while_it_runs(serving: Serving, data: Path, tmp_path: Path) -> None:
    link = admin(data, "set-up-link")
    assert link.startswith(f"{serving.url}/set-up#")
    account_id = add_account(data, tmp_path, "ada@example.org", "--administrator")
    assert admin(data, "account", "list") == "ada@example.org\tAda Lovelace\tadministrator"
    token = admin(data, "token", "add", "ada@example.org", "--name", "a script")
    assert answer(f"{serving.url}/api/session", token)["account"]["account_id"] == account_id
    (tmp_path / "new").write_text("another good password")
    admin(data, "account", "password", "ada@example.org", "--password-file", str(tmp_path / "new"))
    assert "There is an account already" in refused("admin", "--data", str(data), "set-up-link")
    assert "already" in refused(
        *("admin", "--data", str(data), "account", "add", "ADA@example.org"),
        *("--name", "Ada", "--password-file", str(tmp_path / "new")),
    )
    assert "no account with the address" in refused("admin", "--data", str(data), "token", "add", "bob@example.org")
    assert "cannot be read" in refused(
        *("admin", "--data", str(data), "account", "password", "ada@example.org"),
        *("--password-file", str(tmp_path / "absent")),
    )


def test_a_second_one_over_the_same_data_is_refused(serving: Serving, data: Path) -> None:
    sentence = refused("serve", "--data", str(data), "--port", "0")
    assert f"process {serving.process.pid}" in sentence
    assert "--data" in sentence


def test_a_port_in_use_is_named(serving: Serving, tmp_path: Path) -> None:
    port = serving.url.rpartition(":")[2]
    assert f"Port {port} is in use" in refused("serve", "--data", str(tmp_path / "other"), "--port", port)
    assert not (tmp_path / "other").exists()


def test_a_further_hub_serves_the_same_accounts(serving: Serving, data: Path, tmp_path: Path) -> None:
    add_account(data, tmp_path, "grace@example.org")
    token = admin(data, "token", "add", "grace@example.org")
    with running("hub", "--data", str(data), "--port", "0") as second:
        assert second.url != serving.url
        assert answer(f"{second.url}/api/session", token)["account"]["email_address"] == "grace@example.org"
        assert second.stop() == 0
    assert answer(f"{serving.url}/readyz") == {"ok": True}


def test_doctor_and_migrate_see_the_one_that_runs(serving: Serving, data: Path) -> None:
    found = studium("doctor", "--data", str(data), "--port", serving.url.rpartition(":")[2])
    assert found.returncode in (0, 2), found
    assert "answers; its wal_level is logical" in found.stdout
    assert "a Studium runs with this data folder" in found.stdout
    assert studium("migrate", "--data", str(data)).stdout == "The database is up to date.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_and_the_next_start_has_all(number: signal.Signals, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        add_account(data, tmp_path, "ada@example.org")
        below = children(serving.process.pid)
        assert below
        serving.process.send_signal(number)
        assert serving.process.wait(30) == 0
        assert not [process for process in below if Path(f"/proc/{process}").exists()]
    assert "Start it with `studium serve" in refused("admin", "--data", str(data), "account", "list")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser"):
        assert "ada@example.org" in admin(data, "account", "list")


def test_after_a_kill_it_starts_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        add_account(data, tmp_path, "ada@example.org")
        serving.process.kill()
        serving.process.wait(10)
    with running("serve", "--data", str(data), "--port", "0", "--no-browser"):
        assert "ada@example.org" in admin(data, "account", "list")


def test_what_cannot_work_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused("serve", "--data", str(tmp_path / "file"), "--port", "0")
    (tmp_path / "studium.toml").write_text("prot = 1")
    assert "did you mean port?" in refused("serve", "--data", str(tmp_path))
    assert "There is no data folder" in refused("admin", "--data", str(tmp_path / "absent"), "account", "list")
    assert "no database to find" in refused("hub", "--data", str(tmp_path / "absent"), "--port", "0")
    wrong = ("--mail", "smtp://mail.example.org", "--mail-from", "nobody")
    assert "mail_from: This is not an e-mail address" in refused("serve", "--data", str(tmp_path / "d"), *wrong)
    assert not (tmp_path / "d").exists()
    assert "no address named" in refused("serve", "--data", str(tmp_path / "d"), "--host", "nowhere.invalid")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"postgresql://nobody@127.0.0.1:{closed.getsockname()[1]}/nothing"
        assert "database cannot be reached" in refused(
            "serve", "--data", str(tmp_path / "d"), "--port", "0", "--database", address
        )


def test_config_show_says_where_each_setting_comes_from(tmp_path: Path) -> None:
    (tmp_path / "studium.toml").write_text('project_memory = "8G"')
    shown = studium(
        *("config", "show", "--origin", "--data", str(tmp_path)),
        STUDIUM_PORT="8000",
        STUDIUM_DATABASE="postgresql://studium:secret@db.example.org/studium",
        STUDIUM_MAIL="smtps://studium:secret@mail.example.org",
    ).stdout
    assert "port = 8000" in shown
    assert "# variable STUDIUM_PORT" in shown
    assert f"# file {tmp_path / 'studium.toml'}" in shown
    assert 'database = "postgresql://studium@db.example.org/studium"' in shown
    assert 'mail = "smtps://studium@mail.example.org"' in shown
    assert "secret" not in shown
