"""``outgoing_mail``: what became of messages of the last days, for administrators. What they say is in no row of it."""

from studium.hub.tables.schema import Field, Kind, Scope, Table

OUTGOING_MAIL = Table(
    name="outgoing_mail",
    subject="a message",
    description="Messages by mail: those that wait, and what became of those of the last seven days.",
    scope=Scope.SITE,
    key=("mail_id",),
    fields={
        "mail_id": Field(Kind.ID, "The message."),
        "to_address": Field(Kind.TEXT, "Where it goes."),
        "subject": Field(Kind.TEXT, "Its subject; what it says is not told."),
        "state": Field(Kind.TEXT, "waiting, sent or failed."),
        "tries": Field(Kind.INTEGER, "How often it was tried."),
        "reason": Field(Kind.TEXT, "Why the last try went wrong, in the words of the mail server; empty if none did."),
        "created_at": Field(Kind.TIME, "When it was written."),
        "due_at": Field(Kind.TIME, "When it is tried next, while it waits."),
        "finished_at": Field(Kind.TIME, "When it was sent or given up.", nullable=True),
    },
    order=("-created_at",),
)
