"""What a new file holds: nothing, or, for a notebook, one empty cell."""

import json
import uuid
from typing import Any

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import KernelSpec

NOTEBOOK_ENDING = ".ipynb"
PYTHON = KernelSpec("python3", "Python 3 (ipykernel)", "python")
"""As ipykernel calls itself."""
MAX_NAME_CHARACTERS = 200


def new_content(path: str, kernel: KernelSpec | None = None) -> bytes:
    """The bytes of a new file at ``path``. Raises ``invalid_value`` for a kernel where none has a place."""
    if not path.lower().endswith(NOTEBOOK_ENDING):
        if kernel is not None:
            message = f"A kernel belongs to a notebook, and notebooks end with {NOTEBOOK_ENDING}. Add that to the name."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="kernel")
        return b""
    return empty_notebook(kernel or PYTHON)


def empty_notebook(kernel: KernelSpec) -> bytes:
    """A notebook as Jupyter writes it, with one empty code cell."""
    spec = {"display_name": kernel.display_name, "language": kernel.language, "name": kernel.name}
    if not kernel.name or any(len(text) > MAX_NAME_CHARACTERS for text in spec.values()):
        message = f"The names of a kernel have 1 to {MAX_NAME_CHARACTERS} characters. Choose one that is installed."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, field="kernel")
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": uuid.uuid4().hex[:8],
        "metadata": {},
        "outputs": [],
        "source": [],
    }
    notebook = {"cells": [cell], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode() + b"\n"
