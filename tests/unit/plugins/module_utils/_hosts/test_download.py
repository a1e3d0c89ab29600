"""Fetching a file from a web server of the test's own."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.gopher.devbox.plugins.module_utils._core.errors import ApplyError
from ansible_collections.gopher.devbox.plugins.module_utils._hosts.download import download


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/whole")
            self.end_headers()
        elif self.path in ("/whole", "/cut"):
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"0123456789"[: 10 if self.path == "/whole" else 4])
        else:
            self.send_error(404)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{found.server_port}"
        found.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["whole", "moved"])
def test_what_is_there_comes_whole(server: str, tmp_path: Path, path: str) -> None:
    download(f"http://{server}/{path}", str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.parametrize("path", ["nowhere", "cut"])
def test_what_is_not_whole_is_an_error_that_tells_no_secret(server: str, tmp_path: Path, path: str) -> None:
    with pytest.raises(ApplyError) as caught:
        download(f"http://user:secret@{server}/{path}", str(tmp_path / "file"))
    text = str(caught.value).replace(server, "the server")  # its port may be any number
    assert "could not be fetched" in text
    assert ("404" in text) == (path == "nowhere")
    assert "secret" not in text


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="could not be fetched"):
        download("http://127.0.0.1:1/x", str(tmp_path / "file"))
