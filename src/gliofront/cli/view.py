"""``gliofront view``: look at the pages of an output folder in a browser."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer


def view(
    out: Annotated[Path, typer.Argument(help="Output folder with pages of gliofront report.")],
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 0,
) -> None:
    """Serve the pages on 127.0.0.1, to this machine alone, until Ctrl-C.

    The address holds a secret of this call: whoever does not know it gets nothing.
    """
    from gliofront import RESEARCH_ONLY
    from gliofront.foundation.errors import InputRefused, UsageRefused
    from gliofront.report.server import page_server
    from gliofront.workflow.pages.report import index_path

    if not index_path(out).is_file():
        raise InputRefused(out, "there is no report in this folder", f"run gliofront report {out}")
    try:
        server, address = page_server(out, port)
    except OSError as error:
        problem = f"it cannot be listened on ({error.strerror})"
        raise UsageRefused(f"port {port}", problem, "leave --port out") from error
    # Plain, so that the address stays whole and can be copied.
    typer.echo(f"{address}{index_path(out).relative_to(out).as_posix()}")
    typer.echo(f"Open it in a browser; Ctrl-C ends. {RESEARCH_ONLY}")
    # Ctrl-C is how a server is meant to end; a shell's background job would not hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()
