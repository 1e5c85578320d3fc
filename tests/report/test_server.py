import http.client
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from threading import Thread
from urllib.parse import urlsplit

import pytest

from gliofront.cli.main import exit_code
from gliofront.report.page.document import COHORT_SCRIPTS, PATIENT_SCRIPTS, script_of
from gliofront.report.server import page_policy, page_server, served_file

PAGE = b"<!DOCTYPE html><p>page"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("served")
    (root / "secret.png").write_bytes(b"secret")
    out = root / "out"
    for name in ("report/index.html", "sub-1/preview.png", "group/scores.tsv", "a/..png"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(PAGE)
    for name in (".lock", ".hidden.html", "settings.toml", "sub-1/t1c.nii.gz"):
        (out / name).write_bytes(b"not for the browser")
    (out / "link.png").symlink_to(root / "secret.png")
    (out / "folder.html").mkdir()
    return out


@pytest.fixture(scope="module")
def address(folder):
    server, address = page_server(folder)
    with server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield urlsplit(address)
        server.shutdown()


def ask(address, path, *, method="GET", host=None):
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or address.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    return answer, answer.read()


def test_a_page_comes_with_a_strict_policy_and_is_not_kept(address):
    answer, body = ask(address, f"{address.path}report/index.html")
    assert (answer.status, body) == (200, PAGE)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == page_policy()
    assert page_policy().startswith("default-src 'none'")
    assert "unsafe" not in page_policy()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Server"] == "gliofront"


@pytest.mark.parametrize("names", [PATIENT_SCRIPTS, COHORT_SCRIPTS])
def test_the_pages_of_this_version_may_run(names):
    digest = b64encode(sha256(script_of(names).encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page_policy()


def test_it_listens_on_this_machine_only(folder):
    server, address = page_server(folder)
    with server:
        assert server.server_address[0] == "127.0.0.1"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", address)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "report",
        "report/",
        "report/index.html/",
        "folder.html",
        ".lock",
        ".hidden.html",
        "settings.toml",
        "sub-1/t1c.nii.gz",
        "link.png",
        "../secret.png",
        "..%2fsecret.png",
        "%2e%2e/secret.png",
        "report/../../secret.png",
        "report/..%5c..%5csecret.png",
        "/etc/passwd",
        "report/index.html%00.png",
        "absent.html",
        "%ff%fe.html",
        "a" * 5000 + ".html",
    ],
)
def test_nothing_else_is_served(address, path):
    answer, body = ask(address, address.path + path)
    assert (answer.status, body) == (404, b"")
    assert answer.headers["Content-Security-Policy"] == page_policy()


@pytest.mark.parametrize("path", ["/", "/report/index.html", "/wrong/report/index.html", "//x/y"])
def test_without_the_token_there_is_nothing(address, path):
    assert ask(address, path)[0].status == 404


@pytest.mark.parametrize("host", ["evil.example", "localhost", "evil.example:80", "127.0.0.1"])
def test_a_foreign_name_of_the_server_gets_nothing(address, host):
    assert ask(address, f"{address.path}report/index.html", host=host)[0].status == 404


@pytest.mark.parametrize(("method", "status"), [("POST", 501), ("PUT", 501), ("HEAD", 200)])
def test_other_methods_get_no_body(address, method, status):
    answer, body = ask(address, f"{address.path}report/index.html", method=method)
    assert (answer.status, body) == (status, b"")
    assert answer.headers["Content-Security-Policy"] == page_policy()


def test_a_folder_named_by_a_link_is_served_still(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    assert served_file(tmp_path / "link", "report/index.html") is not None


def test_without_a_report_the_command_is_refused(tmp_path, capsys):
    assert exit_code(["view", str(tmp_path)]) == 3
    assert "gliofront report" in capsys.readouterr().err


def test_the_command_prints_the_address_and_ends_with_an_interrupt(folder):
    command = [sys.executable, "-m", "gliofront.cli", "view", str(folder)]
    quiet = os.environ | {"PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet) as process:
        try:
            address = urlsplit(process.stdout.readline().strip())
            assert ask(address, address.path)[1] == PAGE
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()
