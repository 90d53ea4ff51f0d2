"""In whose name a command acts."""

from django.core.management.base import CommandError, CommandParser

from sop.models import User


def add_user_option(parser: CommandParser) -> None:
    parser.add_argument(
        "--user", default="", help="The log-in that the change log shall carry, and whose rights are asked for."
    )


def acting(username: str) -> User | None:
    """Who is named by `--user`; nobody when the option is left out: the change belongs to the installation."""
    return user_named(username) if username else None


def user_named(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user “{username}”.")
    return user
