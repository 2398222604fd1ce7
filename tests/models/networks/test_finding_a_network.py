"""A pose network is found where it should be, and never used unless its sha256 is right."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.errors import NetworkNotFoundError, NetworkVerificationError
from models.networks import find
from models.networks.find import FOLDER_VARIABLE, cache_folder, fetch_network, find_network
from models.networks.manifest import DEFAULT_NETWORK, network_entry

ENTRY = network_entry(DEFAULT_NETWORK)
CONTENT = b"a network of few bytes" * 10_000


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A configured folder, a cache and a folder beside the checkout, all empty."""
    configured, beside = tmp_path / "configured", tmp_path / "beside"
    for folder in (configured, beside):
        folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(find, "_folder_beside_checkout", lambda: beside)
    cache_folder().mkdir(parents=True)
    return configured, cache_folder(), beside


@pytest.fixture
def small(monkeypatch):
    """The default network's entry with a small content of our own."""
    entry = ENTRY.model_copy(
        update={
            "sha256": hashlib.sha256(CONTENT).hexdigest(),
            "size_bytes": len(CONTENT),
            "address": "http://127.0.0.1:9/nothing-listens-here",
        }
    )
    monkeypatch.setattr(find, "network_entry", lambda _: entry)
    return entry


@pytest.fixture
def served(small):
    """Start a web server that answers with some bytes; returns the entry with its address."""
    servers = []

    def serve(content, status=200, promised=None):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(promised or len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{small.file}"
        return small.model_copy(update={"address": address})

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_configured_folder_comes_first_then_the_cache_then_beside_the_checkout(places, small):
    configured, cache, beside = places
    for folder in (beside, cache, configured):
        (folder / small.file).write_bytes(CONTENT)
        found = find_network(folder=configured, download=False)
        assert found.path == folder / small.file
        assert found.entry.sha256 == small.sha256


def test_the_environment_names_the_configured_folder(places, small, monkeypatch):
    configured, cache, _ = places
    for folder in (configured, cache):
        (folder / small.file).write_bytes(CONTENT)
    monkeypatch.setenv(FOLDER_VARIABLE, str(configured))
    assert find_network(download=False).path.parent == configured


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_wrong_file_stops_and_is_not_passed_over(places, small, place):
    for folder in places[place + 1 :]:
        (folder / small.file).write_bytes(CONTENT)
    wrong = places[place] / small.file
    wrong.write_bytes(CONTENT + b"!")
    with pytest.raises(NetworkVerificationError) as caught:
        find_network(folder=places[0])
    message = str(caught.value)
    assert str(wrong) in message
    assert small.sha256 in message
    assert hashlib.sha256(CONTENT + b"!").hexdigest() in message
    assert "delete it and run scripts/fetch_models" in message
    assert wrong.exists()


def test_nowhere_to_be_found_says_where_it_looked_and_what_to_do(places, small):
    with pytest.raises(NetworkNotFoundError) as caught:
        find_network(folder=places[0], download=False)
    message = str(caught.value)
    assert all(str(folder) in message for folder in places)
    assert "run scripts/fetch_models" in message


def test_without_a_connection_it_says_where_it_looked_and_what_to_do(places, small):
    with pytest.raises(NetworkNotFoundError) as caught:
        find_network(folder=places[0])
    message = str(caught.value)
    assert all(str(folder) in message for folder in places)
    assert small.address in message
    assert "connect to the internet" in message
    assert FOLDER_VARIABLE in message


def test_fetching_keeps_the_file_in_the_cache_and_tells_its_progress(places, served, monkeypatch):
    entry = served(CONTENT)
    monkeypatch.setattr(find, "network_entry", lambda _: entry)
    told = []
    found = find_network(progress=lambda fetched, in_all: told.append((fetched, in_all)))
    assert found.path == places[1] / entry.file
    assert found.path.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in places[1].iterdir()] == [entry.file]
    monkeypatch.setattr(find, "network_entry", lambda _: entry.model_copy(update={"address": ""}))
    assert find_network().path == found.path


def test_another_file_at_the_address_is_not_kept(places, served):
    entry = served(CONTENT[::-1])
    with pytest.raises(NetworkVerificationError, match="nothing was kept"):
        fetch_network(entry)
    assert list(places[1].iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"content": CONTENT[:1000], "promised": len(CONTENT)},
        {"content": CONTENT + b"more"},
        {"content": b"gone", "status": 404},
    ],
    ids=["cut short", "too long", "not there"],
)
def test_a_failed_download_leaves_nothing_behind(places, served, answer):
    entry = served(**answer)
    with pytest.raises(NetworkNotFoundError, match="cannot be fetched"):
        fetch_network(entry)
    assert list(places[1].iterdir()) == []


def test_a_cache_that_cannot_be_made_is_named(places, small, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(NetworkNotFoundError, match=str(blocked)):
        fetch_network(small, blocked / "networks")
