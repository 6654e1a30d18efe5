"""Converts a notebook with nbconvert: ``PYTHON -I program.py NOTEBOOK FORMAT``, by the Python that projects compute in.

Runs in the inner ring. To standard output goes one line of JSON, then the bytes of the result: ``{"name", "size"}``
(bytes), or ``{"missing"}`` (a program that the format needs) or ``{"unreadable"}`` (why this is no notebook). Anything
else that goes wrong is on standard error, with status 1.

nbconvert is used as a library: its program would read configuration from the notebook's folder.
"""

import io
import json
import os
import shutil
import sys
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

IMAGES = "{}_files"
EXTENSIONS = {
    "bash": ".sh",
    "javascript": ".js",
    "julia": ".jl",
    "octave": ".m",
    "python": ".py",
    "r": ".r",
    "sage": ".sage",
    "scala": ".scala",
    "typescript": ".ts",
}
"""Of scripts, for notebooks that no kernel has written them into yet."""


def configuration(format_name: str) -> Any:
    """What differs from nbconvert's own settings."""
    config = import_module("traitlets.config").Config()
    if format_name in ("html", "slides"):
        config.HTMLExporter.embed_images = True  # pictures that the text links to: one file holds all
    if format_name in ("latex", "pdf") and shutil.which("inkscape") is None:
        # Nothing else turns SVG into PDF; most outputs have a PNG beside it.
        config.SVG2PDFPreprocessor.enabled = False
        config.NbConvertBase.display_data_priority = [
            "text/latex",
            "application/pdf",
            "image/png",
            "image/jpeg",
            "text/markdown",
            "text/plain",
        ]
    return config


def tell_language(metadata: Any) -> None:
    """Complete a notebook's metadata, so that a script of one that never ran is called what its language says."""
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language", "python")
    known = EXTENSIONS.get(str(language).lower())
    if known is not None:
        metadata.setdefault("language_info", {}).setdefault("name", language)
        metadata["language_info"].setdefault("file_extension", known)
        if known == ".py":
            metadata["language_info"].setdefault("nbconvert_exporter", "python")  # which keeps the text, as comments


def convert(notebook: Path, content: Any, format_name: str) -> tuple[str, bytes]:
    """The name of the result and its bytes: a zip file where there are pictures beside the text."""
    base = import_module("nbconvert.exporters").get_exporter(format_name)
    exporter = base(config=configuration(format_name))
    resources = {
        "metadata": {"name": notebook.stem, "path": str(notebook.parent)},
        "unique_key": notebook.stem,
        "output_files_dir": IMAGES.format(notebook.stem),
    }
    text, resources = exporter.from_notebook_node(content, resources=resources)
    result = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    name = notebook.stem + resources.get("output_extension", "")
    beside = {} if format_name == "pdf" else resources.get("outputs") or {}
    if not beside:
        return name, result
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, result)
        for path, data in beside.items():
            archive.writestr(path, data)
    return f"{notebook.stem}.zip", packed.getvalue()


class Answer:
    """Standard output as it was; from here on, what libraries print there goes to standard error."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def write(self, header: dict[str, Any], content: bytes = b"") -> None:
        """Write the result."""
        self._out.write(json.dumps(header).encode() + b"\n")
        self._out.write(content)
        self._out.flush()


def missing_program(error: Exception) -> str | None:
    """The program whose absence this error tells."""
    if type(error).__name__ == "PandocMissing":
        return "pandoc"
    if isinstance(error, OSError) and "xelatex not found" in str(error):
        return "xelatex"
    return None


def main(notebook: Path, format_name: str) -> int:
    """Convert, and say how it went; the exit status."""
    answer = Answer()
    if format_name == "pdf" and shutil.which("xelatex") is None:
        answer.write({"missing": "xelatex"})  # said before half a minute of other work
        return 0
    nbformat = import_module("nbformat")
    try:
        content = nbformat.read(notebook, as_version=4)
        tell_language(content.metadata)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, ValueError, AttributeError, KeyError) as error:
        answer.write({"unreadable": str(error).splitlines()[0][:300] if str(error) else type(error).__name__})
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # for what LaTeX leaves behind
        os.environ["HOME"] = folder  # templates and caches in the home are not asked
        try:
            name, result = convert(notebook, content, format_name)
        except Exception as error:
            program = missing_program(error)
            if program is None:
                print(error, file=sys.stderr)
                return 1
            answer.write({"missing": program})
            return 0
    answer.write({"name": name, "size": len(result)}, result)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
