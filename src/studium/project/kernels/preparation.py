"""What IPython kernels do here beyond what they do elsewhere: small programs that each runs when it has just begun.

They are run in namespaces of their own, silently: people's names, ``_`` and the history stay as they are.
"""

from pathlib import Path
from typing import Final

from studium.project.kernels.kernel import Kernel

_FOLDER: Final = Path(__file__).with_name("inside")
PROGRAMS: Final = ("variables.py", "threads.py", "flow.py")


def is_ipython(kernel: Kernel) -> bool:
    """Whether the kernel can be prepared."""
    return kernel.client.info.get("implementation") == "ipython"


def prepare(kernel: Kernel) -> None:
    """Have the kernel run the programs before anything else. Blocks for the time of reading them."""
    if is_ipython(kernel):
        codes = [(_FOLDER / name).read_text() for name in PROGRAMS]
        code = "\n".join(f"exec({code!r}, {{'__name__': 'studium'}})" for code in codes)
        content = {"code": code, "silent": True, "store_history": False, "allow_stdin": False}
        kernel.client.post("shell", "execute_request", content)
