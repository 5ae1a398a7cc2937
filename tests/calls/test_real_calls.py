"""The real partnerships at hand beside the repository, typed through the pages: no fact is left out, each refusal names
its article. Facts of afterwards (dates gone by, who won, what came of it) are no part of a call being written.
"""

import json
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from procurement.calls.models import Call
from procurement.calls.services.publishing import findings
from tests.calls.builders import Team, make_team
from tests.calls.pages import BOAMP, JOUE, NOW, begin, client_of, errors_of, part, rows, team_rows, url_of
from tests.calls.test_first_draft import shown_in
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real-calls.json"
IDS = (
    "p2ia-cycle2-2017", "rennes-bus-electriques-2016", "eclor-haut-val-alzette-2018", "biarritz-eaux-baignade-2016",
    "cometha-syctom-siaap", "bye-bye-robots-lu-2020",
)  # fmt: skip
KINDS = {"recherche-developpement": "research", "acquisition": "acquisition"}
SCREENS = ("besoin", "sourcage", "phases", "criteres", "dates", "documents")
# What none of these calls told: pay, measurable marks, the study of the supply, minimum requirements.
NEVER_TOLD = {"LR-01", "LR-05", "LR-08"}
FOREIGN = "PR-03"


@pytest.fixture
def real(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """One call of the file, which is not part of the repository."""
    if not FILE.exists():
        pytest.skip(f"les appels réels ne sont pas à côté du dépôt ({FILE.relative_to(FILE.parents[2])})")
    calls = json.loads(FILE.read_text(encoding="utf-8"))["calls"]
    assert [one["id"] for one in calls] == list(IDS)
    return next(one for one in calls if one["id"] == request.param)


def buyers(real: Mapping[str, Any]) -> tuple[Team, list[Any]]:
    """The house that leads the call, and the other buyers, registered here under numbers of ours."""
    names = [real["buyer"]["name"]]
    if real["partners"].get("joint_buyers"):
        names += real["buyer"]["partners"]
    elif not real["buyer"]["siren"] and real["country"] == "FR":
        names = real["buyer"]["name"].split(" et ")
    lead, *others = [make(OrganisationFactory, buyer=True, name=name, country=real["country"]) for name in names]
    return make_team(lead), others


def around(real: Mapping[str, Any], others: list[Any]) -> str:
    """Who the call is about: cited partners, territory, jury, how it is bought."""
    cited = [] if others else real["buyer"].get("partners", [])
    told = [*cited, real["partners"].get("note", ""), real.get("jury", ""), real.get("procedure", "")]
    told += [f"{value} {name}" for name, value in real.get("territory", {}).items()]
    span = real.get("total_duration_months", {})
    return "\n".join(filter(None, [*told, *(f"{name} {value} mois" for name, value in span.items())]))


def money(real: Mapping[str, Any]) -> str:
    """What the source says of the money known before the call."""
    return "\n".join(
        " ".join(str(value) for value in one.values())
        for one in real["budget"] or ()
        if "posteriori" not in one["kind"]
    )


def phases(real: Mapping[str, Any]) -> dict[str, Any]:
    """The phases, with their gate as what is measured and their notes among what is handed in."""
    told = []
    for phase in real["phases"]:
        lines = [phase["deliverable"], phase.get("note", "")]
        partners = phase.get("partners_max") or phase.get("partners_start") or ""
        told.append({
            "kind": KINDS[phase["kind"]], "name": phase["name"],
            "duration_months": str(phase.get("duration_months", "")), "partners_max": str(partners),
            "deliverables": "\n".join(filter(None, lines)), "ip_results": real["ip_regime"] or "",
            "objectives": [{"indicator": phase["gate"], "comparison": "at_least"}] if phase.get("gate") else [],
        })  # fmt: skip
    return rows("phases", *told)


def partners(real: Mapping[str, Any]) -> dict[str, str]:
    """How many partners, where the source says it."""
    told = real["partners"]
    first = real["phases"][0]
    most = first.get("partners_max") or first.get("partners_start") or told.get("expected") or told.get("awarded") or ""
    return {"partners_max": str(most)} | ({"partner_mode": "single" if most == 1 else "several"} if most else {})


def typed(real: Mapping[str, Any], others: list[Any]) -> dict[str, dict[str, Any]]:
    """Every fact, at its question."""
    lots = [{"title": lot["title"], "object": real.get("lots_rule", "")} for lot in real["lots"]]
    need = part("call", title=real["title"], object=real["object"], domain=real["domain"])
    need |= part("need", problem=real["need_not_met"], users=around(real, others), expected_results=money(real))
    return {
        "besoin": need
        | rows("lots", *(lots or [{"title": real["title"], "object": ""}]))
        | rows("co_buyers", *({"identifier": one.identifier} for one in others)),
        "phases": phases(real) | part("partners", **partners(real)),
    }


def facts_of(real: Mapping[str, Any], others: list[Any]) -> list[str]:
    """What must be read again on the check page, lot by lot or once."""
    told = [real["title"], real["object"], real["need_not_met"], real["ip_regime"], real.get("lots_rule")]
    told += [lot["title"] for lot in real["lots"]] + [one.name for one in others]
    told += around(real, others).splitlines() + money(real).splitlines()
    for phase in real["phases"]:
        told += [phase["name"], phase["deliverable"], phase.get("gate"), phase.get("note")]
    return [one for one in told if one]


def plain(text: str) -> str:
    return " ".join(unescape(text).replace("’", "'").split())


def write_screens(client: Any, call: Call, facts: Mapping[str, dict[str, Any]]) -> None:
    """Each screen as it is proposed, but for the facts: a list that is told takes the place of the one proposed."""
    for code in SCREENS:
        shown = shown_in(client.get(url_of(call, code)).content.decode())
        told = facts.get(code, {})
        lists = {name.split("-")[0] for name in told if name.endswith("TOTAL_FORMS")}
        kept = {name: value for name, value in shown.items() if name.split("-")[0] not in lists}
        answer = client.post(url_of(call, code), kept | told)
        assert answer.status_code == 302, (code, errors_of(answer))


@pytest.mark.usefixtures("moving")
@pytest.mark.parametrize("real", IDS, indirect=True)
def test_a_real_call_is_typed_whole_and_refused_with_its_articles(real: Mapping[str, Any]):
    team, others = buyers(real)
    author = client_of(team.author)
    call = begin(author)
    write_screens(author, call, typed(real, others))
    assert author.post(reverse("calls:team", args=[call.reference]), team_rows(team)).status_code == 302
    check = plain(author.get(reverse("calls:check", args=[call.reference])).content.decode())
    assert [one for one in facts_of(real, others) if plain(one) not in check] == []
    found = findings(call=Call.objects.get(), actor=team.author, now=NOW)
    assert found
    assert all(one.article and one.remedy for one in found)
    rules = {one.rule for one in found}
    assert rules == {FOREIGN} if real["country"] != "FR" else rules >= NEVER_TOLD
    sent = rows("sendings", BOAMP, JOUE)
    answer = client_of(team.validator).post(reverse("calls:publish", args=[call.reference]), sent)
    assert answer.status_code == 422
    refused = plain(answer.content.decode())
    blocking = [one for one in found if one.severity == "block" and one.rule != "PR-05"]
    assert [one.rule for one in blocking if plain(one.article) not in refused] == []
    assert not Call.objects.get().is_published
