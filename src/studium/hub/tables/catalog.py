"""All tables of the plane."""

from studium.hub.tables.accounts import ACCOUNTS
from studium.hub.tables.api_tokens import API_TOKENS
from studium.hub.tables.collaborators import COLLABORATORS
from studium.hub.tables.file_use import FILE_USE
from studium.hub.tables.notifications import NOTIFICATIONS
from studium.hub.tables.outgoing_mail import OUTGOING_MAIL
from studium.hub.tables.project_invitations import PROJECT_INVITATIONS
from studium.hub.tables.project_log import PROJECT_LOG
from studium.hub.tables.project_marks import PROJECT_MARKS
from studium.hub.tables.projects import PROJECTS
from studium.hub.tables.schema import Schema
from studium.hub.tables.sessions import SESSIONS
from studium.hub.tables.site_settings import SITE_SETTINGS
from studium.hub.tables.statistics import HUBS, SITE_STATISTICS

TABLES: Schema = {
    table.name: table
    for table in (
        ACCOUNTS,
        PROJECTS,
        COLLABORATORS,
        PROJECT_INVITATIONS,
        PROJECT_MARKS,
        PROJECT_LOG,
        FILE_USE,
        NOTIFICATIONS,
        SESSIONS,
        API_TOKENS,
        SITE_SETTINGS,
        HUBS,
        SITE_STATISTICS,
        OUTGOING_MAIL,
    )
}
