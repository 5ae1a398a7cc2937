"""A call whose eForms notice may be made, and the answers that its page asks for."""

from datetime import datetime

from procurement.calls.models import Call, CoBuyer
from procurement.calls.services import drafts
from procurement.notices.eforms_facts import Answers, BuyerAnswers
from tests.calls.builders import Team, plan_candidatures, write_call
from tests.factories import OrganisationFactory, make

COURT_SIRET = "13000000300017"


def noticeable_call(team: Team, now: datetime, **fields: object) -> Call:
    """A call with dates, as its page reads it."""
    call = write_call(team, now, **fields)
    plan_candidatures(call, team, now)
    return Call.objects.select_related("lead_buyer").get(pk=call.pk)


def add_co_buyer(call: Call, team: Team, now: datetime) -> CoBuyer:
    """A second buyer, in Bastia."""
    other = make(OrganisationFactory, buyer=True, name="Agglomération de l’Exemple", postcode="20200", city="Bastia")
    rows = [{"organisation": other, "convention_reference": "2026-7", "convention_signed_on": now.date()}]
    [row] = drafts.save_co_buyers(call=call, rows=rows, actor=team.author, now=now)
    return row


def answers(buyers: int = 1) -> Answers:
    """What a buyer says when the file is made."""
    return Answers(
        buyers=tuple(
            BuyerAnswers(
                email=f"achats{number}@ville.example", telephone="+33 2 99 00 00 00",
                legal_type="la", activity="gen-pub",
            )
            for number in range(buyers)
        ),
        place_nuts="FRH03",
        court_siret=COURT_SIRET,
        eu_funds=False,
        gpa=True,
        sme=True,
    )  # fmt: skip


def typed(buyers: int = 1) -> dict[str, str]:
    """The same answers, as they are typed in the form."""
    said = {"place": "FRH03", "eu_funds": "no", "gpa": "yes", "sme": "yes", "court_siret": COURT_SIRET}
    for number in range(buyers):
        said |= {
            f"email_{number}": f"achats{number}@ville.example",
            f"telephone_{number}": "+33 2.99.00.00.00",
            f"legal_type_{number}": "la",
            f"activity_{number}": "gen-pub",
        }
    return said
