"""A transport for ``requests`` that hands everything to a sandbox application in the same process: no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import responses as REASONS  # noqa: N812 - a table by status
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.wire import Dropped, Request, Response


class InProcessAdapter(BaseAdapter):
    """Mount it on a session for ``https://`` and ``http://``, and no request can leave the process.

    A lost answer becomes ``ReadTimeout`` at once, a closed connection ``ConnectionError``.
    """

    def __init__(self, application: SandboxApplication) -> None:
        super().__init__()
        self._application = application

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer ``request`` from the application.

        Raises:
            requests.ReadTimeout, requests.ConnectionError: when a fault keeps the answer back.
        """
        answer = self._application.handle(_request(request))
        if isinstance(answer, Dropped):
            if answer.hangs:
                raise requests.exceptions.ReadTimeout("the answer never came", request=request)
            raise requests.exceptions.ConnectionError("the connection was closed", request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is held."""


def mount(session: requests.Session, application: SandboxApplication) -> InProcessAdapter:
    """Send everything of ``session`` to ``application``."""
    adapter = InProcessAdapter(application)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return adapter


def _request(prepared: requests.PreparedRequest) -> Request:
    parts = urlsplit(prepared.url or "")
    body = prepared.body or b""
    if not isinstance(body, str | bytes):
        raise requests.exceptions.InvalidSchema("a streamed body is not supported here", request=prepared)
    headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    return Request(
        method=prepared.method or "GET",
        host=headers.get("host", parts.netloc),
        path=parts.path,
        query=parts.query,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(prepared: requests.PreparedRequest, answer: Response) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.reason = REASONS.get(answer.status, "")
    response.headers = CaseInsensitiveDict(answer.headers)
    response.url = prepared.url or ""
    response.request = prepared
    response.encoding = "utf-8"
    response._content = answer.body
    return response
