"""Cloudflare's own clients for RealtimeKit, the one for Node under the names of the one for Python.

So one table of calls and of what comes of them is run by both, and what the client for Node gives has to fit
the models of the other, which name all that the vendor documents.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

import cloudflare
import httpx
from cloudflare.resources.realtime_kit import RealtimeKitResource
from node import install, open_node

FOLDER = Path(__file__).with_name("cloudflare_client")
LANGUAGES = ("python", "node")
RESOURCES = ("sessions", "apps", "meetings", "presets", "active_session", "webhooks", "analytics")

Connect = Callable[..., Any]
"""Makes a client out of `base_url` and `api_token`, and gives its part for RealtimeKit."""


@contextmanager
def open_clients(language: str) -> Iterator[Connect]:
    """What makes clients for a language."""
    if language == "python":
        # One for all clients: they do not close theirs, which are warnings whenever they are collected.
        with cloudflare.DefaultHttpxClient() as http:
            yield partial(connect_python, http_client=http)
        return
    install(FOLDER)
    with open_node(str(FOLDER / "ask.js")) as line:
        yield lambda **options: NodeClient(line, options)


def connect_python(**options: Any) -> RealtimeKitResource:
    """The client for Python, which says itself what does not fit its models."""
    return cloudflare.Cloudflare(**options, max_retries=0, _strict_response_validation=True).realtime_kit


class NodeClient:
    """The client for Node, in a process of its own, with the resources of the client for Python."""

    def __init__(self, line: Callable[[str], str], options: dict[str, str]) -> None:
        models = cloudflare.Cloudflare(api_token="never sent").realtime_kit
        said = {"maxRetries": 0, "apiToken": options["api_token"], "baseURL": options["base_url"]}
        for name in RESOURCES:
            setattr(
                self, name, NodeResource(line, {"options": said, "resource": name}, getattr(models, name))
            )


class NodeResource:
    """Operations of one kind of things.

    Args:
        line: what the process answers to a line.
        question: what each question begins with.
        models: the same resource of the client for Python, whose operations say what they return.
    """

    def __init__(self, line: Callable[[str], str], question: dict[str, Any], models: Any) -> None:
        self._line = line
        self._question = question
        self._models = models

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """An operation, called as that of the client for Python."""
        model = get_type_hints(getattr(self._models, method))["return"]

        def call(*ids: str, **params: Any) -> Any:
            question = {**self._question, "method": method, "given": [*ids, params]}
            said = json.loads(self._line(json.dumps(question, default=datetime.isoformat)))
            if "kind" in said:
                raise refusal(said)
            return model.model_validate(said["answer"])

        return call


def refusal(said: dict[str, Any]) -> cloudflare.APIStatusError:
    """What the client for Node raised, as the class of the same name with the errors that it found itself."""
    response = httpx.Response(said["status"], headers=said["headers"], request=httpx.Request("GET", "/"))
    raised = getattr(cloudflare, said["kind"])(said["message"], response=response, body=said["body"])
    raised.errors = [SimpleNamespace(**each) for each in said["errors"]]
    return raised
