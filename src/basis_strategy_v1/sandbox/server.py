"""Serves a sandbox application over HTTP/1.1 on the loopback interface: keep-alive, one write per answer."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from http import HTTPStatus
from types import TracebackType
from urllib.parse import SplitResult, urlsplit

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.numerals import whole_number
from basis_strategy_v1.sandbox.wire import Dropped, Request, Response

LOOPBACK = "127.0.0.1"
MAX_LINE = 65_536
MAX_HEADERS = 200
MAX_BODY = 8 << 20
TLS_HANDSHAKE = b"\x16"
EMPTY_LINES = (b"\r\n", b"\n")
HANG_SECONDS = 120.0
"""How long a lost answer keeps its connection open if the client does not give up before."""


class MalformedRequestError(ValueError):
    """What arrived is no HTTP request that this server understands."""


class Running:
    """A server that runs in threads of its own; also a context manager.

    Attributes:
        url: where it answers.
    """

    def __init__(self, server: _Server) -> None:
        self._server = server
        host, port = server.server_address[:2]
        self.url = f"http://{host!s}:{port}"
        self.port = int(port)
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and free the port."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(application: SandboxApplication, port: int = 0) -> Running:
    """Serve ``application`` on the loopback interface; port 0 takes a free one.

    Raises:
        ComponentError: CFG-003 when the port cannot be had.
    """
    try:
        return Running(_Server((LOOPBACK, port), application))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ComponentError(
            "CFG-003", f"port {port} on {LOOPBACK} cannot be used: {reason}", remedy="Choose another --port."
        ) from error


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], application: SandboxApplication) -> None:
        self.application = application
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def add_connection(self, connection: socket.socket) -> None:
        self._connections.add(connection)

    def remove_connection(self, connection: socket.socket) -> None:
        self._connections.discard(connection)

    def close_connections(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.add_connection(self.connection)

    def finish(self) -> None:
        self.server.remove_connection(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while self._serve_one():
                pass

    def _serve_one(self) -> bool:
        """Answer one request; whether the connection stays open."""
        try:
            request = self._read()
        except MalformedRequestError as error:
            self.connection.sendall(_encode(Response(400, str(error).encode()), keep_alive=False))
            return False
        if request is None:
            return False
        answer = self.server.application.handle(request)
        if isinstance(answer, Dropped):
            if answer.hangs:
                self._wait_until_abandoned()
            return False
        keep_alive = request.headers.get("connection", "").lower() != "close"
        self.connection.sendall(_encode(answer, keep_alive=keep_alive, with_body=request.method != "HEAD"))
        return keep_alive

    def _read(self) -> Request | None:
        """The next request; None when the client is gone, be it in the middle of one."""
        line = self._read_request_line()
        if not line:
            return None
        words = line.decode("latin-1").split()
        if len(words) != 3:
            raise MalformedRequestError("malformed request line")
        method, target, version = words
        headers = self._read_headers()
        if headers is None:
            return None
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        if "transfer-encoding" in headers:
            raise MalformedRequestError("a body needs a Content-Length")
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(headers.get("content-length", "0"))
        if body is None:
            return None
        parts = _split(target)
        host = headers.get("host", parts.netloc)
        return Request(method=method, host=host, path=parts.path, query=parts.query, headers=headers, body=body)

    def _read_request_line(self) -> bytes:
        first = self.rfile.read(1)
        if first == TLS_HANDSHAKE:
            raise MalformedRequestError("plain HTTP is spoken here, not HTTPS")
        line = first if first in (b"", b"\n") else first + self.rfile.readline(MAX_LINE)
        return self.rfile.readline(MAX_LINE) if line in EMPTY_LINES else line

    def _read_headers(self) -> dict[str, str] | None:
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self.rfile.readline(MAX_LINE)
            if line in EMPTY_LINES:
                return headers
            if not line.endswith(b"\n"):
                if len(line) == MAX_LINE:
                    raise MalformedRequestError("a header is too long")
                return None
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        raise MalformedRequestError("too many headers")

    def _read_body(self, length: str) -> bytes | None:
        size = whole_number(length)
        if size is None or size > MAX_BODY:
            raise MalformedRequestError("impossible Content-Length")
        body = self.rfile.read(size)
        return body if len(body) == size else None

    def _wait_until_abandoned(self) -> None:
        """Hold the connection, saying nothing, until the client closes it or the server stops."""
        self.connection.settimeout(0.05)
        waited = 0.0
        while waited < HANG_SECONDS and not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1024):
                    return
            except TimeoutError:
                waited += 0.05


def _split(target: str) -> SplitResult:
    try:
        return urlsplit(target)
    except ValueError as error:
        raise MalformedRequestError("malformed request target") from error


def _encode(response: Response, *, keep_alive: bool, with_body: bool = True) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {response.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    lines.append(f"Content-Length: {len(response.body)}")
    lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + response.body if with_body else head
