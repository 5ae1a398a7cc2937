"""Reading a response: what it says, what is kept unread, what is refused."""

import pytest

from marketplace.journal.errors import Refusal
from procurement.espd.response import open_grounds, read_response, says_none_applies, yes_grounds
from procurement.espd.safe_xml import MOST_BYTES
from procurement.espd.words import ground_rows, statement_words
from tests.espd.responses import CLOSE, OPEN, response

BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<QualificationApplicationResponse>&lol2;</QualificationApplicationResponse>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>"""


def test_a_response_tells_who_what_and_how_much():
    said = read_response(response(siren="FR40303265045"))
    assert said["is_read"]
    assert says_none_applies(said)
    assert said["operator"]["siren"] == "303265045"
    assert said["operator"]["size"] == "petite entreprise"
    assert said["figures"] == {
        "turnover": "1250000.00", "turnover_period": "2025-01-01 – 2025-12-31", "staff": "14",
    }  # fmt: skip
    assert ["Exercice", "2024-01-01 – 2024-12-31"] in next(
        one["said"] for one in said["capacities"] if one["code"] == "gen-year-to"
    )
    assert statement_words(said) == "Aucun des 24 motifs d’exclusion ne s’applique, selon ce DUME."


def test_a_ground_that_applies_comes_with_its_measures_and_a_silent_one_is_told():
    said = read_response(response(yes={"tax-pay": "Échéancier suivi"}, silent=("fraud",)))
    assert yes_grounds(said) == ["Paiement des impôts et taxes"]
    assert open_grounds(said) == ["Fraude"]
    assert not says_none_applies(said)
    assert ground_rows(said, applying_only=True) == [
        ("Paiement des impôts et taxes", "Oui\nMesures prises : Échéancier suivi")
    ]


def test_a_document_that_does_not_ask_the_grounds_states_nothing():
    said = read_response(f"{OPEN}<a xmlns:c='x'/>{CLOSE}".replace(
        "<a xmlns:c='x'/>", "<cbc:ProfileExecutionID>ESPD-EDMv4.1.0</cbc:ProfileExecutionID>"
    ).encode())  # fmt: skip
    assert said["is_read"]
    assert not says_none_applies(said)
    assert "Corruption" in open_grounds(said)


@pytest.mark.parametrize(
    "content",
    [
        response(model="ESPD-EDMv2.1.1-SELFCONTAINED"),
        response(model="ESPD-EDMv3.3.0"),
        response(model="ESPD-EDMv5.0.0"),
        b'<ESPDResponse xmlns="urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1"/>',
    ],
)
def test_other_models_are_kept_unread(content):
    said = read_response(content)
    assert set(said) == {"model", "is_read"}
    assert not said["is_read"]
    assert not says_none_applies(said)
    assert "transmis tel quel" in statement_words(said)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BILLION_LAUGHS, "déclare un type de document"),
        (EXTERNAL, "déclare un type de document"),
        (b"<!DOCTYPE a><a/>", "déclare un type de document"),
        (b"%PDF-1.7\n", "pas du XML lisible"),
        (b"", "pas du XML lisible"),
        (b'<?xml version="1.0" encoding="x-unknown"?><a/>', "pas du XML lisible"),
        (b"<a>" * 100 + b"</a>" * 100, "imbriqué ou long"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "imbriqué ou long"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "dépasse 4 Mio"),
        (b"<facture/>", "n’est pas un DUME"),
        (response().replace(b"QualificationApplicationResponse", b"QualificationApplicationRequest"), "la demande"),
    ],
)
def test_what_is_no_response_or_not_safe_is_refused_in_words(content, words):
    with pytest.raises(Refusal, match=words):
        read_response(content)


@pytest.mark.parametrize("turnover", ["-1", "NaN", "1e400", "douze", "1000000000000"])
def test_amounts_out_of_reach_fill_nothing(turnover):
    assert read_response(response(turnover=turnover))["figures"]["turnover"] in {"", "999.00"}
