"""Links of profiles: asked by a command, and never inside the network of the site."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command

from cms.catalogue.models import Label, LinkCheck, Solution
from cms.catalogue.moderation import links
from tests.catalogue.factories import ProfileFactory

pytestmark = pytest.mark.django_db


class Answers(BaseHTTPRequestHandler):
    """`/200`, `/404`… answer so; `/vers/…` leads there; `/boucle` to itself; `/get-only` refuses HEAD."""

    def do_HEAD(self) -> None:
        self._answer(405 if self.path == "/get-only" else None)

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/get-only" else None)

    def _answer(self, status: int | None) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        location = None
        if self.path.startswith("/vers/"):
            status, location = 302, self.path.removeprefix("/vers")
        elif self.path == "/boucle":
            status, location = 301, "/boucle"
        elif self.path == "/dehors":
            status, location = 302, "http://169.254.169.254/latest/meta-data/"
        self.send_response(status or int(self.path.strip("/")))
        if location:
            self.send_header("Location", location)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(settings) -> Iterator[ThreadingHTTPServer]:
    settings.LINK_CHECK_PRIVATE = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/200", 200, ""),
        ("/get-only", 200, ""),
        ("/vers/200", 200, ""),
        ("/403", 403, ""),
        ("/404", 404, "absente"),
        ("/410", 410, "absente"),
        ("/500", 500, "erreur"),
        ("/vers/404", 404, "absente"),
        ("/boucle", None, "boucle"),
    ],
)
def test_an_answer_is_read(site, path, status, problem):
    assert links.ask(site.address + path) == links.Answer(status, problem)


def test_a_silent_host_is_told(site):
    site.shutdown()
    site.server_close()
    assert links.ask(site.address).problem == "muette"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://224.0.0.1/",
        "https://8.8.8.8:22/",
        "http://user:secret@8.8.8.8/",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "gopher://8.8.8.8/",
    ],
)
def test_only_public_addresses_are_asked(url, monkeypatch):
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(links.socket, "create_connection", never)
    assert links.ask(url).problem == "interdite"


def test_a_name_that_leads_inside_is_not_asked(site, settings):
    settings.LINK_CHECK_PRIVATE = False
    assert links.ask(site.address + "/200").problem == "interdite"
    assert site.asked == []


def test_a_redirection_that_leads_inside_is_not_followed(site, settings, monkeypatch):
    # The first host passes for public, as one that an attacker owns would be.
    settings.LINK_CHECK_PRIVATE = False
    public = links._is_public
    monkeypatch.setattr(links, "_is_public", lambda address: address == "127.0.0.1" or public(address))
    monkeypatch.setitem(links._PORTS, "test", site.server_port)
    assert links.ask(site.address + "/dehors").problem == "interdite"
    assert site.asked == ["HEAD /dehors"]


def test_the_command_asks_each_address_of_published_profiles_once_a_week(site, moving_clock, capsys):
    profile = ProfileFactory(website=f"{site.address}/200", repository=f"{site.address}/404")
    profile.solutions.add(Solution(name="Quai", tagline="Guide.", source_url=f"{site.address}/500"))
    profile.labels.add(Label(kind="hds", proof_url=f"{site.address}/200"))
    profile.save()
    ProfileFactory(website=f"{site.address}/404", live=False)
    call_command("check_links")
    assert "Adresses demandées : 3. Liens cassés parmi elles : 2." in capsys.readouterr().out
    first = moving_clock.now()
    assert set(LinkCheck.objects.values_list("status", "problem", "failing_since")) == {
        (200, "", None),
        (404, "absente", first),
        (500, "erreur", first),
    }
    call_command("check_links")
    assert "Adresses demandées : 0." in capsys.readouterr().out
    moving_clock.advance(timedelta(days=8))
    profile.repository = ""
    profile.save()
    call_command("check_links", "--limit", "1")
    assert "Adresses demandées : 1." in capsys.readouterr().out
    # What the profile does not give any more is forgotten; what still fails keeps its first day.
    call_command("check_links")
    assert set(LinkCheck.objects.values_list("problem", "failing_since")) == {("", None), ("erreur", first)}


def test_no_page_asks_for_a_link(site, client):
    profile = ProfileFactory(website=f"{site.address}/200")
    client.get(profile.get_absolute_url())
    assert site.asked == []
