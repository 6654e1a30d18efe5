"""Documents that are renamed, moved and deleted: by the file manager, by a shell, while open, while somebody is away.

What a person typed is in one document only, which is where the file is.
"""

import asyncio
import re
import subprocess

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents import search, trace
from studium.protocol.documents import Acknowledged, DiskStatus, Moved, NotSaved, Saved
from studium.protocol.errors import ErrorCode


def shell(server: DocumentServer, command: str) -> None:
    """Run a command in the home, and wait for it."""
    subprocess.run(command, shell=True, cwd=server.home, check=True)


async def rename(server: DocumentServer, old: str, new: str) -> None:
    """As the file manager does it."""
    async with server.documents.still(old):
        (server.home / old).rename(server.home / new)
        await server.documents.moved(old, new)


async def saved_all(client: Client) -> None:
    """Wait until the file holds everything that this client sent."""
    await client.until_acknowledged()
    version = max(control.version for control in client.controls if isinstance(control, Acknowledged))
    seen = len(client.controls)
    await client.save_now()
    await client.until(
        lambda: any(isinstance(control, Saved) and control.version >= version for control in client.controls[seen:])
    )


async def until_at(client: Client, path: str) -> None:
    """Wait until the client was told that its document lives at ``path``."""
    await client.until(lambda: client.path == path)


def files(server: DocumentServer) -> dict[str, str]:
    """All files of people in the home, with what they hold."""
    found = (path for path in server.home.rglob("*") if path.is_file() and not {".trash", ".git"} & {*path.parts})
    return {str(path.relative_to(server.home)): path.read_text() for path in found}


async def restarted(server: DocumentServer) -> DocumentServer:
    """Another server over the same folders, on the same port."""
    await server.stop()
    return await DocumentServer(server.home, server.home.parent / "state").start(server.port)


# Somebody is away ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("restart", [False, True])
async def test_rename_while_open_never_creates_two_documents(
    server: DocumentServer, session: aiohttp.ClientSession, restart: bool
) -> None:
    """Others name what is known of them for this: the one who was away comes back to the old name and makes it anew."""
    (server.home / "draft.txt").write_text("text")
    ada = await Client(session, server.url("draft.txt")).connect()
    ben = await Client(session, server.url("draft.txt")).connect()
    await ada.disconnect()
    await ada.append(" offline")
    await rename(server, "draft.txt", "final.txt")
    await until_at(ben, "final.txt")
    await ben.insert(0, "ben's ")
    await saved_all(ben)
    if restart:
        server = await restarted(server)
        await ben.connect()
    await ada.connect()
    await until_at(ada, "final.txt")
    await ada.until_text("ben's text offline")
    await ben.until_text("ben's text offline")
    await saved_all(ada)
    assert files(server) == {"final.txt": "ben's text offline"}
    assert ada.hello.history_id == ben.hello.history_id
    assert server.documents.statistics()["open"] == 1
    for client in (ada, ben):
        await client.disconnect()
    await server.stop()


async def test_a_folder_renamed_twice_while_somebody_is_away(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "one" / "deep").mkdir(parents=True)
    (server.home / "one" / "deep" / "a.txt").write_text("text")
    ada = await Client(session, server.url("one/deep/a.txt")).connect()
    await ada.disconnect()
    await ada.append("!")
    await rename(server, "one", "two")
    await rename(server, "two/deep", "two/deeper")
    await ada.connect()
    await until_at(ada, "two/deeper/a.txt")
    await saved_all(ada)
    assert files(server) == {"two/deeper/a.txt": "text!"}


@pytest.mark.parametrize("open_first", ["returning", "fresh"])
async def test_a_new_file_at_the_old_name_is_another_document(
    server: DocumentServer, session: aiohttp.ClientSession, open_first: str
) -> None:
    (server.home / "a.txt").write_text("old")
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.disconnect()
    await ada.append(" offline")
    await rename(server, "a.txt", "b.txt")
    (server.home / "a.txt").write_text("new")
    ben = Client(session, server.url("a.txt"))
    for client in (ada, ben) if open_first == "returning" else (ben, ada):
        await client.connect()
    await until_at(ada, "b.txt")
    await ben.append(" file")
    for client in (ada, ben):
        await saved_all(client)
    assert ben.path == "a.txt"
    assert files(server) == {"a.txt": "new file", "b.txt": "old offline"}


async def test_coming_back_to_a_deleted_file_shows_what_it_was(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "d").mkdir()
    (server.home / "d" / "a.txt").write_text("text")
    ada = await Client(session, server.url("d/a.txt")).connect()
    await ada.disconnect()
    server = await restarted(server)
    shell(server, "rm -r d")
    await server.documents.removed("d")
    await ada.connect()
    told = await ada.control(NotSaved)
    assert (told.disk, told.error.code) == (DiskStatus.ABSENT, ErrorCode.NOT_FOUND)
    assert str(ada.text) == "text"
    assert files(server) == {}
    await saved_all(ada)
    assert files(server) == {"d/a.txt": "text"}
    await ada.disconnect()
    await server.stop()


async def test_an_unknown_history_and_a_malformed_one(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "a.txt").write_text("text")
    url = server.url("a.txt")
    unknown = await Client(session, url + "?history=7b9e3b0c-34a5-4f0f-9d0c-0f6f5f0b7a11").connect()
    assert str(unknown.text) == "text"
    malformed = await Client(session, url + "?history=nonsense").connect()
    assert malformed.close_code == 4400


# An old place --------------------------------------------------------------------------------------------------------


async def test_a_fresh_opening_of_an_old_place_is_led_on(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "d").mkdir()
    (server.home / "d" / "a.txt").write_text("text")
    (server.home / "d" / "never-opened.txt").write_text("other")
    ada = await Client(session, server.url("d/a.txt")).connect()
    await rename(server, "d/a.txt", "d/b.txt")
    await rename(server, "d", "e")
    await until_at(ada, "e/b.txt")
    server = await restarted(server)
    for old, new in (("d/a.txt", "e/b.txt"), ("d/b.txt", "e/b.txt"), ("d/never-opened.txt", "e/never-opened.txt")):
        late = await Client(session, server.url(old)).connect()
        await until_at(late, new)
        assert str(late.text) == (server.home / new).read_text()
        await late.disconnect()
    # Who cannot be told gets what was asked for.
    plain = await Client(session, server.url("e/a.txt"), studium=False).connect()
    assert (str(plain.text), plain.close_code) == ("", None)
    await plain.disconnect()
    await server.stop()


async def test_a_new_file_may_be_made_at_an_old_place(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "a.txt").write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    await rename(server, "a.txt", "b.txt")
    (server.home / "a.txt").touch()
    ben = await Client(session, server.url("a.txt")).connect()
    await ben.append("mine")
    await saved_all(ben)
    assert (ada.path, ben.path) == ("b.txt", "a.txt")
    assert files(server) == {"a.txt": "mine", "b.txt": "text"}
    # Once that is gone as well, the place is empty: the file that left it before is not what was there last.
    await ben.disconnect()
    shell(server, "rm a.txt")
    await server.documents.removed("a.txt")
    server = await restarted(server)
    carl = await Client(session, server.url("a.txt")).connect()
    assert (carl.path, str(carl.text)) == ("a.txt", "")
    await carl.disconnect()
    await server.stop()


async def test_an_old_place_whose_file_is_gone_is_an_empty_document(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "a.txt").write_text("text")
    await server.documents.moved("a.txt", "b.txt")
    (server.home / "a.txt").unlink()
    late = await Client(session, server.url("a.txt")).connect()
    assert (late.path, str(late.text)) == ("a.txt", "")


# A shell -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "to"),
    [
        ("mv d/a.txt d/b.txt", "d/b.txt"),
        ("mv d/a.txt b.txt", "b.txt"),
        ("mv d e", "e/a.txt"),
        ("mkdir -p f/g && mv d f/g/", "f/g/d/a.txt"),
        ("mv d/a.txt x && sleep 0.3 && mv x y", "y"),
        (
            "mkdir 'with space (deleted)' && mv d/a.txt 'with space (deleted)/a (deleted)'",
            "with space (deleted)/a (deleted)",
        ),
        ("git init -q . && git add d && git mv d/a.txt d/b.txt", "d/b.txt"),
        ("mkdir e && mv d/* e/ && rmdir d", "e/a.txt"),
    ],
)
async def test_a_rename_in_a_shell_is_followed(
    server: DocumentServer, session: aiohttp.ClientSession, command: str, to: str
) -> None:
    (server.home / "d").mkdir()
    (server.home / "d" / "a.txt").write_text("text")
    ada = await Client(session, server.url("d/a.txt")).connect()
    shell(server, command)
    await ada.append(" typed")
    await until_at(ada, to)
    await saved_all(ada)
    assert files(server) == {to: "text typed"}
    assert server.documents.statistics()["open"] == 1
    # Everything that follows from a rename: the history, the old place, the changes from outside.
    ben = await Client(session, server.url(to)).connect()
    late = await Client(session, server.url("d/a.txt")).connect()
    assert ben.hello.history_id == late.hello.history_id == ada.hello.history_id
    await until_at(late, to)
    with (server.home / to).open("a") as out:
        out.write(" more")
    await late.until_text("text typed more")


async def test_a_folder_above_is_renamed_in_a_shell_and_all_below_follow(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "top" / "mid").mkdir(parents=True)
    for name in ("a", "b", "closed"):
        (server.home / "top" / "mid" / f"{name}.txt").write_text(name)
    closed = await Client(session, server.url("top/mid/closed.txt")).connect()
    await closed.disconnect()
    server = await restarted(server)
    ada = await Client(session, server.url("top/mid/a.txt")).connect()
    ben = await Client(session, server.url("top/mid/b.txt")).connect()
    shell(server, "mv top other")
    await until_at(ada, "other/mid/a.txt")
    await until_at(ben, "other/mid/b.txt")
    (server.home / "other/mid/closed.txt").write_text("changed since")
    await closed.connect()
    await until_at(closed, "other/mid/closed.txt")
    await closed.until_text("changed since")
    shell(server, "mv other/mid again")
    await until_at(ada, "again/a.txt")
    await ada.append("!")
    await saved_all(ada)
    assert files(server) == {"again/a.txt": "a!", "again/b.txt": "b", "again/closed.txt": "changed since"}
    for client in (ada, ben, closed):
        await client.disconnect()
    await server.stop()


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("mv a.txt a.txt~ && printf 'text new' > a.txt", {"a.txt~": "text"}),
        ("cp a.txt a.txt~ && printf 'text new' > x && mv x a.txt", {"a.txt~": "text"}),
        ("mv a.txt a.bak; sleep 0.3; cp a.bak a.txt; printf ' new' >> a.txt", {"a.bak": "text"}),
        ("mv a.txt b && mv b a.txt; printf ' new' >> a.txt", {}),
        ("sed -i 's/text/text new/' a.txt", {}),
        ("rm a.txt; sleep 0.2; printf 'text new' > a.txt", {}),
        ("ln a.txt hard && rm a.txt && printf 'text new' > a.txt", {"hard": "text"}),
    ],
)
async def test_a_program_that_saves_by_renaming_does_not_take_the_document_along(
    server: DocumentServer, session: aiohttp.ClientSession, command: str, left: dict[str, str]
) -> None:
    (server.home / "a.txt").write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    shell(server, command)
    await ada.until_text("text new")
    await ada.append(" typed")
    await saved_all(ada)
    assert not any(isinstance(control, Moved) for control in ada.controls)
    assert files(server) == {"a.txt": "text new typed", **left}


async def test_git_stash_and_checkout_leave_the_document_where_it_is(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    git = "git -c user.name=A -c user.email=a@b.c"
    (server.home / "a.py").write_text("one\n")
    shell(server, f"git init -q . && git add a.py && {git} commit -qm one && git branch other")
    (server.home / "a.py").write_text("one\ntwo\n")
    ada = await Client(session, server.url("a.py")).connect()
    shell(server, f"{git} stash -q")
    await ada.until_text("one\n")
    shell(server, f"{git} stash pop -q")
    await ada.until_text("one\ntwo\n")
    shell(server, f"{git} commit -qam two && git checkout -q other")
    await ada.until_text("one\n")
    assert not any(isinstance(control, Moved) for control in ada.controls)


@pytest.mark.parametrize(
    "command",
    [
        "mv a.txt ../outside.txt",
        "git init -q . && mv a.txt .git/a.txt",
        "rm a.txt",
        "mkdir -p .trash/files && mv a.txt .trash/files/1-a.txt",
    ],
)
async def test_out_of_the_home_is_a_deletion(
    server: DocumentServer, session: aiohttp.ClientSession, command: str
) -> None:
    (server.home / "a.txt").write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    shell(server, command)
    told = await ada.control(NotSaved)
    assert told.disk is DiskStatus.ABSENT
    assert ada.path == "a.txt"
    await ada.append("!")
    await saved_all(ada)
    assert (server.home / "a.txt").read_text() == "text!"


async def test_without_a_descriptor_a_rename_looks_like_a_deletion(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sockets and files come first when the process may not open many."""
    monkeypatch.setattr(trace, "_most", lambda: 0)
    (server.home / "a.txt").write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    shell(server, "mv a.txt b.txt")
    assert (await ada.control(NotSaved)).disk is DiskStatus.ABSENT
    # Whoever opens it under its new name brings it along.
    ben = await Client(session, server.url("b.txt")).connect()
    await until_at(ada, "b.txt")
    assert ben.hello.history_id == ada.hello.history_id


async def test_a_file_moved_over_an_open_one_brings_everybody_into_one_document(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "a.txt").write_text("of a\n")
    (server.home / "b.txt").write_text("of b\n")
    ada = await Client(session, server.url("a.txt")).connect()
    ben = await Client(session, server.url("b.txt")).connect()
    shell(server, "mv b.txt a.txt")
    await until_at(ben, "a.txt")
    await ada.until(lambda: ada.close_code == 4409)
    await ben.append("ben\n")
    await saved_all(ben)
    assert files(server) == {"a.txt": "of b\nben\n"}
    fresh = await Client(session, server.url("a.txt")).connect()
    assert str(fresh.text) == "of b\nben\n"
    assert server.documents.statistics()["open"] == 1
    # Who holds the history that lost its place gets the one that is there.
    again = Client(session, server.url("a.txt"))
    again.history_id = ada.history_id
    await again.connect()
    assert again.hello.history_id == ben.hello.history_id


async def test_what_only_the_room_in_the_way_had_is_not_lost(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "a.txt").write_text("of a\n")
    (server.home / "b.txt").write_text("of b\n")
    ada = await Client(session, server.url("a.txt")).connect()
    ben = await Client(session, server.url("b.txt")).connect()
    await ben.append("ben\n")
    (server.home / "a.txt").unlink()
    await ada.append("ada\n")
    await ada.until_acknowledged()
    await rename(server, "b.txt", "a.txt")
    await until_at(ben, "a.txt")
    await ben.until(lambda: "ada\n" in str(ben.text))
    await saved_all(ben)
    assert sorted((server.home / "a.txt").read_text().split("\n")) == ["", "ada", "ben", "of b"]
    assert list(files(server)) == ["a.txt"]


async def test_two_files_change_places(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    for name in "ab":
        (server.home / name).write_text(f"of {name}\n")
    ada, ben = [await Client(session, server.url(name)).connect() for name in "ab"]
    shell(server, "mv a x && mv b a && mv x b")
    await ada.until_text("of b\n")
    await ben.until_text("of a\n")
    for client in (ada, ben):
        await client.append("typed\n")
        await saved_all(client)
    assert files(server) == {"a": "of b\ntyped\n", "b": "of a\ntyped\n"}


# Nobody has it open --------------------------------------------------------------------------------------------------


async def close_all(
    server: DocumentServer, session: aiohttp.ClientSession, *paths: str
) -> tuple[DocumentServer, list[Client]]:
    """Open each path once, then restart, so that no room is left."""
    clients = [await Client(session, server.url(path)).connect() for path in paths]
    for client in clients:
        await client.disconnect()
    return await restarted(server), clients


async def test_a_file_that_was_renamed_while_closed_keeps_its_history(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "a.txt").write_text("text of some length")
    server, (ada,) = await close_all(server, session, "a.txt")
    shell(server, "mkdir d && mv a.txt d/b.txt")
    ben = await Client(session, server.url("d/b.txt")).connect()
    assert ben.hello.history_id == ada.hello.history_id
    await ada.append("!")
    await ada.connect()
    await until_at(ada, "d/b.txt")
    late = await Client(session, server.url("a.txt")).connect()
    await until_at(late, "d/b.txt")
    await ben.until_text("text of some length!")
    await saved_all(ada)
    assert files(server) == {"d/b.txt": "text of some length!"}
    for client in (ada, ben, late):
        await client.disconnect()
    await server.stop()


@pytest.mark.parametrize("who", ["returning", "fresh"])
async def test_a_file_that_was_renamed_while_closed_is_found_from_its_old_place(
    server: DocumentServer, session: aiohttp.ClientSession, who: str
) -> None:
    (server.home / "a.txt").write_text("text of some length\n")
    (server.home / "decoy.txt").write_text("text of equal size.\n")
    server, (ada, _) = await close_all(server, session, "a.txt", "decoy.txt")
    shell(server, "mkdir -p d/e .git && cp a.txt .git/ && mv a.txt d/e/b.txt && cp decoy.txt d/other.txt")
    if who == "fresh":
        ada = Client(session, server.url("a.txt"))
    else:
        await ada.append("offline\n")
    await ada.connect()
    await until_at(ada, "d/e/b.txt")
    await ada.append("online\n")
    await saved_all(ada)
    assert files(server).keys() == {"d/e/b.txt", "d/other.txt", "decoy.txt"}
    text = "text of some length\n" + ("offline\n" if who == "returning" else "") + "online\n"
    assert files(server)["d/e/b.txt"] == str(ada.text) == text
    await ada.disconnect()
    await server.stop()


async def test_a_search_has_an_end(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_ENTRIES", 3)
    (server.home / "a.txt").write_text("text of some length")
    server, (ada,) = await close_all(server, session, "a.txt")
    shell(server, "mkdir -p d/e/f/g && mv a.txt d/e/f/g/")
    await ada.connect()
    assert (await ada.control(NotSaved)).disk is DiskStatus.ABSENT
    assert (ada.path, str(ada.text)) == ("a.txt", "text of some length")
    await ada.disconnect()
    await server.stop()


async def test_a_copy_is_not_a_rename_and_of_two_candidates_the_newest_counts(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    for name in ("first", "second", "kept"):
        (server.home / name).write_text("the same")
    (server.home / "empty").touch()
    server, (_, second, kept, empty) = await close_all(server, session, "first", "second", "kept", "empty")
    shell(server, "cp kept copy; mv empty still-empty")
    assert (await Client(session, server.url("copy")).connect()).hello.history_id != kept.hello.history_id
    assert (await Client(session, server.url("still-empty")).connect()).hello.history_id != empty.hello.history_id
    shell(server, "rm first; mv second third")
    third = await Client(session, server.url("third")).connect()
    assert third.hello.history_id == second.hello.history_id
    await server.stop()


async def test_a_file_that_was_put_into_the_trash_is_not_taken_for_a_new_one_like_it(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "a.txt").write_text("a licence, as in every file")
    server, (ada,) = await close_all(server, session, "a.txt")
    shell(server, "rm a.txt")
    await server.documents.removed("a.txt")
    (server.home / "b.txt").write_text("a licence, as in every file")
    assert (await Client(session, server.url("b.txt")).connect()).hello.history_id != ada.hello.history_id
    await server.stop()


async def test_a_folder_that_became_a_link_does_not_make_a_second_document(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "d").mkdir()
    (server.home / "d" / "a.txt").write_text("text of some length")
    ada = await Client(session, server.url("d/a.txt")).connect()
    shell(server, "mv d e && ln -s e d")
    ben = await Client(session, server.url("d/a.txt")).connect()
    carl = await Client(session, server.url("e/a.txt")).connect()
    assert ada.hello.history_id == ben.hello.history_id == carl.hello.history_id
    assert server.documents.statistics()["open"] == 1
    await ada.append("!")
    await carl.until_text("text of some length!")


# Deleted while open --------------------------------------------------------------------------------------------------


async def test_a_deleted_folder_is_made_again_with_the_file(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "d" / "e").mkdir(parents=True)
    file = server.home / "d" / "e" / "a.txt"
    file.write_text("text")
    ada = await Client(session, server.url("d/e/a.txt")).connect()
    shell(server, "rm -r d")
    assert (await ada.control(NotSaved)).disk is DiskStatus.ABSENT
    assert not (server.home / "d").exists()
    await ada.append("!")
    await saved_all(ada)
    assert file.read_text() == "text!"
    with file.open("a") as out:
        out.write("?")
    await ada.until_text("text!?")


async def test_a_deleted_folder_that_comes_back_is_seen(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "d" / "e").mkdir(parents=True)
    (server.home / "d" / "e" / "a.txt").write_text("text")
    ada = await Client(session, server.url("d/e/a.txt")).connect()
    shell(server, "cp -r d ../kept && rm -r d")
    await ada.control(NotSaved)
    shell(server, "printf ' changed' >> ../kept/e/a.txt && cp -r ../kept d")
    await ada.until_text("text changed")
    await saved_all(ada)


async def test_a_deleted_file_that_is_made_again_goes_on_with_its_document(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    """The new content is an edit of the old one, as for a file that a program rewrites."""
    file = server.home / "a.txt"
    file.write_text("old text\n")
    ada = await Client(session, server.url("a.txt")).connect()
    file.unlink()
    await ada.control(NotSaved)
    file.write_text("another text\n")
    await ada.until_text("another text\n")
    await ada.append("typed\n")
    await saved_all(ada)
    assert file.read_text() == "another text\ntyped\n"


async def test_a_save_does_not_make_a_file_again_that_is_being_renamed(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "a.txt"
    file.write_text("")
    ada = await Client(session, server.url("a.txt")).connect()
    ben = await Client(session, server.url("a.txt")).connect()
    words = []
    for number in range(12):
        words.append(f"<{number}>")
        await ada.append(words[-1])
        await ada.until_acknowledged()
        await ben.save_now()
        await asyncio.sleep(0.002 * number)
        names = ["a.txt", "b.txt"]
        await rename(server, names[number % 2], names[1 - number % 2])
    await saved_all(ada)
    assert files(server) == {"a.txt": "".join(words)}
    assert re.findall("<[^<>]*>", str(ben.text)) == words
