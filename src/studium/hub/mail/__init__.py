"""Mail: ``Mail.send`` puts a message into a queue in the database; whichever hub is free hands it to a mail server."""

from studium.hub.mail.letter import Letter
from studium.hub.mail.mail import Mail
from studium.hub.mail.server import MailServer

__all__ = ["Letter", "Mail", "MailServer"]
