"""What somebody has to do now about deposits and keys; before an opening it depends on dates and keys alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, Lot, SubmissionPeriod
from procurement.calls.permissions import roles_in
from procurement.law.opening import GRACE
from procurement.submissions.keywraps import CUSTODIANS
from procurement.submissions.models import Custodian, Deposit, EnvelopeWrap, KeyRehearsal
from procurement.submissions.openings import left_to_open
from procurement.submissions.periods import code_of
from procurement.submissions.permissions import CONDUCTING
from procurement.submissions.received import received_in


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """What the actor must do now in these calls, as buyer, as custodian or as bidder.

    The number of queries does not grow with the calls.
    """
    drafts = Deposit.objects.visible_to(actor).filter(period__lot__call__in=[one.pk for one in calls], closed_at=None)
    found = [_draft(one) for one in drafts.prefetch_related("period__deadlines") if one.period.closes_at() >= now]
    roles = roles_in(actor, calls)
    conducted = [call for call in calls if roles[call.pk] & set(CONDUCTING)]
    found += _of_importer([call for call in conducted if call.deposit_at and call.is_published], now)
    here = [call for call in calls if not call.deposit_at]
    custodians = _by_call(here, Custodian.objects.serving(*here), lambda one: one.call_id)
    rows = SubmissionPeriod.objects.filter(lot__call__in=[call.pk for call in here]).select_related("lot")
    periods = _by_call(here, rows.prefetch_related("deadlines", "envelopes"), lambda one: one.lot.call_id)
    known = [one.pk for some in periods.values() for one in some]
    prepared = set(EnvelopeWrap.objects.filter(period__in=known).values_list("period_id", flat=True))
    guarded: list[tuple[Call, Custodian, list[SubmissionPeriod]]] = []
    for call in here:
        # Nothing is handed in for a direct purchase: there is no key to guard.
        if not call.is_purchase and call in conducted:
            found += _of_buyer(call, custodians[call.pk], periods[call.pk], prepared)
        mine = next((one for one in custodians[call.pk] if one.user_id == actor.user_id), None)
        if mine is not None:
            guarded.append((call, mine, [one for one in periods[call.pk] if one.pk in prepared]))
    return found + _of_custodian(guarded, now)


def _by_call(calls: Sequence[Call], rows: Iterable[Any], call_of: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {call.pk: [] for call in calls}
    for row in rows:
        found[call_of(row)].append(row)
    return found


def _of_importer(calls: Sequence[Call], now: datetime) -> list[Todo]:
    """Periods over on the other buyer profile whose register, then prices, were not brought here yet."""
    found = []
    for one in received_in(Lot.objects.filter(call__in=[call.pk for call in calls]), now):
        name = {"period": one.period.get_kind_display().lower()}
        href = reverse("submissions:received", args=[one.period.lot.call.reference])
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


def _of_custodian(guarded: Sequence[tuple[Call, Custodian, list[SubmissionPeriod]]], now: datetime) -> list[Todo]:
    """Keys to try, envelopes to open; `guarded`: each call with the actor's own key and the periods it opens."""
    mine = [custodian.pk for _call, custodian, _periods in guarded]
    rehearsals = KeyRehearsal.objects.filter(custodian__in=mine, partner=None)
    tried = set(rehearsals.values_list("custodian_id", "period_id"))
    closed = {
        one.pk: [*one.envelopes.all()]
        for _call, custodian, periods in guarded
        for one in periods
        if (custodian.pk, one.pk) in tried and now > one.closes_at() + GRACE
    }
    left = left_to_open([one for envelopes in closed.values() for one in envelopes], now)
    found = []
    for call, custodian, periods in guarded:
        found += [
            Todo(
                _("Essayer votre clé : %(period)s") % {"period": one.get_kind_display()},
                reverse("submissions:rehearse", args=[call.reference, one.lot.number, code_of(one)]),
                due=one.opens_at if one.opens_at > now else None,
            )
            for one in periods
            if (custodian.pk, one.pk) not in tried
        ]
        found += [
            Todo(
                _("Ouvrir les plis : %(period)s") % {"period": one.get_kind_display()},
                reverse("submissions:opening", args=[call.reference]),
                hint=_("À deux gardiens, en 30 minutes."),
            )
            for one in periods
            if any(envelope.pk in left for envelope in closed.get(one.pk, ()))
        ]
    return found
