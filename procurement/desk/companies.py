"""What a company has to do now, over all calls: answers, invitations, proofs, letters, contracts, deliverables."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.catalogue.models import Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.ui.todo import Todo, by_due_date
from procurement.calls.models import Call, Follower
from procurement.contracts.todo import todos_for_company
from procurement.correspondence.models import Letter
from procurement.desk import public_calls
from procurement.desk.public_calls import State
from procurement.evaluation.models import Clearance, Complement, Exclusion
from procurement.submissions.models import ConsentRequest, Deposit, Invitation

LETTERS_SHOWN = 5
CALLS_SHOWN = 3
FOLLOWED_SHOWN = 10


def todos(actor: Actor, firm: Organisation, now: datetime) -> list[Todo]:
    """Everything the firm owes now, the most pressing first, in a constant number of queries."""
    deposits = list(Deposit.objects.visible_to(actor).values_list("party", "period", "closed_at"))
    begun = {(party, period) for party, period, _closed_at in deposits}
    found = [*_drafts(actor, now), *_invitations(firm, begun, now), *_proofs(actor), *_candidacies(actor, now)]
    return by_due_date([*found, *_groups(actor), *_letters(firm), *todos_for_company(actor, now)])


def _groups(actor: Actor) -> list[Todo]:
    """Groups that name the firm and wait for its word, while their lot has no contract and goes on."""
    line = "party__lot__timeline__"
    going_on = {f"{line}{fact}": None for fact in ("signed_at", "cancelled_at", "unsuccessful_at")}
    asked = ConsentRequest.objects.visible_to(actor).standing().with_answer()
    return [
        Todo(
            _("Un groupement vous nomme : dites si vous acceptez"),
            reverse("submissions:consent", args=[one.pk]),
            hint=f"{one.party.lead.name}, {_title(one.party.lot.call)}",
            tone="warn",
        )
        for one in asked.filter(is_given=None, **going_on).select_related("party__lead", "party__lot__call")
    ]


def _drafts(actor: Actor, now: datetime) -> list[Todo]:
    drafts = Deposit.objects.visible_to(actor).filter(closed_at=None).select_related("period__lot__call")
    return [
        Todo(
            _("Terminer et déposer votre réponse"),
            reverse("submissions:tasks", args=[one.pk]),
            due=one.period.closes_at(),
            hint=_title(one.period.lot.call),
            tone="warn",
        )
        for one in drafts.prefetch_related("period__deadlines")
        if one.period.closes_at() >= now
    ]


def _invitations(firm: Organisation, begun: set[tuple[Any, Any]], now: datetime) -> list[Todo]:
    """Periods to which the firm was invited, open or soon, in which it began nothing."""
    rows = Invitation.objects.filter(party__lead=firm, period__deadlines__closes_at__gte=now).distinct()
    rows = rows.select_related("period__lot__call").prefetch_related("period__deadlines")
    return [
        Todo(
            _("Préparer votre réponse, %(kind)s") % {"kind": one.period.get_kind_display().lower()},
            reverse("submissions:start", args=[one.period.lot.call.reference]),
            due=one.period.closes_at(),
            hint=_title(one.period.lot.call),
        )
        for one in rows
        if (one.party_id, one.period_id) not in begun
    ]


def _proofs(actor: Actor) -> list[Todo]:
    asked = Clearance.objects.visible_to(actor).filter(completed_at=None)
    missing = Count("proofs", filter=Q(proofs__received_at=None))
    return [
        Todo(
            ngettext("Fournir %(n)s justificatif", "Fournir %(n)s justificatifs", one.missing) % {"n": one.missing},
            reverse("evaluation:proofs", args=[one.pk]),
            due=one.deadline,
            hint=_title(one.partner.decision.lot.call),
            tone="danger",
        )
        for one in asked.annotate(missing=missing).filter(missing__gt=0)
    ]


def _candidacies(actor: Actor, now: datetime) -> list[Todo]:
    """Candidatures to complete, and exclusions to answer, while there is time."""
    missing = Count("items", filter=Q(items__received_at=None))
    asked = Complement.objects.visible_to(actor).filter(request__deadline__gte=now).annotate(missing=missing)
    told = Exclusion.objects.visible_to(actor).filter(observed_at=None, decided_at=None)
    return [
        *(
            Todo(
                ngettext(
                    "Compléter votre candidature : %(n)s pièce",
                    "Compléter votre candidature : %(n)s pièces",
                    one.missing,
                )
                % {"n": one.missing},
                reverse("evaluation:complement", args=[one.pk]),
                due=one.request.deadline,
                hint=_title(one.candidate.lot.call),
                tone="danger",
            )
            for one in asked.filter(missing__gt=0)
        ),
        *(
            Todo(
                _("Présenter vos observations : une exclusion est envisagée"),
                reverse("evaluation:observe", args=[one.pk]),
                due=one.deadline,
                hint=_title(one.candidate.lot.call),
                tone="danger",
            )
            for one in told
        ),
    ]


def _letters(firm: Organisation) -> list[Todo]:
    return [
        Todo(
            _("Lire : %(kind)s") % {"kind": one.get_kind_display()},
            reverse("desk:letter", args=[one.pk]),
            hint=_title(one.call),
            tone="warn",
        )
        for one in Letter.objects.received_by(firm.pk).filter(read_at=None)[:LETTERS_SHOWN]
    ]


def _title(call: Call) -> str:
    return f"{call.title} ({call.reference})"


def followed_calls(actor: Actor) -> list[Call]:
    """The calls that the person followed last with their account."""
    rows = Follower.objects.active().filter(user_id=actor.user_id).select_related("call")
    return [one.call for one in rows.order_by("-confirmed_at", "-pk")[:FOLLOWED_SHOWN]]


def open_calls(firm: Organisation, now: datetime) -> tuple[list[Call], bool]:
    """Open calls by nearest deadline: those of the firm's own domains when there are, and whether they are so."""
    calls = public_calls.calls_in(State.OPEN, now)
    domains = Profile.objects.filter(organisation=firm, domains__isnull=False).values("domains__slug")
    fitting = list(calls.filter(domain__in=domains)[:CALLS_SHOWN])
    return (fitting, True) if fitting else (list(calls[:CALLS_SHOWN]), False)
