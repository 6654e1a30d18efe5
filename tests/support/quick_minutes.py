"""Run Studium with shorter minutes of idleness: ``quick_minutes.py SECONDS COMMAND …``, where COMMAND runs a module of
this Python (``python -m studium.cli …``). Nothing else of it changes."""

import functools
import runpy
import sys

from studium.cli import serve
from studium.hub.app import HubSettings


def main() -> None:
    seconds, _python, _m, module = sys.argv[1:5]
    vars(serve)["HubSettings"] = functools.partial(HubSettings, idle_minute_seconds=float(seconds))
    sys.argv[:] = [module, *sys.argv[5:]]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
