"""The register: a file by default, the official client against a server of our own on the loopback."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from marketplace.accounts.registry import (
    CompanyFacts,
    NotFound,
    OfficialRegistry,
    OfflineRegistry,
    Unavailable,
    registry,
)

SIREN = "732829320"
ANSWER = {
    "results": [
        {
            "siren": SIREN,
            "nom_complet": "EXEMPLE (EX)",
            "nom_raison_sociale": "EXEMPLE",
            "nature_juridique": "5710",
            "categorie_entreprise": "PME",
            "etat_administratif": "A",
            "siege": {"adresse": "1 RUE DE L'EXEMPLE 75011 PARIS", "code_postal": "75011", "libelle_commune": "PARIS"},
        }
    ]
}


class StandIn(HTTPServer):
    """Answers like the official API, with what the test put into `status` and `body`."""

    status = 200
    body = json.dumps(ANSWER).encode()
    asked = ""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked = self.path
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args):
        pass


@pytest.fixture
def stand_in(settings):
    with StandIn(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.COMPANY_REGISTRY_URL = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()
        thread.join()


def test_the_official_client_reads_the_facts(stand_in):
    facts = OfficialRegistry().lookup(SIREN)
    assert facts == CompanyFacts(
        siren=SIREN,
        name="EXEMPLE",
        legal_form="SAS",
        address="1 RUE DE L'EXEMPLE 75011 PARIS",
        postcode="75011",
        city="PARIS",
        size="sme",
    )
    assert parse_qs(urlsplit(stand_in.asked).query)["q"] == [SIREN]


def test_a_closed_company_is_said_closed(stand_in):
    closed = ANSWER["results"][0] | {"etat_administratif": "C", "siege": None}
    stand_in.body = json.dumps({"results": [closed]}).encode()
    assert OfficialRegistry().lookup(SIREN).is_active is False


@pytest.mark.parametrize("results", [[], [ANSWER["results"][0] | {"siren": "303265045"}]])
def test_an_unknown_siren_is_not_found(stand_in, results):
    stand_in.body = json.dumps({"results": results}).encode()
    assert OfficialRegistry().lookup(SIREN) == NotFound(SIREN)


@pytest.mark.parametrize(
    ("status", "body"),
    [(503, b""), (429, b"{}"), (200, b"<html>"), (200, b'{"results": [{}]}'), (200, b"[]"), (200, b'{"results": 3}')],
)
def test_a_register_that_answers_badly_is_unavailable(stand_in, status, body):
    stand_in.status, stand_in.body = status, body
    assert isinstance(OfficialRegistry().lookup(SIREN), Unavailable)


def test_a_register_that_does_not_answer_is_unavailable(settings):
    settings.COMPANY_REGISTRY_URL = "http://127.0.0.1:9"
    assert isinstance(OfficialRegistry().lookup(SIREN), Unavailable)


def test_only_http_addresses_are_asked(settings):
    settings.COMPANY_REGISTRY_URL = "file:///etc"
    assert isinstance(OfficialRegistry().lookup(SIREN), Unavailable)


def test_the_offline_source_admits_what_it_does_not_know(settings, tmp_path):
    assert isinstance(OfflineRegistry().lookup(SIREN), Unavailable)
    settings.COMPANY_REGISTRY_FILE = tmp_path / "known.json"
    settings.COMPANY_REGISTRY_FILE.write_text(json.dumps([{"siren": SIREN, "name": "Exemple"}]))
    assert OfflineRegistry().lookup(SIREN) == CompanyFacts(siren=SIREN, name="Exemple")
    assert isinstance(OfflineRegistry().lookup("303265045"), Unavailable)


def test_the_settings_choose_the_source(settings):
    assert isinstance(registry(), OfflineRegistry)
    settings.COMPANY_REGISTRY = "marketplace.accounts.registry.OfficialRegistry"
    assert isinstance(registry(), OfficialRegistry)
