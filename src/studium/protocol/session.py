"""Who is using the page, and what kind of Studium this is: the messages of ``/api/session`` and its neighbours."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from studium.protocol.ids import AccountId, ProjectId


class Mode(StrEnum):
    """``multi``: accounts and projects, with a hub. ``single``: one person over one directory, without."""

    MULTI = "multi"
    SINGLE = "single"


class SignUpPolicy(StrEnum):
    """Who may make an account: nobody, people with an invitation link, or anyone."""

    CLOSED = "closed"
    INVITATION = "invitation"
    OPEN = "open"


class Role(StrEnum):
    """What an account may do in a project. A viewer reads everything and changes nothing."""

    OWNER = "owner"
    COLLABORATOR = "collaborator"
    VIEWER = "viewer"


class Account(msgspec.Struct, frozen=True):
    """The signed-in person. ``colour`` is 0–11, an index into the collaborator colours of the page;
    ``avatar`` the hash of their picture, if there is one."""

    account_id: AccountId
    first_name: str
    last_name: str
    email_address: str
    administrator: bool
    colour: int
    avatar: str | None = None


class Site(msgspec.Struct, frozen=True):
    """What anybody may know of this Studium.

    ``needs_set_up``: there is no account yet. ``notice``: a sentence shown as a banner on every page, such as that
    projects are not isolated. ``content_origin``: where content that users wrote is shown; null means frames with an
    opaque origin. ``mail``: messages can be sent, such as a link to somebody who forgot a password.
    """

    name: str
    sign_up: SignUpPolicy
    needs_set_up: bool
    version: str
    notice: str | None = None
    content_origin: str | None = None
    mail: bool = False


class SessionInfo(msgspec.Struct, frozen=True):
    """The answer of ``GET /api/session``. ``project_id`` is set in ``single`` mode only, ``session_id`` for a browser
    that is signed in."""

    mode: Mode
    site: Site
    account: Account | None = None
    project_id: ProjectId | None = None
    session_id: UUID | None = None


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/session``: sign in. The answer is ``SessionInfo`` and a cookie."""

    email_address: str
    password: str


class ChangePassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/password``: a new password for one's account. Its other sessions and its tokens end."""

    current_password: str
    password: str


class SignUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/accounts``: make an account and sign in. ``invitation`` is the token of an invitation link."""

    name: str
    email_address: str
    password: str
    invitation: str | None = None


class SetUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/set-up``: make the first account, an administrator, with the one-time token of the set-up link."""

    token: str
    name: str
    email_address: str
    password: str


class SignedUp(msgspec.Struct, frozen=True):
    """The answer of ``POST /api/accounts`` and ``POST /api/set-up``: who signed in, and their Tutorial project."""

    session: SessionInfo
    tutorial_project_id: ProjectId


class OpenLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/link``: in ``single`` mode, change the token of the printed link for a cookie."""

    token: str


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/invitations`` (administrators): a link by which one person may make an account within 14 days."""

    email_address: str | None = None


class Invitation(msgspec.Struct, frozen=True):
    """The answer: ``link`` is shown once. Its token is in the fragment, which browsers do not send."""

    link: str
    expires_at: str


class NewProjectInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/project-invitations``: a link into a project for ``most_uses`` people within ``days``, null for no
    bound; with ``email_address`` for one person, who has no account yet."""

    project_id: ProjectId
    role: Role
    email_address: str | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = 14
    most_uses: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class ProjectInvitation(msgspec.Struct, frozen=True):
    """The answer: ``link`` is shown once. Its token is in the fragment, which browsers do not send.

    ``mailed``: it is on its way to the address as well.
    """

    invitation_id: UUID
    link: str
    expires_at: str | None
    mailed: bool


class InvitationLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/project-invitations/find`` and ``POST /api/join``: the token of a link into a project."""

    token: str


class FoundInvitation(msgspec.Struct, frozen=True):
    """What a link leads to. ``invited_by`` is a name, empty when that account is gone."""

    project_id: ProjectId
    title: str
    role: Role
    invited_by: str
    expires_at: str | None


class Joined(msgspec.Struct, frozen=True):
    """The answer of ``POST /api/join``: the project that one is in now."""

    project_id: ProjectId


class Identity(msgspec.Struct, frozen=True):
    """Who a request to a project server is from, signed by the hub and valid for a short time.

    Travels as ``X-Studium-Identity: BASE64URL(json).HEX(hmac-sha256)`` with the project's secret. The hub removes a
    header of this name, cookies and ``Authorization`` from what it forwards. ``expires`` is Unix time in seconds.
    """

    account_id: AccountId
    name: str
    colour: int
    role: Role
    project_id: ProjectId
    expires: int
    avatar: str | None = None
