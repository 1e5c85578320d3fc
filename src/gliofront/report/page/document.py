"""A whole page: its frame, its one style, its one script, and the policy that allows no other."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template

from gliofront import RESEARCH_ONLY
from gliofront.report.page.html import Html, text

PATIENT_SCRIPTS = (
    "volumes.js",
    "planes.js",
    "colours.js",
    "drawing.js",
    "viewer.js",
    "selftest.js",
    "sortable.js",
    "start_patient.js",
)
COHORT_SCRIPTS = ("sortable.js", "start_cohort.js")


@cache
def part(name: str) -> str:
    """Return the text of a file that lies beside this module."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def filled(name: str, **pieces: str) -> Html:
    """Return a template with its places filled; the pieces are HTML."""
    return Html(Template(part(name)).substitute(pieces))


def script_of(names: Sequence[str]) -> str:
    """Return scripts as one, in strict mode."""
    return '"use strict";\n' + "\n".join(part(name) for name in names)


def _hash_of(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def policy(*scripts: str) -> str:
    """Return the content security policy that allows these scripts and our style, and no host."""
    allowed = " ".join(_hash_of(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_hash_of(part('page.css'))}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def json_block(name: str, content: object) -> Html:
    """Return a value as JSON inside a page, to be read by its script."""
    plain = json.dumps(content, sort_keys=True, allow_nan=False)
    # Inside a script element only these could end it or begin a comment.
    safe = plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Html(f'<script type="application/json" id="{name}">{safe}</script>')


def packed_block(name: str, base64: str) -> Html:
    """Return packed bytes inside a page, to be read by its script."""
    return Html(f'<script type="application/octet-stream" id="{name}">{base64}</script>')


def document(
    title: str, body: Html, scripts: Sequence[str], data: Mapping[str, object] | None = None
) -> str:
    """Return a page with the research-use line at both ends.

    Parameters
    ----------
    title : plain text.
    scripts : names of files beside this module.
    data : blocks for the script, by id: base64 text, or anything else as JSON.
    """
    blocks = (
        packed_block(name, content) if isinstance(content, str) else json_block(name, content)
        for name, content in (data or {}).items()
    )
    script = script_of(scripts)
    return filled(
        "document.html",
        policy=policy(script),
        title=text(title),
        style=part("page.css"),
        banner=text(RESEARCH_ONLY),
        body=body,
        data="\n".join(blocks),
        script=script,
    )
