"""The embedded PostgreSQL: whoever starts it, whatever was there before."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import studium
from studium.hub.database import Database, EmbeddedPostgres
from studium.hub.database.migrations import migrate, migrations
from studium.protocol.errors import ErrorCode, StudiumError

SYSTEM_PYTHON = Path("/usr/bin/python3")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users reach."""
    path = Path(tempfile.mkdtemp(prefix="studium-test-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


async def test_data_stays_over_a_restart_and_a_second_studium_is_refused(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    database = await Database(await server.start()).open()
    await database.execute("INSERT INTO site_settings VALUES ('site_name', '\"Here\"')")
    with pytest.raises(StudiumError, match="Another Studium") as caught:
        await EmbeddedPostgres(tmp_path).start()
    assert caught.value.code is ErrorCode.CONFLICT
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    await database.close()
    await server.stop()
    again = EmbeddedPostgres(tmp_path)
    database = await Database(await again.start()).open()
    assert await database.fetchval("SELECT value FROM site_settings") == "Here"
    assert await database.fetchval("SHOW listen_addresses") == ""
    await database.close()
    await again.stop()


async def test_a_stale_pid_file_and_a_long_path(tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 30)
    server = EmbeddedPostgres(directory, durable=False)
    dsn = await server.start()
    assert "/tmp/studium-" in dsn
    await server.stop()
    assert not Path(dsn.split("host=")[1].split("&")[0]).exists()
    # As if another program of the same user had got the dead postmaster's number.
    (directory / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n{directory}/cluster\n1\n5432\n\n\n\n\n")
    await server.start()
    await server.stop()


async def test_it_ends_with_a_studium_that_was_killed(tmp_path: Path) -> None:
    script = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from studium.hub.database import EmbeddedPostgres

        async def main():
            await EmbeddedPostgres(Path({str(tmp_path)!r}), durable=False).start()
            print("up", flush=True)
            await asyncio.sleep(60)

        asyncio.run(main())
        """
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    server = EmbeddedPostgres(tmp_path, durable=False)
    await server.start()
    await server.stop()


async def test_a_cluster_of_another_version_is_named(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    await server.start()
    await server.stop()
    (tmp_path / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(StudiumError, match="PostgreSQL 17"):
        await server.start()
    (tmp_path / "cluster" / "PG_VERSION").write_text("18\n")
    (tmp_path / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(StudiumError, match="pg_control"):
        await server.start()
    assert server.process_id is None


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0 or not SYSTEM_PYTHON.exists(), reason="needs root and a Python for all users")
@pytest.mark.parametrize("uid", [65534, 54321], ids=["a user", "a user without a name"])
def test_it_runs_for_an_ordinary_user(folder: Path, uid: int) -> None:
    packages = sysconfig.get_path("purelib")
    script = textwrap.dedent(
        f"""
        import asyncio
        from pathlib import Path
        from studium.hub.database import EmbeddedPostgres

        async def main():
            server = EmbeddedPostgres(Path({str(folder / "data")!r}), durable=False)
            print(await server.start())
            await server.stop()

        asyncio.run(main())
        """
    )
    source = Path(studium.__file__).parents[1]
    environment = {"PYTHONPATH": f"{source}:{packages}", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
    command = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", str(SYSTEM_PYTHON), "-c"]
    probe = subprocess.run([*command, "import asyncpg, studium"], env=environment, capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("this environment is not readable for other users")
    result = subprocess.run([*command, script], env=environment, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("postgresql:///studium"), result.stderr


async def test_two_hubs_migrate_at_once(postgres: object) -> None:
    from support.postgres import TestPostgres

    assert isinstance(postgres, TestPostgres)
    dsn = await postgres.create("template0")
    first, second = await asyncio.gather(Database(dsn).open(), Database(dsn).open())
    assert await first.fetchval("SELECT count(*) FROM schema_migrations") == len(migrations())
    await second.execute("INSERT INTO schema_migrations (number, name) VALUES (9999, 'later')")
    await second.execute("UPDATE schema_migrations SET number = number WHERE number = 1")
    async with second.connection() as connection:
        with pytest.raises(StudiumError, match="newer Studium"):
            await migrate(connection)
    await first.close()
    await second.close()


async def test_a_migration_that_fails_leaves_the_one_before(database: Database, tmp_path: Path) -> None:
    known = migrations()
    for _, _, path in known:
        shutil.copy(path, tmp_path)
    number = len(known) + 1
    (tmp_path / f"{number:04d}_broken.sql").write_text("CREATE TABLE half (x int); SELECT no_such_function();")
    async with database.connection() as connection:
        with pytest.raises(Exception, match="no_such_function"):
            await migrate(connection, tmp_path)
    assert await database.fetchval("SELECT to_regclass('half')") is None
    assert await database.fetchval("SELECT max(number) FROM schema_migrations") == len(known)


async def test_an_address_where_no_database_is(tmp_path: Path) -> None:
    with pytest.raises(StudiumError, match="cannot be reached") as caught:
        await Database(f"postgresql:///x?host={tmp_path}").open()
    assert caught.value.code is ErrorCode.UNAVAILABLE
