"""What happens to the server, its file, its disk and its clock."""

import os
from collections.abc import Callable

from convergence.ledger import Violation
from convergence.phrases import act
from convergence.world import World

# The server ----------------------------------------------------------------------------------------------------------


@act("commit")
def commit(world: World) -> None:
    """The log's thread gets to the disk."""
    world.server.commit()


@act("{number} jobs are done")
def jobs_are_done(world: World, number: int) -> None:
    """Threads read and write files, and read the log."""
    world.server.loop.work(number)


@act("the server works")
def works(world: World) -> None:
    """Threads and log have done all there is, nothing being delivered."""
    for _ in range(50):
        if not world.server.loop.work(100) and not world.server.commit():
            break


@act("the server is killed")
def is_killed(world: World) -> None:
    """SIGKILL, and it starts again. Whatever was not committed is gone."""
    world.restart(world.server.kill)


@act("the server is killed right after a commit")
def is_killed_after_commit(world: World) -> None:
    """The log holds it, and nobody was told."""
    world.server.do(world.server.writer.write)
    world.restart(world.server.kill)


@act("the server restarts")
def restarts(world: World) -> None:
    """SIGTERM, and it starts again."""
    world.restart(world.server.stop)


@act("a checkpoint is written")
def checkpoint(world: World) -> None:
    """Long before it is due."""
    for room in world.server.rooms.values():
        world.server.do(room.log.checkpoint)


# Time ----------------------------------------------------------------------------------------------------------------


def _pass(world: World, seconds: float) -> None:
    world.server.loop.advance(seconds)
    for tab in world.tabs:
        if seconds >= 0.25:
            tab.keep()


@act("a moment passes")
def a_moment_passes(world: World) -> None:
    """0.3 seconds: the browser keeps what waits, the server looks at a file that changed."""
    _pass(world, 0.3)


@act("a while passes")
def a_while_passes(world: World) -> None:
    """3 seconds: files are saved."""
    _pass(world, 3)


@act("an hour passes")
def an_hour_passes(world: World) -> None:
    """A laptop sleeps."""
    _pass(world, 3600)


@act("the clock is set back an hour")
def set_back(world: World) -> None:
    """Unix time jumps; time goes on."""
    world.shift_clock(-3600)


@act("the clock is set forward an hour")
def set_forward(world: World) -> None:
    """As after a sleep."""
    world.shift_clock(3600)


# The disk ------------------------------------------------------------------------------------------------------------


@act("the disk is full")
def is_full(world: World) -> None:
    """For the log and for files that the server writes."""
    world.host.disk_is_full = True


@act("the disk has room")
def has_room(world: World) -> None:
    """Again."""
    world.host.disk_is_full = False


# The file ------------------------------------------------------------------------------------------------------------


def _add_to_line(content: str, number: int, letters: str) -> str:
    lines = content.split("\n")
    lines[number % len(lines)] += letters
    return "\n".join(lines)


@act("sed adds {letters} to line {number}")
def sed_adds(world: World, letters: str, number: int) -> None:
    """In place, as ``sed -i`` does not but many programs do."""
    content = world.content()
    if content is not None:
        world.change_file(_add_to_line(content, number, letters))


@act("sed deletes line {number}")
def sed_deletes(world: World, number: int) -> None:
    """By a new file under the old name, as ``sed -i`` does."""
    content = world.content()
    if content:
        lines = content.split("\n")
        del lines[number % len(lines)]
        world.change_file("\n".join(lines), by_rename=True)


@act("a program appends {letters}")
def appends(world: World, letters: str) -> None:
    """``>>``, which makes the file if there is none."""
    world.change_file((world.content() or "") + letters + "\n")


@act("git checks out the file with {letters} on line {number}")
def checks_out(world: World, letters: str, number: int) -> None:
    """A new file under the old name."""
    content = world.content()
    if content is not None:
        world.change_file(_add_to_line(content, number, letters + "\n"), by_rename=True)


@act("a program appends {letters} in the moment in which the file is replaced")
def appends_late(world: World, letters: str) -> None:
    """Between the server's look and its rename: into the old file."""

    def late() -> None:
        content = world.content()
        if content is not None:
            world.change_file(content + letters)

    world.host.at_next_write.append(late)


@act("vim opens the file")
def vim_opens(world: World) -> None:
    """And has its own copy."""
    world.opened_by_vim = world.content()


@act("vim writes {letters}")
def vim_writes(world: World, letters: str) -> None:
    """What it had read, and this: what was saved since is overwritten, as by any editor."""
    if world.opened_by_vim is not None:
        world.opened_by_vim += letters
        world.change_file(world.opened_by_vim, by_rename=True)


@act("a program truncates the file")
def truncates(world: World) -> None:
    """The first of two steps in which many programs write."""
    content = world.content()
    if content and world.stash is None:
        world.stash = content.encode()
        world.ledger.off_disk |= set(content)
        world.truncated = (world.server.loop.now, None if world.host.clock_offset else world.server)
        world.file.write_bytes(b"")
        # Hours of a program are within one tick of the file system's clock; what was emptied twice would look the same.
        now = world.file.stat().st_mtime_ns
        os.utime(world.file, ns=(now, now + world.acts * 1_000_000))


@act("and writes it again with {letters}")
def writes_again(world: World, letters: str) -> None:
    """The second step."""
    if world.truncated is not None:
        world.bring_file_back(letters)


def _make_unusable(world: World, act: Callable[[], object]) -> None:
    if world.stash is None and world.content() is not None:
        world.stash = world.file.read_bytes()
        world.ledger.off_disk |= set(world.stash.decode())
        act()


@act("the file becomes a folder")
def becomes_a_folder(world: World) -> None:
    """Until it comes back."""

    def replace() -> None:
        world.file.unlink()
        world.file.mkdir()

    _make_unusable(world, replace)


@act("the file becomes binary")
def becomes_binary(world: World) -> None:
    """Until it comes back."""
    _make_unusable(world, lambda: world.file.write_bytes(b"\x00\xff\xfe"))


@act("the file comes back")
def comes_back(world: World) -> None:
    """As it was."""
    world.bring_file_back()


@act("the file is deleted outside")
def is_deleted(world: World) -> None:
    """``rm``. The document stays."""
    content = world.content()
    if content is not None and world.stash is None:
        world.delete_file(content)


@act("the file manager renames the file")
def is_renamed(world: World) -> None:
    """The document follows."""
    if world.stash is not None or not world.file.is_file() or world.host.disk_is_full:
        return
    works(world)  # whoever is just opening the old place gets in before
    old = world.path
    world.renames += 1
    world.path = f"renamed-{world.renames}.txt"
    (world.host.home / old).rename(world.file)
    world.server.complete(world.server.documents.moved(old, world.path))


@act("the file manager removes the file")
def is_removed(world: World) -> None:
    """On purpose: who opens the place later, when nobody has it open, gets a new document."""
    content = world.content()
    if content is not None and world.stash is None and not world.host.disk_is_full:
        world.delete_file(content)
        world.was_removed = True
        if world.history is None:  # nobody has opened it yet
            world.ledger.perhaps_gone |= set(content)
        world.server.complete(world.server.documents.removed(world.path))


# What stories claim --------------------------------------------------------------------------------------------------


@act("the file holds {quote}")
def holds(world: World, quote: str) -> None:
    """Now."""
    if world.content() != quote:
        raise Violation(f"The file holds {world.content()!r}, not {quote!r}.")


@act("there is no file")
def there_is_none(world: World) -> None:
    """Now."""
    if world.file.exists():
        raise Violation(f"There is a file, which holds {world.content()!r}.")


@act("settle")
def settle(world: World) -> None:
    """Everything in the way is mended, everybody comes back, and time passes until all is quiet."""
    world.settle()


@act("laws")
def laws(world: World) -> None:
    """Hold now."""
    world.check()
