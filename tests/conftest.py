"""Fixtures for all tests come from the modules of ``tests/support``."""

pytest_plugins = ["support.postgres"]
