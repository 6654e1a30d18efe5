"""Draws reStructuredText: ``PYTHON -I restructured.py FILE``. Runs in the inner ring.

To standard output goes one JSON object: ``{"html", "problems"}``, or ``{"unreadable": why}``. Nothing of the text makes
docutils read another file, pass HTML on, or take settings; what it could use up is bounded.
"""

import io
import json
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

MAX_MEMORY_BYTES = 1024**3
MAX_SECONDS = 10
MAX_SOURCE_BYTES = 2 * 1024**2
MAX_HTML = 3_000_000
MAX_PROBLEMS = 2_000
"""Characters."""
SETTINGS: dict[str, Any] = {
    "_disable_config": True,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "halt_level": 5,
    "report_level": 2,
    "math_output": "MathML",
    "syntax_highlight": "none",
    "doctitle_xform": True,
    "initial_header_level": 1,
    "line_length_limit": 100_000,
    "smart_quotes": False,
    "traceback": False,
}


def read(place: Path) -> dict[str, str]:
    """What is to be said of the text."""
    data = place.read_bytes()
    if len(data) > MAX_SOURCE_BYTES:
        return {"unreadable": f"it is larger than {MAX_SOURCE_BYTES // 1024**2} MB"}
    problems = io.StringIO()
    settings = {**SETTINGS, "warning_stream": problems}
    try:
        parts = import_module("docutils.core").publish_parts(
            data.decode(errors="replace"), writer="html5", settings_overrides=settings
        )
    except (MemoryError, RecursionError):
        return {"unreadable": "it is nested too deeply, or takes too much memory"}
    except Exception as error:  # the parser is given whatever people write
        return {"unreadable": f"{type(error).__name__}: {error}"[:300]}
    html = str(parts["html_body"])
    if len(html) > MAX_HTML:
        return {"unreadable": "what it makes is too long"}
    return {"html": html, "problems": problems.getvalue()[:MAX_PROBLEMS]}


def main(place: str) -> int:
    """Answer on standard output; the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    json.dump(read(Path(place)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
