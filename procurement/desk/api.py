"""Public read API: what the pages of the catalogue and of calls show, as data. Nothing that a visitor may not read.

Parameters of lists are those of the addresses of the pages. Names of fields are those of OCDS where it has them.
"""

from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, NinjaAPI, Query, Schema

from cms.catalogue import trust
from cms.catalogue.listing import Answer, Card, Question
from cms.catalogue.models import Domain, Profile
from cms.catalogue.regions import Region
from marketplace.accounts.pages import now_of
from procurement.calls.models import Call
from procurement.desk import public_calls

PAGE_SIZE = 50
KEPT_SECONDS = 60


class PublicAPI(NinjaAPI):
    """Answers that any site may read, and that caches may keep for a minute."""

    def create_response(self, request: HttpRequest, data: Any, **kwargs: Any) -> HttpResponse:
        """The answer, open to pages of other sites."""
        response = super().create_response(request, data, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        if response.status_code == HTTPStatus.OK:
            response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        return response


api = PublicAPI(
    title="API de lecture",
    version="1.0.0",
    description="Le catalogue et les appels, tels que le site les montre. Sans clé, en lecture seule.",
    urls_namespace="api",
    docs_url=None,
)


class DomainData(Schema):
    """A domain of public action."""

    id: str = Field(description="code, comme dans les adresses")
    name: str
    scope: str = Field(description="étendue")
    cpv: str = Field(description="code CPV principal (2008)")
    cofog: str


class ProfileLine(Schema):
    """A profile in a list."""

    id: str = Field(description="fin de l’adresse de la fiche")
    name: str
    tagline: str
    url: str
    domains: list[str]
    region: str = Field(description="code de la région du siège, vide si inconnue")
    city: str
    identity_verified: bool = Field(description="trouvée active au répertoire depuis moins d’un an")
    confirmed_references: int = Field(description="références confirmées par leur client depuis moins d’un an")
    updated_at: datetime | None = Field(description="UTC")


class ProfileList(Schema):
    """One page of profiles."""

    count: int
    page: int
    pages: int
    widened: bool = Field(description="aucune fiche n’a tous les mots : celles-ci en ont une partie")
    items: list[ProfileLine]


class FactData(Schema):
    """One thing that a profile says, and whether it is verified."""

    label: str
    value: str
    verified: bool
    state: str
    by: str
    on: date | datetime | None
    until: date | None


class SolutionData(Schema):
    """A solution of a profile."""

    id: str
    name: str
    tagline: str
    url: str
    maturity: str
    price_from: Decimal | None = Field(description="€ HT")
    price_unit: str
    open_source: bool
    source_url: str


class ProfileData(Schema):
    """A whole profile."""

    id: str
    name: str
    kind: str
    tagline: str
    problem: str
    answer: str
    url: str
    website: str
    domains: list[str]
    region: str
    served_regions: list[str]
    city: str
    founded_year: int | None
    size: str
    source: str
    reviewed_at: datetime | None = Field(description="UTC")
    updated_at: datetime | None = Field(description="UTC")
    facts: list[FactData]
    solutions: list[SolutionData]


class CallLine(Schema):
    """A call in a list. Whether anybody answered is never told."""

    id: str = Field(description="référence")
    title: str
    buyer: str
    url: str
    domain: str
    procedure: str
    state: str = Field(description="a-venir, ouverts ou clos")
    published_at: datetime | None = Field(description="UTC")
    closes_at: datetime | None = Field(description="UTC ; la réponse arrivée à cet instant est à l’heure")
    value_ht: Decimal = Field(description="valeur estimée, € HT")
    given_up: bool


class CallList(Schema):
    """One page of calls."""

    count: int
    page: int
    pages: int
    items: list[CallLine]


class ProfileParams(Schema):
    """What a list of profiles may be asked; values may be repeated."""

    q: str = Field("", description="mots cherchés")
    domaine: list[str] = Field([], description="codes de domaines")
    region: list[str] = Field([], description="codes de régions")
    maturite: list[str] = []
    confiance: list[str] = Field([], description="identite, references, accessibilite")
    certification: list[str] = []
    achat: list[str] = Field([], description="innovante, libre, centrale")
    taille: list[str] = []
    nature: list[str] = []
    tri: str = Field("", description="pertinence, references, maj, nom")
    page: int = 1


class CallParams(Schema):
    """What a list of calls may be asked; values may be repeated."""

    etat: str = Field("ouverts", description="ouverts, a-venir ou clos")
    domaine: list[str] = []
    region: list[str] = []
    procedure: list[str] = []
    page: int = 1


@api.get("/domains", response=list[DomainData], url_name="domains", summary="Les domaines de l’action publique")
def domains(request: HttpRequest) -> list[dict[str, Any]]:
    """Every domain, in its order."""
    return [
        {"id": one.slug, "name": one.label, "scope": one.scope, "cpv": one.cpv_main, "cofog": one.cofog}
        for one in Domain.objects.all()
    ]


@api.get("/profiles", response=ProfileList, url_name="profiles", summary="Chercher des fiches")
def profiles(request: HttpRequest, params: Query[ProfileParams]) -> dict[str, Any]:
    """Profiles found by words and filters: the order and the counts are those of the page."""
    answer = Answer(Question.of(request.GET), now_of(request))
    page = Paginator(answer.positions, PAGE_SIZE).get_page(params.page)
    return {
        "count": answer.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "widened": answer.is_widened,
        "items": [_profile_line(request, card) for card in answer.cards(page.object_list)],
    }


@api.get("/profiles/{slug}", response=ProfileData, url_name="profile", summary="Lire une fiche")
def profile(request: HttpRequest, slug: str) -> dict[str, Any]:
    """One published profile, with what of it is verified. Raises Http404 for any other."""
    one = Profile.objects.published().with_parts().filter(slug=slug).first()
    if one is None:
        raise Http404
    names = ("name", "tagline", "problem", "answer", "website", "region", "served_regions", "city", "founded_year")
    return {name: getattr(one, name) for name in (*names, "source", "reviewed_at", "updated_at", "kind", "size")} | {
        "id": one.slug,
        "url": request.build_absolute_uri(one.get_absolute_url()),
        "domains": [domain.slug for domain in one.domains.all()],
        "facts": [
            {
                "label": fact.label,
                "value": fact.value,
                "verified": fact.is_verified,
                "state": fact.state,
                "by": fact.by,
                "on": fact.on,
                "until": fact.until,
            }
            for fact in trust.facts_of(one, now=now_of(request))
        ],
        "solutions": [
            {
                "id": solution.slug,
                "name": solution.name,
                "tagline": solution.tagline,
                "url": request.build_absolute_uri(solution.get_absolute_url()),
                "maturity": solution.maturity,
                "price_from": solution.price_from,
                "price_unit": solution.price_unit,
                "open_source": solution.is_open_source,
                "source_url": solution.source_url,
            }
            for solution in one.solutions.all()
        ],
    }


@api.get("/calls", response=CallList, url_name="calls", summary="Les appels publiés")
def calls(request: HttpRequest, params: Query[CallParams]) -> dict[str, Any]:
    """Published calls in a state: the open ones by nearest deadline."""
    answer = public_calls.Answer(public_calls.Question.read(request.GET), now_of(request))
    page = Paginator(answer.calls, PAGE_SIZE).get_page(params.page)
    return {
        "count": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "items": [_call_line(request, card) for card in public_calls.cards(list(page.object_list))],
    }


@api.get("/calls/{reference}", response=CallLine, url_name="call", summary="Lire un appel")
def call(request: HttpRequest, reference: str) -> dict[str, Any]:
    """One published call. Raises Http404 for any other."""
    found: Call | None = public_calls.published_calls(now_of(request)).filter(reference=reference).first()
    if found is None:
        raise Http404
    return _call_line(request, public_calls.cards([found])[0])


def _profile_line(request: HttpRequest, card: Card) -> dict[str, Any]:
    one = card.profile
    return {
        "id": one.slug,
        "name": one.name,
        "tagline": one.tagline,
        "url": request.build_absolute_uri(one.get_absolute_url()),
        "domains": [domain.slug for domain in card.domains],
        "region": Region(one.region).value if one.region else "",
        "city": one.city,
        "identity_verified": card.is_verified,
        "confirmed_references": card.confirmed,
        "updated_at": one.updated_at,
    }


def _call_line(request: HttpRequest, card: public_calls.Card) -> dict[str, Any]:
    one = card.call
    return {
        "id": one.reference,
        "title": one.title,
        "buyer": one.lead_buyer.name,
        "url": request.build_absolute_uri(reverse("desk:call", args=[one.reference])),
        "domain": one.domain,
        "procedure": one.procedure,
        "state": card.state.value,
        "published_at": one.published_at,
        "closes_at": card.closes_at,
        "value_ht": card.value,
        "given_up": card.is_given_up,
    }
