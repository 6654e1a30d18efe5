"""What kinds of document there are: how each holds its content, and how that becomes a file and comes back.

Every format has a *text*: for a text file its own, for others one that is equal where contents are equal. The text is
what file and document are compared and merged by; whoever keeps a file asks no more of a document.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from pycrdt import Doc, Text

from studium.protocol.documents import DocumentFormat
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync import formats
from studium.sync.formats import TextStyle, decode_text, encode_text, too_large_to_edit
from studium.sync.merge import edit_text, three_way
from studium.sync.notebook import file as notebook_file
from studium.sync.notebook import merge as notebook_merge
from studium.sync.notebook import values
from studium.sync.notebook.schema import array_of, meta_of, notebook_of

ROOT: Final = "source"  # the name of the shared text
MAX_NOTEBOOK_BYTES: Final = 200 * 1024 * 1024  # of a file; images and other large outputs are not in the document

Blob = Callable[[str], bytes | None]
"""Large data by its hash; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's content. ``blobs`` is data that is to be kept beside the document, by its hash."""

    text: str
    style: TextStyle
    blobs: dict[str, bytes] = field(default_factory=dict)


class Format(Protocol):
    """One kind of document."""

    name: DocumentFormat

    def __hash__(self) -> int: ...

    def prepare(self, doc: Doc[Any]) -> None:
        """Name the roots, so that nothing is found missing later."""

    def text(self, doc: Doc[Any]) -> str:
        """The text of a document; empty when nobody has written into it."""

    def edit(self, doc: Doc[Any], base: str, theirs: str) -> str:
        """Bring what became of ``base`` elsewhere into a document, in one transaction; its text before."""

    def decode(self, data: bytes, name: str) -> Decoded:
        """A file's content. Raises ``StudiumError``."""

    def encode(self, text: str, style: TextStyle, base: str, held: bytes | None, blob: Blob) -> tuple[bytes, TextStyle]:
        """A file's bytes and its style from now on. ``base`` is the text that the file had, ``held`` its bytes, where
        they are known."""

    def check_size(self, size_bytes: int, name: str, is_new: bool) -> None:
        """Raises ``too_large`` for a file that is not kept as a document, or does not become one (``is_new``)."""


class TextFormat:
    """A text file: one shared text."""

    name = DocumentFormat.TEXT

    def prepare(self, doc: Doc[Any]) -> None:
        doc.get(ROOT, type=Text)

    def text(self, doc: Doc[Any]) -> str:
        return str(doc.get(ROOT, type=Text))

    def edit(self, doc: Doc[Any], base: str, theirs: str) -> str:
        text = doc.get(ROOT, type=Text)
        mine = str(text)
        edits = three_way(base, mine, theirs)
        if edits:
            with doc.transaction():
                edit_text(text, mine, edits)
        return mine

    def decode(self, data: bytes, name: str) -> Decoded:
        return Decoded(*decode_text(data, name))

    def encode(self, text: str, style: TextStyle, base: str, held: bytes | None, blob: Blob) -> tuple[bytes, TextStyle]:
        return encode_text(text, style, base)

    def check_size(self, size_bytes: int, name: str, is_new: bool) -> None:
        if is_new and size_bytes > formats.MAX_EDITABLE_BYTES:
            raise too_large_to_edit(size_bytes, name)
        formats.check_size(size_bytes, name)


class NotebookFormat:
    """A Jupyter notebook: cells and metadata (``notebook/schema.py``). Its style is that of the file which is there."""

    name = DocumentFormat.NOTEBOOK

    def prepare(self, doc: Doc[Any]) -> None:
        meta_of(doc)
        array_of(doc)

    def text(self, doc: Doc[Any]) -> str:
        return values.text_of(notebook_of(doc))

    def edit(self, doc: Doc[Any], base: str, theirs: str) -> str:
        mine = self.text(doc)
        if theirs not in (base, mine):
            with doc.transaction():
                notebook_merge.edit(doc, base, theirs)
        return mine

    def decode(self, data: bytes, name: str) -> Decoded:
        self.check_size(len(data), name, False)
        if not data.strip():
            return Decoded("", TextStyle())
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise values.not_a_notebook(name, "It is no text in UTF-8.") from None
        try:
            notebook = values.normalise(values.read(text, name))
        except values.NotANotebook as error:
            raise values.not_a_notebook(name, str(error)) from None
        blobs = values.take_blobs(notebook)
        text = values.text_of(notebook)
        if len(text) > formats.MAX_FILE_BYTES:
            raise StudiumError(
                ErrorCode.TOO_LARGE,
                f"{name} has {len(text) / 2**20:.0f} MB apart from its images; a notebook may have"
                f" {formats.MAX_FILE_BYTES // 2**20} MB. Clear outputs that are not needed.",
                size_bytes=len(text),
                limit_bytes=formats.MAX_FILE_BYTES,
            )
        return Decoded(text, TextStyle(), blobs)

    def encode(self, text: str, style: TextStyle, base: str, held: bytes | None, blob: Blob) -> tuple[bytes, TextStyle]:
        notebook = values.value_of(text)
        if notebook is None:
            return b"", style
        before: str | None = None
        if held is not None:
            try:
                before = held.decode()
            except UnicodeDecodeError:
                before = None
        return notebook_file.write(notebook, before, blob).encode(errors="replace"), style

    def check_size(self, size_bytes: int, name: str, is_new: bool) -> None:
        if size_bytes > MAX_NOTEBOOK_BYTES:
            raise StudiumError(
                ErrorCode.TOO_LARGE,
                f"{name} has {size_bytes / 2**20:.0f} MB; a notebook may have {MAX_NOTEBOOK_BYTES // 2**20} MB. Clear"
                " outputs that are not needed.",
                size_bytes=size_bytes,
                limit_bytes=MAX_NOTEBOOK_BYTES,
            )


TEXT: Final[Format] = TextFormat()
NOTEBOOK: Final[Format] = NotebookFormat()
FORMATS: Final[dict[DocumentFormat, Format]] = {format_.name: format_ for format_ in (TEXT, NOTEBOOK)}


def may_be(path: str) -> Format:
    """The format that a file has by its name, if its content lets it."""
    return NOTEBOOK if path.lower().endswith(".ipynb") else TEXT
