"""``python -m studium.cli`` is ``studium``."""

from studium.cli import main

main()
