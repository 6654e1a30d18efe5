"""The messages that accounts get, in words."""

from studium.hub.mail.letter import Letter


def reset_password(site: str, address: str, link: str) -> Letter:
    """To somebody who forgot a password."""
    return Letter(
        f"A new password for {site}",
        (f"Somebody asked for a new password for the account {address} in {site}.",),
        link,
        "Choose a new password",
        (
            "The link works once, within one hour. A new password signs you out everywhere.",
            "If it was not you, do nothing: your password stays as it is.",
        ),
    )


def confirm_email(site: str, address: str, link: str) -> Letter:
    """To a new account."""
    return Letter(
        f"Confirm your e-mail address for {site}",
        (f"An account in {site} was made with the address {address}.",),
        link,
        "Confirm this address",
        (
            "The link works once, within seven days.",
            "If it was not you, do nothing: without you the address is never confirmed.",
        ),
    )


def change_email(site: str, old: str, new: str, link: str) -> Letter:
    """To the new address of an account."""
    return Letter(
        f"Confirm your new e-mail address for {site}",
        (f"The account {old} in {site} wants to use the address {new} from now on.",),
        link,
        "Use this address",
        (
            "The link works once, within one day. Until it is opened, nothing changes.",
            "If you know nothing of it, do nothing.",
        ),
    )


def address_changes(site: str, old: str, new: str) -> Letter:
    """To the old address of an account, as soon as another one was asked for."""
    return Letter(
        f"Your e-mail address in {site} is about to change",
        (
            f"Somebody who knows the password of your account {old} in {site} asked to use the address {new} in its "
            "place. A link was sent there; opening it makes the change.",
            "If it was not you, change your password now: that ends the link.",
        ),
    )


def address_in_use(site: str, address: str) -> Letter:
    """To an address that somebody wanted for another account."""
    return Letter(
        f"You have an account in {site} already",
        (
            f"Somebody asked to use the address {address} for another account in {site}. It belongs to an account "
            "already, so nothing was changed.",
            "If it was you, sign in with it; on the page where one signs in you can ask for a new password.",
            "If it was not you, do nothing.",
        ),
    )


def project_invitation(site: str, by: str, title: str, link: str, ends: str) -> Letter:
    """To an address that has no account yet. ``ends`` is when the invitation ends, in words."""
    return Letter(
        f"{by} invites you to “{title}”",
        (f"{by} wants to work with you on the project “{title}” in {site}.",),
        link,
        "See the invitation",
        (
            f"The link works once, until {ends}. You need an account in {site} to join.",
            "If you do not know who this is, do nothing.",
        ),
    )


def test(site: str, by: str) -> Letter:
    """To an administrator who tries the mail server."""
    return Letter(
        f"A test message from {site}",
        (f"{by} sent this message in the administration of {site}.", "It arrived, so mail works."),
    )
