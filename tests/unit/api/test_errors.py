"""Every exception, in the shape of the API it came through."""

import pytest
import structlog
from litestar import Litestar, get
from litestar.testing import TestClient

from sonde.api.errors import STATUS_OF_KIND, Problem, exception_handlers, shape_native
from sonde.api.thousandeyes.v6.app import shape_error
from sonde.model.errors import (
    Conflict,
    Denied,
    Invalid,
    Limited,
    NotFound,
    SondeError,
    Unauthenticated,
    Unavailable,
)


def answer_to(error: Exception, shape=shape_native):
    """What a caller gets when a handler raises this."""

    @get("/", sync_to_thread=False)
    def fail() -> None:
        raise error

    application = Litestar([fail], exception_handlers=exception_handlers(shape), logging_config=None)
    with TestClient(application, raise_server_exceptions=False) as client:
        return client.get("/")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("x"), 400),
        (Unauthenticated("x"), 401),
        (Denied("x"), 403),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Limited("x"), 429),
        (Unavailable("x"), 503),
    ],
)
def test_each_kind_has_its_status(error, status):
    """The kind decides the status and the code."""
    response = answer_to(error)
    assert response.status_code == status
    assert response.json()["error"]["code"] == error.kind


def test_every_kind_has_a_status():
    """A kind added to the model cannot be forgotten here."""
    kinds = {each.kind for each in (*SondeError.__subclasses__(), *Limited.__subclasses__())}
    assert STATUS_OF_KIND.keys() == kinds


def test_a_native_error_says_everything():
    """Code, sentence, hint and field, each in its place."""
    response = answer_to(Invalid("bad", hint="do this", field="interval", code="bad_interval"))
    assert response.json() == {
        "error": {"code": "bad_interval", "message": "bad", "hint": "do this", "field": "interval"}
    }


def test_when_to_come_back_is_said():
    """Part of a second is a whole one, since the header has no fractions."""
    assert answer_to(Unavailable("full", retry_after=1.2)).headers["retry-after"] == "2"
    assert "retry-after" not in answer_to(Unavailable("full")).headers


@pytest.mark.parametrize("shape", [shape_native, shape_error])
def test_a_fault_is_found_in_the_log_by_its_id(shape):
    """The caller learns an id and nothing else; the log has the cause under the same id."""
    with structlog.testing.capture_logs() as lines:
        response = answer_to(ZeroDivisionError("secret detail"), shape)
    assert response.status_code == 500
    assert "secret detail" not in response.text
    [line] = lines
    assert (line["event"], line["method"], line["path"]) == ("request.failed", "GET", "/")
    assert line["incident"] in response.text
    assert isinstance(line["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem(status=400, code="c", message="No."), "No."),
        (Problem(status=400, code="c", message="No.", hint="Try."), "No. Try."),
        (Problem(status=400, code="c", message="Expected x.", field="aid"), "aid: Expected x."),
        (
            Problem(status=400, code="c", message="jitter_buffer must be x.", field="jitter_buffer"),
            "jitterBuffer must be x.",
        ),
        (
            Problem(status=400, code="c", message="There is none.", field="workspace_id"),
            "aid: There is none.",
        ),
    ],
)
def test_the_thousandeyes_sentence(problem, sentence):
    """Field, sentence and hint become one, with the field as callers of that API spell it."""
    assert shape_error(problem).error_message == sentence
