"""« Tarifs » for everybody; « Formule et factures » for companies; what Stripe sends, and the operator's look at it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page, SignedIn, Titled
from marketplace.accounts.permissions import Verdict, can
from marketplace.billing import gateway, plans, services, webhooks
from marketplace.billing.forms import PeriodForm, VatForm
from marketplace.billing.models import Event, Invoice
from marketplace.billing.permissions import operates
from marketplace.billing.plans import Period
from marketplace.journal import clock
from marketplace.ui import formats
from marketplace.ui.spreadsheets import csv_response

PLAN = reverse_lazy("billing:plan")
EVENTS = reverse_lazy("billing:events")
PAGE_SIZE = 25
LARGEST = 512 * 1024
"""Octets of a notification: Stripe's are far smaller."""


class PricesPage(Page):
    """What is free for ever, what the plan adds, what it costs."""

    public = True
    template_name = "billing/prices.html"
    page_title = _("Tarifs")
    page_lead = _("Répondre à un appel public est gratuit, pour toujours. Une formule aide seulement à se présenter.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The one table, and the prices."""
        return super().get_context_data(is_on=gateway.is_on(), **_offer(), **kwargs)


class OfCompany(SignedIn):
    """For the members of a company; to everybody else these pages do not exist."""

    organisation: Organisation

    def load(self) -> None:
        """Read the company. Raises Http404 for whoever does not act for one."""
        membership = self.actor.membership()
        if membership is None or not can(self.actor, "billing.see", membership.organisation):
            raise Http404
        self.organisation, self.is_owner = membership.organisation, membership.is_owner


class PlanPage(OfCompany, Page):
    """The plan as it stands, and its invoices."""

    template_name = "billing/plan.html"
    page_title = _("Formule et factures")

    def get_page_lead(self) -> str:
        """Whose."""
        return self.organisation.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The subscription that counts, a page of invoices, in a constant number of queries."""
        account = services.account_of(self.organisation)
        subscription = account.current if account else None
        rows = Invoice.objects.visible_to(self.actor).filter(account=account) if account else Invoice.objects.none()
        page = Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            account=account,
            subscription=subscription,
            is_running=subscription is not None and not subscription.is_over,
            gives=subscription is not None and subscription.gives(self.now),
            page_obj=page,
            is_owner=self.is_owner,
            is_on=gateway.is_on(),
            is_test=gateway.is_on() and not gateway.is_live(),
            is_back=services.BACK_FROM_STRIPE in self.request.GET,
            **_offer(),
            **kwargs,
        )


class InvoicesTable(OfCompany):
    """The invoices as a table to take away."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One line per invoice, newest first."""
        account = services.account_of(self.organisation)
        rows = Invoice.objects.visible_to(self.actor).filter(account=account) if account else Invoice.objects.none()
        header = ("Numéro", "Émise le", "État", "Montant HT (€)", "TVA (€)", "Montant TTC (€)", "Payée le")
        return csv_response(
            "factures-atelier.csv",
            header,
            (
                (
                    row.number,
                    formats.paris(row.issued_at).date().isoformat(),
                    row.get_status_display(),
                    *(f"{amount:.2f}".replace(".", ",") for amount in (row.net, row.vat, row.gross)),
                    formats.paris(row.paid_at).date().isoformat() if row.paid_at else "",
                )
                for row in rows
            ),
        )


class OwnerAct(OfCompany, ActView):
    """An act of the owners of the account."""

    back_url = success_url = PLAN

    def allowed(self) -> Verdict:
        """Owners decide."""
        return can(self.actor, "billing.manage", self.organisation)


class Subscribe(OwnerAct):
    """To Stripe's page of payment."""

    template_name = "billing/subscribe.html"
    form_class = PeriodForm
    page_title = _("Souscrire à la formule Atelier")
    page_lead = _("Vous choisissez le rythme ici. Le paiement se fait sur la page de Stripe, notre prestataire.")
    submit_label = _("Continuer vers le paiement")
    privacy = _("Stripe reçoit le nom de votre entreprise et votre adresse électronique, pour vos factures.")

    def get_initial(self) -> dict[str, Any]:
        """The rhythm of the link that was followed."""
        asked = self.request.GET.get("rythme", "")
        return {"period": asked if asked in Period.values else Period.MONTH}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the prices."""
        return super().get_context_data(is_on=gateway.is_on(), **_offer(), **kwargs)

    def act(self, form: PeriodForm) -> str:
        """Open the page of payment."""
        period = Period(form.cleaned_data["period"])
        return services.subscribe(organisation=self.organisation, period=period, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """Stripe's page."""
        return str(self.result)


class ChangePeriod(OwnerAct):
    """Pay at another rhythm."""

    form_class = PeriodForm
    page_title = _("Changer le rythme de paiement")
    page_lead = _("Le changement vaut tout de suite. Ce qui est payé et pas encore servi est déduit de la suite.")
    submit_label = _("Changer le rythme")
    success_message = _("Le rythme de paiement est changé.")

    def get_initial(self) -> dict[str, Any]:
        """The other rhythm."""
        account = services.account_of(self.organisation)
        current = account.current if account else None
        return {"period": Period.MONTH if current and current.period == Period.YEAR else Period.YEAR}

    def act(self, form: PeriodForm) -> None:
        """Change it."""
        period = Period(form.cleaned_data["period"])
        services.change_period(organisation=self.organisation, period=period, actor=self.actor, now=self.now)


class Cancel(OwnerAct):
    """End the plan with what is paid."""

    page_title = _("Résilier la formule")
    page_lead = _(
        "Les outils restent ouverts jusqu’à la fin de ce qui est payé, puis plus rien n’est prélevé. Votre fiche reste "
        "au catalogue, au même rang ; ce que vous avez écrit est gardé."
    )
    submit_label = _("Résilier la formule")
    success_message = _("La résiliation est notée. Vous en recevez la confirmation par courriel.")

    def act(self, form: Any) -> None:
        """End it."""
        services.cancel(organisation=self.organisation, actor=self.actor, now=self.now)


class Resume(OwnerAct):
    """Keep the plan after all."""

    page_title = _("Reprendre la formule")
    page_lead = _("La formule continue comme avant la résiliation, sans rien payer de plus aujourd’hui.")
    submit_label = _("Reprendre la formule")
    success_message = _("La formule continue.")

    def act(self, form: Any) -> None:
        """Keep it."""
        services.resume(organisation=self.organisation, actor=self.actor, now=self.now)


class Portal(OwnerAct):
    """To Stripe's page for the means of payment."""

    page_title = _("Changer le moyen de paiement")
    page_lead = _(
        "Votre carte et l’adresse de vos factures se changent sur la page de Stripe : nous ne les voyons pas."
    )
    submit_label = _("Continuer vers Stripe")

    def act(self, form: Any) -> str:
        """Open it."""
        return services.open_portal(organisation=self.organisation, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """Stripe's page."""
        return str(self.result)


class GiveVatNumber(OwnerAct):
    """The VAT number that invoices carry."""

    form_class = VatForm
    page_title = _("Numéro de TVA")
    submit_label = _("Enregistrer le numéro de TVA")
    success_message = _("Le numéro de TVA figurera sur vos prochaines factures.")

    def get_initial(self) -> dict[str, Any]:
        """The one known, else the one that follows from the SIREN."""
        account = services.account_of(self.organisation)
        known = account.vat_number if account else ""
        return {"number": known or services.french_vat_number(self.organisation.siren)}

    def act(self, form: VatForm) -> None:
        """Write it."""
        number = form.cleaned_data["number"]
        services.give_vat_number(organisation=self.organisation, number=number, actor=self.actor, now=self.now)


class Refresh(OfCompany, ActView):
    """Read the state again from Stripe."""

    page_title = _("Relire l’état de la formule")
    page_lead = _("Nous demandons à Stripe où en sont votre formule et vos factures.")
    submit_label = _("Relire l’état")
    success_message = _("L’état de la formule est à jour.")
    back_url = success_url = PLAN

    def act(self, form: Any) -> bool:
        """Read it."""
        return services.refresh(organisation=self.organisation, actor=self.actor, now=self.now)


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """What Stripe sends: 200 once it is kept, whatever becomes of it; 400 for what is not Stripe's. 404 when off."""
    if not gateway.listens():
        raise Http404
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        signature = request.headers.get("Stripe-Signature", "")
        webhooks.receive(body=request.body, signature=signature, now=clock.now())
    except webhooks.BadNotification:
        return HttpResponse(status=400)
    return HttpResponse(status=200)


class Events(SignedIn, Titled, ListView):
    """What Stripe sent, failures first in sight, for the operator."""

    template_name = "billing/events.html"
    page_title = _("Notifications Stripe")
    paginate_by = PAGE_SIZE

    def allowed(self) -> Verdict:
        """People of the operator."""
        return operates(self.actor)

    def get_queryset(self) -> Any:
        """All of them, or those that failed."""
        rows = Event.objects.failed() if self.only_failed else Event.objects.all()
        return rows.defer("body")

    @property
    def only_failed(self) -> bool:
        """Whether only failures are asked for."""
        return self.request.GET.get("etat") == "echec"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the mode and the counts."""
        return super().get_context_data(
            is_on=gateway.is_on(),
            is_live=gateway.is_live(),
            only_failed=self.only_failed,
            failed=Event.objects.failed().count(),
            waiting=Event.objects.waiting().filter(failed_at=None).count(),
            **kwargs,
        )


class Replay(ActView):
    """One event as it came, to handle again."""

    template_name = "billing/replay.html"
    submit_label = _("Traiter de nouveau")
    success_message = _("L’événement va être traité de nouveau.")
    back_url = success_url = EVENTS

    def allowed(self) -> Verdict:
        """People of the operator."""
        return operates(self.actor)

    def find(self) -> None:
        """Read the event. Raises Http404."""
        self.event = Event.objects.filter(pk=self.kwargs["pk"]).first()
        if self.event is None:
            raise Http404

    def get_page_title(self) -> str:
        """Which event."""
        return _now("Événement %(id)s") % {"id": self.event.event_id}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what came."""
        text = bytes(self.event.body).decode(errors="replace")
        return super().get_context_data(event=self.event, text=text, **kwargs)

    def act(self, form: Any) -> None:
        """Handle it again."""
        services.replay(event=self.event, actor=self.actor, now=self.now)


def _offer() -> dict[str, Any]:
    """The one table, as pages show it."""
    return {
        "table": plans.TABLE,
        "free_for_ever": plans.FREE_FOR_EVER,
        "monthly": plans.price(Period.MONTH),
        "yearly": plans.price(Period.YEAR),
        "trial_days": plans.trial().days,
        "grace_days": plans.grace().days,
    }
