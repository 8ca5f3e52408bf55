"""Errors as problem documents."""

from __future__ import annotations

import json

import pytest

from api.problems import PROBLEM_JSON, plain_problem, problem_response, validation_problem
from closer.kit import errors
from closer.kit.logging import correlated


def _classes(base: type[errors.CloserError]) -> list[type[errors.CloserError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *_classes(child))]


@pytest.mark.parametrize(
    "kind", [errors.CloserError, *_classes(errors.CloserError)], ids=lambda kind: kind.__name__
)
def test_every_error_is_a_problem(kind: type[errors.CloserError]) -> None:
    with correlated("abc"):
        response = problem_response(kind("what happened", limit=3))
    body = json.loads(response.body)
    assert response.media_type == PROBLEM_JSON
    assert response.status_code == body["status"] == kind.status
    assert body["type"] == f"urn:closer:problem:{kind.code}"
    assert body["correlation_id"] == "abc"
    assert body["limit"] == 3


def test_headers_that_http_wants() -> None:
    assert problem_response(errors.NotAuthenticated()).headers["www-authenticate"] == "Bearer"
    assert problem_response(errors.TooManyRequests(retry_after=7)).headers["retry-after"] == "7"
    assert "retry-after" in problem_response(errors.Unavailable()).headers
    assert problem_response(plain_problem(405), {"Allow": "GET"}).headers["allow"] == "GET"


def test_refused_fields_are_named_without_their_values() -> None:
    error = validation_problem(
        [{"loc": ("body", "email"), "msg": "must be text", "input": "secret"}]
    )
    assert error.status == 422
    assert error.extra["errors"] == [{"field": "body.email", "message": "must be text"}]
    assert "secret" not in str(error.as_problem())


def test_many_refused_fields_are_cut() -> None:
    error = validation_problem([{"loc": ("body", str(n)), "msg": "x" * 50} for n in range(500)])
    assert len(error.extra["errors"]) == 20
    assert len(error.detail) <= 500
