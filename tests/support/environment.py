"""The Python environment of projects that the set-up has built in this checkout."""

from pathlib import Path

ENVIRONMENT = Path(__file__).parents[2] / ".make" / "environment"
PROJECT_PYTHON = ENVIRONMENT / "bin" / "python"
