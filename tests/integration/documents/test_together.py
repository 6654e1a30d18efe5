"""Documents over real sockets: people typing together, presence, access, bad input, slow readers."""

import asyncio

import aiohttp
import pytest
from pycrdt import Doc, Text

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents import rooms as rooms_module
from studium.protocol.documents import Acknowledged, DiskStatus, Failed, NotSaved, Saved, SyncType
from studium.protocol.errors import ErrorCode, close_code
from studium.sync.wire import decode_frame, encode_awareness, encode_sync


async def test_two_people_type_and_the_file_has_it(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "main.py").write_text("print(1)\n")
    ada = await Client(session, server.url("main.py")).connect()
    ben = await Client(session, server.url("main.py"), studium=False).connect()
    assert str(ada.text) == str(ben.text) == "print(1)\n"
    await ada.append("# Ada 😀\n")
    await ben.until_text("print(1)\n# Ada 😀\n")
    await ben.insert(0, "# Ben é\n")
    await ada.until_text("# Ben é\nprint(1)\n# Ada 😀\n")
    await ada.until_acknowledged()
    saved = len(ada.controls)
    await ada.save_now()
    await ada.control(Saved, after=saved)
    assert (server.home / "main.py").read_text() == "# Ben é\nprint(1)\n# Ada 😀\n"


async def test_a_new_path_opens_empty_and_the_first_edit_makes_the_file(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    ada = await Client(session, server.url("new.txt")).connect()
    assert str(ada.text) == ""
    assert not (server.home / "new.txt").exists()
    await ada.append("x")
    await ada.until_acknowledged()
    await ada.until(lambda: any(isinstance(control, Saved) and control.version >= 1 for control in ada.controls))
    assert (server.home / "new.txt").read_text() == "x"


async def test_an_opened_and_untouched_file_is_not_written(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "dos.txt"
    file.write_bytes(b"\xef\xbb\xbfone\r\ntwo\nthree")
    before = file.stat()
    ada = await Client(session, server.url("dos.txt")).connect()
    assert str(ada.text) == "one\ntwo\nthree"
    await ada.save_now()
    await ada.until(lambda: any(isinstance(control, Saved) for control in ada.controls))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert file.stat().st_ino == before.st_ino
    await ada.insert(len("one\ntwo"), "!")
    await ada.until_acknowledged()
    seen = len(ada.controls)
    await ada.save_now()
    await ada.control(Saved, after=seen)
    assert file.read_bytes() == b"\xef\xbb\xbfone\r\ntwo!\nthree"


async def test_all_typing_is_acknowledged_after_it_is_committed(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    ada = await Client(session, server.url("a.txt")).connect()
    for number in range(50):
        await ada.append(f"{number} ")
    await ada.until_acknowledged()
    last = [control for control in ada.controls if isinstance(control, Acknowledged)][-1]
    assert (last.count, last.version) == (51, 50)  # the answer to the server's first step brought nothing


async def test_the_answer_to_a_first_step_is_one_frame(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.show(1, {"cursor": 3})
    await ada.until(lambda: ada.doc.client_id in ada.presence)
    ben = await Client(session, server.url("a.txt")).connect()
    assert [len(decode_frame(frame)) for frame in ben.frames] == [1, 3]  # the greeting; step 2, step 1, awareness
    assert ada.doc.client_id in ben.presence


async def test_a_frame_to_a_stock_client_holds_one_message(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    ada = await Client(session, server.url("a.txt")).connect()
    ben = await Client(session, server.url("a.txt"), studium=False).connect()
    eve = await Client(session, server.url("a.txt")).connect()
    await ada.show(1, {"cursor": 3})
    for letter in "abc":
        ada.text += letter
    updates, ada._outgoing = ada._outgoing, []
    await ada.send(b"".join(encode_sync(SyncType.UPDATE, update) for update in updates))
    await ben.until_text("abc")
    await eve.until_text("abc")
    assert sum(frame.startswith(b"\x00\x02") for frame in ben.frames) == 1  # a turn is one update
    await ben.until(lambda: ada.doc.client_id in ben.presence)
    assert {len(decode_frame(frame)) for frame in ben.frames} == {1}
    assert max(len(decode_frame(frame)) for frame in eve.frames[2:]) == 2  # to others, with where the cursors are


async def test_presence_is_echoed_named_by_the_server_and_removed(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    ada = await Client(session, server.url("a.txt"), name="Ada").connect()
    ben = await Client(session, server.url("a.txt"), name="Ben").connect()
    await ada.show(1, {"user": {"name": "Ben", "account_id": "forged", "color": "#fff"}, "cursor": 3})
    await ben.until(lambda: ada.doc.client_id in ben.presence)
    await ada.until(lambda: ada.doc.client_id in ada.presence)
    state = ben.presence[ada.doc.client_id].state
    assert state is not None
    assert state["cursor"] == 3
    assert state["user"]["name"] == "Ada"
    assert state["user"]["colour"] == 3
    assert state["user"]["account_id"] != "forged"
    # Nobody speaks for another: neither a change nor a removal of Ada's state by Ben counts.
    ben_says = Client(session, server.url("a.txt"), name="Ben")
    ben_says.doc = Doc(client_id=ada.doc.client_id)
    await ben_says.connect()
    await ben_says.show(5, None)
    await ben_says.show(6, {"cursor": 99})
    await ben.send(b"\x03")
    seen = len(ben.frames)
    await ben.until(lambda: len(ben.frames) > seen)
    assert ben.presence[ada.doc.client_id].state == state
    await ada.cut()
    await ben.until(lambda: ben.presence[ada.doc.client_id].state is None, 5)


async def test_viewers_read_and_cannot_write(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "a.txt").write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    for studium in (True, False):
        eve = await Client(session, server.url("a.txt"), studium=studium, role="viewer").connect()
        assert str(eve.text) == "text"
        await eve.show(1, {"cursor": 0})
        await ada.until(lambda client_id=eve.doc.client_id: client_id in ada.presence)
        await eve.append("!")
        await eve.until(lambda eve=eve: eve.close_code is not None)
        assert eve.close_code == close_code(ErrorCode.NOT_PERMITTED)
        if studium:
            assert eve.hello.read_only
            assert (await eve.control(Failed)).error.code is ErrorCode.NOT_PERMITTED
    await ada.append(".")
    await ada.until_acknowledged()
    assert str(ada.text) == "text."


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00",
        b"\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x00\x02\x05abc",
        encode_sync(SyncType.UPDATE, b"garbage"),
        encode_sync(SyncType.STEP_2, b"\x01\xff\xff"),
        encode_sync(SyncType.STEP_1, b"\xff"),
        b"\x07",
        encode_awareness(b"\x01\x05\x01\x04nope"),
        encode_awareness(b"\xff\xff\x03"),
        b"\x64\x02[]",
    ],
)
async def test_garbage_costs_its_sender_the_connection(
    server: DocumentServer, session: aiohttp.ClientSession, frame: bytes
) -> None:
    ada = await Client(session, server.url("a.txt")).connect()
    eve = await Client(session, server.url("a.txt")).connect()
    await eve.send(frame)
    await eve.until(lambda: eve.close_code is not None)
    assert eve.close_code == close_code(ErrorCode.INVALID_REQUEST)
    await ada.append("fine")
    await ada.until_acknowledged()
    assert (await Client(session, server.url("a.txt")).connect()).close_code is None


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("no/such/folder.txt", None, ErrorCode.NOT_FOUND),
        ("binary.bin", b"\x00\x01", ErrorCode.NOT_TEXT),
        ("latin.txt", b"caf\xe9", ErrorCode.NOT_TEXT),
        ("folder", "directory", ErrorCode.NOT_TEXT),
        ("", None, ErrorCode.INVALID_PATH),
        ("link.txt", "link", ErrorCode.NOT_PERMITTED),
        ("huge.txt", b"0123456789abcde\n" * (11 * 65536), ErrorCode.TOO_LARGE),
        ("huge.bin", "sparse", ErrorCode.NOT_TEXT),
    ],
)
async def test_what_cannot_be_opened_says_why(
    server: DocumentServer, session: aiohttp.ClientSession, path: str, content: bytes | str | None, code: ErrorCode
) -> None:
    place = server.home / path
    if content == "directory":
        place.mkdir()
    elif content == "link":
        place.symlink_to("/etc/hostname")
    elif content == "sparse":
        with place.open("wb") as file:
            file.write(b"text\n")
            file.seek(11 * 1024 * 1024)
            file.write(b"text\n")
    elif isinstance(content, bytes):
        place.write_bytes(content)
    url = server.url(path)
    ada = await Client(session, url).connect()
    assert ada.close_code == close_code(code)
    failed = await ada.control(Failed)
    assert failed.error.code is code
    if isinstance(content, bytes):  # a load that failed is tried again by the next one
        place.write_text("text")
        assert str((await Client(session, url).connect()).text) == "text"


async def test_many_open_a_new_room_at_once(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "a.txt").write_text("text")
    (server.home / "b.txt").symlink_to("a.txt")
    clients = [Client(session, server.url("ab"[number % 2] + ".txt")) for number in range(40)]
    await asyncio.gather(*(client.connect() for client in clients))
    assert {str(client.text) for client in clients} == {"text"}
    assert {client.hello.history_id for client in clients} == {clients[0].hello.history_id}
    await clients[0].append("!")
    await clients[1].until_text("text!")
    await clients[0].save_now()
    await clients[0].until(lambda: (server.home / "a.txt").read_text() == "text!")
    assert (server.home / "b.txt").is_symlink()


async def test_a_client_that_does_not_read_is_brought_up_to_date_later(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    ada = await Client(session, server.url("a.txt")).connect()
    slow = await Client(session, server.url("a.txt")).connect()
    slow.transport.pause_reading()
    page = "x" * 500_000
    for _ in range(20):
        await ada.append(page)
        await ada.until_acknowledged()
    assert server.documents.statistics()["behind"] == 1
    slow.transport.resume_reading()
    await slow.until(lambda: len(slow.text) == 20 * len(page))
    await ada.append("y")
    await slow.until(lambda: len(slow.text) == 20 * len(page) + 1)
    assert server.documents.statistics()["behind"] == 0


async def test_an_update_that_comes_before_the_one_it_rests_on(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    other: Doc[Text] = Doc()
    text = other.get("source", type=Text)
    updates = []
    for word in ("one ", "two ", "three"):
        state = other.get_state()
        text += word
        updates.append(other.get_update(state))
    ada = await Client(session, server.url("a.txt")).connect()
    for number in (2, 1):
        await ada.send(encode_sync(SyncType.UPDATE, updates[number]))
        ada.sent += 1
    await ada.until_acknowledged()
    late = await Client(session, server.url("a.txt")).connect()
    await ada.send(encode_sync(SyncType.UPDATE, updates[0]))
    await late.until_text("one two three")


async def test_an_idle_room_is_closed_and_opens_again(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "IDLE_SECONDS", 0.01)
    ada = await Client(session, server.url("a.txt")).connect()
    for number in range(200):
        await ada.append(f"{number} ")
    await ada.until_acknowledged()
    await ada.save_now()
    await ada.until(lambda: any(isinstance(control, Saved) and control.version == 200 for control in ada.controls))
    await ada.disconnect()
    async with asyncio.timeout(60):
        while server.documents.statistics()["open"]:
            await asyncio.sleep(0.01)
    text = str(ada.text)
    again = await Client(session, server.url("a.txt")).connect()
    assert str(again.text) == text
    assert again.hello.version == again.hello.saved_version == 200
    await ada.connect()
    await ada.append("!")
    await again.until_text(text + "!")


async def test_a_folder_that_vanishes(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    folder = server.home / "folder"
    folder.mkdir()
    ada = await Client(session, server.url("folder/a.txt")).connect()
    await ada.append("text")
    await ada.until(lambda: any(isinstance(control, Saved) and control.version for control in ada.controls))
    (folder / "a.txt").unlink()
    folder.rmdir()
    gone = await ada.control(NotSaved)
    assert gone.disk in (DiskStatus.ABSENT, DiskStatus.UNKNOWN)
    await ada.append("!")
    await ada.until_acknowledged()
    folder.mkdir()
    seen = len(ada.controls)
    await ada.save_now()
    await ada.until(lambda: any(isinstance(control, Saved) for control in ada.controls[seen:]))
    assert (folder / "a.txt").read_text() == "text!"


async def test_a_panic_in_the_library_opens_the_document_afresh(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException):
        """As the CRDT library's: no Exception."""

    def panic(_update: bytes) -> None:
        raise Panic

    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("kept ")
    await ada.until_acknowledged()
    broken = server.documents.rooms._open["a.txt"].room
    monkeypatch.setattr(broken._replica.doc, "apply_update", panic)
    await ada.append("typed")
    await ada.until(lambda: ada.close_code is not None)
    assert ada.close_code in (close_code(ErrorCode.UNAVAILABLE), close_code(ErrorCode.INVALID_REQUEST))
    ben = await Client(session, server.url("a.txt")).connect()
    assert str(ben.text) == "kept "
    await ada.connect()
    await ben.until_text("kept typed")
