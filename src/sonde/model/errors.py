"""Everything that can go wrong in a way somebody can act on.

    SondeError
    ├── Invalid            the request makes no sense; `field` says which part
    ├── Unauthenticated    we do not know who is asking
    ├── Denied             we know, and the answer is no
    ├── NotFound           there is no such thing, or it is not yours to see
    ├── Conflict           it clashes with what is already there
    ├── Limited            too much, too fast; `retry_after` says when to come back
    └── Unavailable        not our caller's fault: full, locked, starting or shutting down

Each API turns the kind into its own status and its own body. A failed *measurement* is not an
exception: it is a round with an error code.
"""


class SondeError(Exception):
    """An error with a sentence for people and a code for programs.

    Args:
        message: one sentence that says what is wrong.
        hint: what to do next; empty when there is nothing to add.
        field: the part of the input that is wrong, spelled as the caller spelled it.
        code: stable snake-case name; defaults to the kind.
    """

    kind = "error"

    def __init__(self, message: str, *, hint: str = "", field: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.code = code or self.kind


class Invalid(SondeError):
    """The request makes no sense as it stands."""

    kind = "invalid"


class Unauthenticated(SondeError):
    """The caller did not say who they are, or it was not true."""

    kind = "unauthenticated"


class Denied(SondeError):
    """The caller is known and may not do this."""

    kind = "denied"


class NotFound(SondeError):
    """There is no such thing that this caller may see."""

    kind = "not_found"


class Conflict(SondeError):
    """The request clashes with what is already there."""

    kind = "conflict"


class Limited(SondeError):
    """Too much or too fast.

    Args:
        retry_after: seconds until it is worth asking again.
    """

    kind = "limited"

    def __init__(self, message: str, *, retry_after: float = 0.0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(Limited):
    """We cannot do it now, through no fault of the caller."""

    kind = "unavailable"
