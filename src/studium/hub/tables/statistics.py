"""``hubs`` and ``site_statistics``: how this Studium is doing, as its hubs write it twice a minute."""

from studium.hub.tables.schema import Field, Kind, Scope, Table

HUBS = Table(
    name="hubs",
    subject="a hub",
    description="The hubs that run, and what each says of itself twice a minute.",
    scope=Scope.SITE,
    key=("hub_id",),
    fields={
        "hub_id": Field(Kind.ID, "The hub; another at each start."),
        "address": Field(Kind.TEXT, "Where people reach it."),
        "version": Field(Kind.TEXT, "Its Studium."),
        "started_at": Field(Kind.TIME, "Since when it runs."),
        "seen_at": Field(Kind.TIME, "When it last wrote this row."),
        "connections": Field(Kind.INTEGER, "Pages and scripts that are connected to its tables."),
        "feeds": Field(Kind.INTEGER, "Queries that they follow."),
        "sockets": Field(Kind.INTEGER, "Sockets and requests that it passes on to projects now."),
        "projects": Field(Kind.INTEGER, "Projects that it runs."),
        "memory_bytes": Field(Kind.INTEGER, "Memory of its process, without projects."),
        "project_limits": Field(
            Kind.JSON, "What it was configured to let a project take: memory_bytes, cpu_cores, processes."
        ),
    },
    order=("started_at",),
)

SITE_STATISTICS = Table(
    name="site_statistics",
    subject="the numbers of the site",
    description="Numbers of the whole site, in one row.",
    scope=Scope.SITE,
    key=("name",),
    fields={
        "name": Field(Kind.TEXT, "Always site."),
        "measured_at": Field(Kind.TIME, "When they were counted."),
        "accounts": Field(Kind.INTEGER, "Accounts, those that are disabled too."),
        "active_in_day": Field(Kind.INTEGER, "Accounts that were used within 24 hours."),
        "active_in_week": Field(Kind.INTEGER, "Accounts that were used within 7 days."),
        "projects": Field(Kind.INTEGER, "Projects."),
        "running": Field(Kind.INTEGER, "Projects that run now."),
        "database_bytes": Field(Kind.INTEGER, "Size of the database, without projects' files."),
    },
)
