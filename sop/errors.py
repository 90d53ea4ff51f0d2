"""The one error that a user is shown, in the user's words, by pages, REST and commands alike."""

from collections.abc import Mapping, Sequence


class PlanningError(Exception):
    """Something the user asked for cannot be done as asked.

    `detail` says what and what to do instead; `errors` names fields or rows; `status` is the HTTP status a door answers
    with (400 not understood, 403 no right, 404 not found, 409 conflict, 422 refused, 423 locked).
    """

    status = 422

    def __init__(
        self,
        detail: str,
        *,
        errors: Mapping[str, Sequence[str]] | None = None,
        status: int | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = {key: list(messages) for key, messages in (errors or {}).items()}
        self.extra = dict(extra or {})
        self.status = status or self.status


class NotAllowed(PlanningError):
    """The user's role or scope does not cover this."""

    status = 403


class NotFound(PlanningError):
    """Nothing of that name exists, or the user may not know that it does."""

    status = 404


class Conflict(PlanningError):
    """Somebody else changed it first."""

    status = 409


class Locked(PlanningError):
    """The cycle or stage no longer takes changes."""

    status = 423
