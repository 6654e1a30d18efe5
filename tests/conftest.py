"""Fixtures for all tests come from the modules of ``tests/support``."""

from hypothesis import settings

settings.register_profile("studium", deadline=None)  # how long an example takes says more of the machine than of us
settings.load_profile("studium")

pytest_plugins = ["support.postgres"]
