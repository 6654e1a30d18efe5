"""What a project server tells its hub of how it is used (``GET /use``)."""

import msgspec


class ProjectUse(msgspec.Struct, frozen=True):
    """``idle_seconds``: for how long nobody has used the project and nothing in it was busy; 0 while something is."""

    idle_seconds: float
