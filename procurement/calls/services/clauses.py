"""The library of clauses: what new calls start with, who wrote it, and whether the operator's lawyer checked it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from procurement.calls.clauses import ARTICLES, FIRST_CLAUSES, FIRST_PHASE_TERMS
from procurement.calls.models import ClauseCheck, ClauseVersion, ContractTerms, Lot, Phase


@dataclass(frozen=True)
class Clause:
    """A clause as it stands. `version` is 0, and `row` None, for the text that the site came with."""

    code: str
    title: str
    article: str
    text: str
    version: int = 0
    row: ClauseVersion | None = None

    @property
    def check(self) -> ClauseCheck | None:
        """What the lawyer said of this version."""
        return getattr(self.row, "check_made", None)


def _texts_of(first: dict[str, Any] | Any, model: type[Model]) -> dict[str, Clause]:
    return {
        code: Clause(code, str(model._meta.get_field(code).verbose_name), ARTICLES.get(code, ""), text)
        for code, text in first.items()
        if code in ARTICLES
    }


def library() -> dict[str, Clause]:
    """Every clause in its newest version, by code, in the order of the contract; one query."""
    clauses = _texts_of(FIRST_CLAUSES, ContractTerms) | _texts_of(FIRST_PHASE_TERMS, Phase)
    for row in ClauseVersion.objects.select_related("check_made", "written_by").order_by("version"):
        if row.code in clauses:
            clauses[row.code] = Clause(
                row.code, clauses[row.code].title, row.article, row.text, version=row.version, row=row
            )
    return clauses


def first_clauses() -> dict[str, Any]:
    """What the terms of a new call start with, by field of `ContractTerms`."""
    return {**FIRST_CLAUSES, **{code: one.text for code, one in library().items() if code in FIRST_CLAUSES}}


def first_phase_terms() -> dict[str, Any]:
    """What the phases of a new call start with, by field of `Phase`."""
    return {**FIRST_PHASE_TERMS, **{code: one.text for code, one in library().items() if code in FIRST_PHASE_TERMS}}


def write_clause(*, code: str, article: str, text: str, actor: Actor, now: datetime) -> ClauseVersion:
    """Propose another text to the calls to come; those that exist keep theirs. It waits for the lawyer again.

    Raises NotAllowed, Refusal for a clause that the contract does not have, an empty text or one without its article.
    Records `clause.written`.
    """
    with act(SITE_CHAIN, "clause.written", actor=actor, now=now, code=code) as entry:
        standing = _standing(code)
        require(actor, "clause.keep", ClauseVersion(code=code))
        text, article = text.strip(), article.strip()
        if not text or not article:
            raise Refusal("Écrivez le texte de la clause et l’article dont elle relève.")
        if (text, article) == (standing.text, standing.article):
            raise Refusal("Ce texte est déjà celui de la bibliothèque.")
        row = _new_version(standing, article=article, text=text, actor=actor, now=now)
        entry.data["version"] = row.version
    return row


def check_clause(*, code: str, version: int, lawyer: str, actor: Actor, now: datetime) -> ClauseCheck:
    """Note that the operator's lawyer checked the clause as it stands, in the version that they read.

    Raises NotAllowed, Refusal without the lawyer's name, for another version than the one in force, or for one that is
    checked already. Records `clause.checked`.
    """
    with act(SITE_CHAIN, "clause.checked", actor=actor, now=now, code=code, version=version):
        standing = _standing(code)
        require(actor, "clause.keep", ClauseVersion(code=code))
        if not lawyer.strip():
            raise Refusal("Écrivez le nom de la personne qui a validé la clause.")
        if standing.version != version:
            raise Refusal("La clause a changé depuis : relisez-la avant de la valider.")
        if standing.check:
            raise Refusal("Cette version est déjà validée.")
        row = standing.row or _new_version(standing, article=standing.article, text=standing.text, actor=actor, now=now)
        check = ClauseCheck(clause=row, lawyer=lawyer.strip(), checked_at=now, checked_by_id=actor.user_id)
        check.save()
    return check


def _standing(code: str) -> Clause:
    clause = library().get(code)
    if clause is None:
        raise Refusal("Cette clause n’existe pas dans la bibliothèque.")
    return clause


def _new_version(clause: Clause, *, article: str, text: str, actor: Actor, now: datetime) -> ClauseVersion:
    row = ClauseVersion(
        code=clause.code, version=clause.version + 1, article=article, text=text, written_at=now,
        written_by_id=actor.user_id,
    )  # fmt: skip
    row.save()
    return row


def wait_for_lawyer(lots: Iterable[Lot]) -> bool:
    """Whether a text of these lots is not, word for word, one that the operator's lawyer checked."""
    checked = set(ClauseVersion.objects.filter(check_made__isnull=False).values_list("code", "text"))
    return any(text and (code, text) not in checked for lot in lots for code, text in _written(lot))


def _written(lot: Lot) -> Iterable[tuple[str, str]]:
    terms = getattr(lot, "terms", None)
    if terms is None:
        yield "gate_powers", "rien n’est écrit"
        return
    yield from ((code, getattr(terms, code).strip()) for code in FIRST_CLAUSES if code in ARTICLES)
    for phase in lot.phases.all():
        yield from ((code, getattr(phase, code).strip()) for code in FIRST_PHASE_TERMS if code in ARTICLES)
