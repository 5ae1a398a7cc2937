"""What somebody has to do now about deposits and keys; before an opening it depends on dates and keys alone."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, SubmissionPeriod
from procurement.law.opening import GRACE
from procurement.submissions.keywraps import CUSTODIANS
from procurement.submissions.models import Custodian, Deposit, EnvelopeWrap, KeyRehearsal
from procurement.submissions.openings import EnvelopeState, opened_envelope
from procurement.submissions.periods import code_of
from procurement.submissions.received import received_in

TO_OPEN = {EnvelopeState.READY, EnvelopeState.WAITING, EnvelopeState.INTERRUPTED}


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """What the actor must do now in this call, as buyer, as custodian or as bidder."""
    drafts = Deposit.objects.visible_to(actor).filter(period__lot__call=call, closed_at=None)
    own = [_draft(one) for one in drafts.prefetch_related("period__deadlines") if one.period.closes_at() >= now]
    if call.deposit_at:
        return own + (_of_importer(call, now) if can(actor, "register.import", call) else [])
    custodians = list(Custodian.objects.serving(call))
    periods = list(SubmissionPeriod.objects.filter(lot__call=call).select_related("lot").prefetch_related("deadlines"))
    prepared = set(EnvelopeWrap.objects.filter(period__in=periods).values_list("period_id", flat=True))
    found = own
    # Nothing is handed in for a direct purchase: there is no key to guard.
    if not call.is_purchase and can(actor, "custodians.appoint", call):
        found += _of_buyer(call, custodians, periods, prepared)
    mine = next((one for one in custodians if one.user_id == actor.user_id), None)
    if mine is not None:
        found += _of_custodian(call, mine, [one for one in periods if one.pk in prepared], now)
    return found


def _of_importer(call: Call, now: datetime) -> list[Todo]:
    """Periods over on the other buyer profile whose register, then prices, were not brought here yet."""
    if not call.is_published:
        return []
    href = reverse("submissions:received", args=[call.reference])
    found = []
    for one in received_in(call.lots.all(), now):
        name = {"period": one.period.get_kind_display().lower()}
        if one.is_over and one.register is None:
            hint = _("Le registre des dépôts (CSV) et les plis ouverts (ZIP) de l’autre profil d’acheteur.")
            found.append(Todo(_("Importer les plis reçus ailleurs : %(period)s") % name, href, hint=hint))
        elif one.asks_prices and one.unpriced and not one.no_prices_yet:
            found.append(Todo(_("Enregistrer les prix : %(period)s") % name, href))
    return found


def _draft(deposit: Deposit) -> Todo:
    href = reverse("submissions:tasks", args=[deposit.pk])
    return Todo(_("Terminer et déposer votre réponse"), href, due=deposit.period.closes_at())


def _of_buyer(
    call: Call, custodians: list[Custodian], periods: list[SubmissionPeriod], prepared: set[object]
) -> list[Todo]:
    href = reverse("submissions:custodians", args=[call.reference])
    if len(custodians) < CUSTODIANS:
        return [Todo(_("Désigner les trois gardiens des clés"), href, hint=_("Avant de publier."))]
    return [
        Todo(_("Préparer les clés : %(period)s") % {"period": one.get_kind_display()}, href, due=one.opens_at)
        for one in periods
        if one.pk not in prepared
    ]


def _of_custodian(call: Call, custodian: Custodian, periods: list[SubmissionPeriod], now: datetime) -> list[Todo]:
    tried = set(KeyRehearsal.objects.filter(custodian=custodian, partner=None).values_list("period_id", flat=True))
    found = [
        Todo(
            _("Essayer votre clé : %(period)s") % {"period": one.get_kind_display()},
            reverse("submissions:rehearse", args=[call.reference, one.lot.number, code_of(one)]),
            due=one.opens_at if one.opens_at > now else None,
        )
        for one in periods
        if one.pk not in tried
    ]
    closed = [one for one in periods if one.pk in tried and now > one.closes_at() + GRACE]
    found += [
        Todo(
            _("Ouvrir les plis : %(period)s") % {"period": one.get_kind_display()},
            reverse("submissions:opening", args=[call.reference]),
            hint=_("À deux gardiens, en 30 minutes."),
        )
        for one in closed
        if any(opened_envelope(envelope, now).state in TO_OPEN for envelope in one.envelopes.all())
    ]
    return found
