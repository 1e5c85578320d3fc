"""A server for one person's browser: the pages of an output folder, on 127.0.0.1 only.

Nothing is trusted but the address that it prints: a random token must lead the path, so other
users of the machine and pages of other sites learn nothing, and the Host header must name the
server itself, so that no foreign name can be pointed at it (DNS rebinding).
"""

from __future__ import annotations

import secrets
import sys
from functools import cache, partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gliofront.report.page.document import COHORT_SCRIPTS, PATIENT_SCRIPTS, policy, script_of

HOST = "127.0.0.1"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tsv": "text/plain; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
}


@cache
def page_policy() -> str:
    """Return the policy of every answer: the scripts and the style of our pages, no host."""
    scripts = (script_of(names) for names in (PATIENT_SCRIPTS, COHORT_SCRIPTS))
    return f"{policy(*scripts)}; frame-ancestors 'none'"


def served_file(root: Path, address: str) -> Path | None:
    """Return the file below a folder that an address names, or None if it is not to be served.

    Parameters
    ----------
    root : the folder.
    address : path of a request below the token, still percent-encoded.
    """
    parts = unquote(address, errors="replace").split("/")
    # Hidden files hold locks and unfinished writing; a part of dots leads out.
    if any(not part or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    path = root.joinpath(*parts)
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
    except OSError:
        return None
    return path if inside and path.is_file() and path.suffix in KINDS else None


class PageHandler(BaseHTTPRequestHandler):
    """Answers one request."""

    # A connection that says nothing would hold its thread for ever.
    timeout = 30.0

    def __init__(self, root: Path, token: str, *arguments: object) -> None:
        """Take the folder and the token, then what `http.server` hands over."""
        self.root, self.token = root, token
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send the file, or say that there is none."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send the headers of the file alone."""
        self._answer(with_body=False)

    def version_string(self) -> str:
        """Name the program, and nothing of what it runs on."""
        return "gliofront"

    def log_message(self, format: str, *values: object) -> None:
        """Keep silent: a terminal full of requests helps nobody."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send the code alone, under the same policy as everything else."""
        self._send(HTTPStatus(code), "text/plain; charset=utf-8", b"", with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self._asked()
        try:
            body = None if path is None else path.read_bytes()
        except OSError:
            body = None
        if path is None or body is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._send(HTTPStatus.OK, KINDS[path.suffix], body, with_body=with_body)

    def _asked(self) -> Path | None:
        """Return the file that is asked for; strangers get the same None as a wrong name."""
        if self.headers.get("Host", "") != "{}:{}".format(*self.connection.getsockname()):
            return None
        start, token, address = [*urlsplit(self.path).path.split("/", 2), "", ""][:3]
        if start or not secrets.compare_digest(token.encode(), self.token.encode()):
            return None
        return served_file(self.root, address)

    def _send(self, status: HTTPStatus, kind: str, body: bytes, *, with_body: bool) -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": page_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)


class PageServer(ThreadingHTTPServer):
    """Answers each connection in a thread of its own, which ends with the server."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep silent where a browser hangs up in the middle; tell of everything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def page_server(root: Path, port: int = 0) -> tuple[PageServer, str]:
    """Return a server of a folder's pages, which listens already, and the address of its root.

    Parameters
    ----------
    root : output folder.
    port : 0 takes a free one.

    Returns
    -------
    The server, for ``serve_forever``; the address ends in a slash.
    """
    token = secrets.token_urlsafe(24)
    server = PageServer((HOST, port), partial(PageHandler, root, token))
    return server, f"http://{HOST}:{server.server_address[1]}/{token}/"
