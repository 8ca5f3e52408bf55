"""One hierarchy of errors: services raise them, the API renders RFC 9457 problems, actions say a sentence."""

from __future__ import annotations

from typing import Any


class CloserError(Exception):
    """Base of all expected errors.

    Attributes:
        status: The HTTP status that the API answers with.
        code: A stable machine-readable name.
        title: A short summary, the same for every occurrence of the code.
        detail: What happened this time; safe to show to the caller.
        extra: Further members of the problem document.
    """

    status = 500
    code = "internal_error"
    title = "Something went wrong"

    def __init__(self, detail: str = "", *, code: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or type(self).code
        self.extra = extra

    def as_problem(self) -> dict[str, Any]:
        """Return the RFC 9457 members of this error."""
        return {
            "type": f"urn:closer:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }


class Malformed(CloserError):
    """The request cannot be read."""

    status, code, title = 400, "malformed", "The request cannot be read"


class InvalidInput(CloserError):
    """The request is well-formed but a value is not acceptable."""

    status, code, title = 422, "invalid_input", "A value is not acceptable"


class NotAuthenticated(CloserError):
    """No identity, or one that cannot be trusted."""

    status, code, title = 401, "not_authenticated", "Sign in first"


class NotPermitted(CloserError):
    """The caller is known and may not do this."""

    status, code, title = 403, "not_permitted", "Not permitted"


class NotFound(CloserError):
    """The record does not exist, or not for this caller."""

    status, code, title = 404, "not_found", "Not found"


class Conflict(CloserError):
    """The record's state does not allow the change."""

    status, code, title = 409, "conflict", "The current state does not allow that"


class TooLarge(CloserError):
    """The request exceeds a size limit."""

    status, code, title = 413, "too_large", "Too large"


class UnsupportedMediaType(CloserError):
    """The request's body is of a type that is not read here."""

    status, code, title = 415, "unsupported_media_type", "That type of content is not read here"


class TooManyRequests(CloserError):
    """A rate limit was reached; `retry_after` is in seconds."""

    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(CloserError):
    """A part that is needed is down or too slow; trying later may work."""

    status, code, title = 503, "unavailable", "Temporarily unavailable"


class DeadlineExceeded(Unavailable):
    """The work took longer than its deadline."""

    status, code, title = 504, "deadline_exceeded", "That took too long"


class ProviderError(Unavailable):
    """A vendor refused or failed; `retryable` says whether trying again may help."""

    status, code, title = 502, "provider_error", "A service provider failed"

    def __init__(self, detail: str = "", *, retryable: bool = True, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retryable = retryable
