"""Printing in a kernel at the pace of plain Python: ipykernel looks up, locks and copies at each `print`, which makes
a million lines take ten times as long as in a terminal.

Here a write is one append to a list that belongs to the header of the cell which prints; ipykernel's own thread takes
the lists away a few times a second, as it does with its buffers. Which cell prints is still found as ipykernel finds
it: by context, thread, and last the newest cell of the kernel.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

REMEMBERED = 100
"""Cells whose list is still looked at; more do not print at the same time."""


class Header(dict):  # type: ignore[type-arg]
    """The header of a message, and what was printed on its behalf and has not been sent. ``put`` takes text; the first
    of it makes the list known to ``headers``, where all lists are that must be looked at."""

    __slots__ = ("headers", "put", "waiting")

    def __init__(self, header: dict[str, Any], headers: "OrderedDict[int, Header]") -> None:
        super().__init__(header)
        self.headers = headers
        self.waiting: list[str] = []
        self.put: Callable[[str], None] = self.begin

    def begin(self, text: str) -> None:
        """The first text, or the first for long."""
        self.headers[id(self)] = self
        self.put = self.waiting.append
        self.put(text)
        if len(self.headers) > REMEMBERED:
            _, oldest = self.headers.popitem(last=False)
            oldest.put = oldest.begin
            if oldest.waiting:
                self.headers[id(oldest)] = oldest


def speed_up(stream: Any) -> None:
    """Make an ``OutStream`` of ipykernel quick, in place."""
    if stream.echo is None and hasattr(stream, "_parent_header") and hasattr(stream, "_flush_buffers"):
        stream.__class__ = quick(stream.__class__)
        stream.begin()


@cache
def quick(base: Any) -> Any:
    """The class of quick streams; one for all, since programs change the class of streams (``flow.py``)."""

    class QuickOutStream(base):  # type: ignore[misc]
        """Lists are appended to by whoever prints, and taken from the front by one thread; both are one step for the
        interpreter. ``armed``: a flush is due, so a write needs nothing but the append."""

        flush_interval = 0.05
        """Seconds from a first print until it is sent; ipykernel takes four times as long, for which one waits."""

        def begin(self) -> None:
            self.headers: OrderedDict[int, Header] = OrderedDict()
            self.set_header(self._parent_header_global)
            self.is_child = False
            self.armed = False
            os.register_at_fork(after_in_child=self.in_child)

        def write(self, text: str) -> Any:
            if self.armed and type(text) is str:
                try:
                    self._parent_header.get().put(text)
                except (LookupError, AttributeError):
                    return self.write_first(text)
                return len(text)
            return self.write_first(text)

        def write_first(self, text: str) -> Any:
            """A write that sees to it that it is sent."""
            header = self.parent_header
            if self.is_child or self.echo is not None or not isinstance(header, Header) or self.pub_thread is None:
                return base.write(self, text)
            if not isinstance(text, str):
                raise TypeError(f"write() argument must be str, not {type(text)}")
            header.put(text)
            self.armed = True  # before: a flush that comes between the two takes it back
            self._schedule_flush()
            return len(text)

        def in_child(self) -> None:
            """After a fork: what waits is the parent's to send, and there is no thread that would send ours."""
            self.is_child = True
            self.armed = False
            for header in self.headers.values():
                header.waiting.clear()

        def _flush(self) -> None:
            self.armed = False
            super()._flush()

        def _flush_buffers(self) -> Iterator[tuple[dict[str, Any], str]]:
            yield from super()._flush_buffers()
            found = False
            for header in list(self.headers.values()):
                count = len(header.waiting)
                if count:
                    text = "".join(header.waiting[:count])
                    del header.waiting[:count]
                    found = True
                    yield dict(header), text
            if found and not self.is_child:
                self._schedule_flush()  # somebody may have been about to append when the list was taken

        # -- whoever says for which cell something is printed says it by these ----------------------------------------

        def header_of(self, header: Any) -> Header:
            """One list for a cell, whoever prints for it: what its threads print stays in its order."""
            if isinstance(header, Header):
                return header
            for known in list(self.headers.values()):
                if known == header:
                    return known
            return Header(header, self.headers)

        def set_header(self, value: Any) -> None:
            base.parent_header.fset(self, self.header_of(value))

        parent_header = property(lambda self: base.parent_header.fget(self), set_header)

        def set_thread_parent(self, parent: Any) -> Any:
            token = super().set_thread_parent(parent)
            self._parent_header.set(self.header_of(self._parent_header.get()))
            return token

    return QuickOutStream
