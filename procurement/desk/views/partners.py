"""Looking for a co-contractor on an open call: what firms say to one another, which the buyer never reads (B.9)."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import limits
from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import can
from procurement.calls.fields import text
from procurement.calls.models import PartnerSearch
from procurement.calls.models.partners import PARTNER_TEXT_MAX
from procurement.calls.services import partners
from procurement.desk import public_calls
from procurement.desk.views.calls import PublicCallMixin

PER_PAGE = 25
LAW = (
    _("Chercher un partenaire, sans s’entendre"),
    _("Parlez de compétences et de rôles. Des concurrents qui s’accordent sur les prix ou se partagent les appels "
      "risquent une forte amende."),
    "R2142-19 à R2142-27 ; code de commerce, L420-1",
)  # fmt: skip


class AmongFirms(PublicCallMixin):
    """A page for firms only: to the buyer's people and to visitors with an account of another kind it is absent."""

    public = False

    def load(self) -> None:
        """Read the call and the firm one acts for. Raises Http404 for whoever may not read."""
        super().load()
        if not can(self.actor, "partners.read", self.call):
            raise Http404
        self.firm = Organisation.objects.get(pk=self.actor.organisation_id)

    @cached_property
    def own(self) -> PartnerSearch | None:
        """What the firm said itself."""
        return PartnerSearch.objects.of(self.call).filter(organisation=self.firm).first()

    @cached_property
    def is_time(self) -> bool:
        """Whether the first deposit still runs."""
        return partners.is_time(self.call, self.now)

    def get_page_lead(self) -> str:
        """The call."""
        return self.call.title

    def get_list_url(self) -> str:
        """What firms say of this call."""
        return reverse("desk:partners", args=[self.call.reference])


class Partners(AmongFirms, Page):
    """Firms that look for a partner on this call, the newest first, until its first deadline."""

    template_name = "desk/partners.html"
    page_title = _("Chercher un cotraitant")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of what others say, and one's own words."""
        others = PartnerSearch.objects.of(self.call).exclude(organisation=self.firm)
        page = Paginator(others if self.is_time else others.none(), PER_PAGE)
        return super().get_context_data(
            call=self.call,
            own=self.own if self.is_time else None,
            page=page.get_page(self.request.GET.get("page")),
            is_time=self.is_time,
            closes_at=public_calls.closes_at(self.call),
            law=LAW,
            **kwargs,
        )


class PartnerForm(forms.Form):
    """What a firm looks for."""

    kind = forms.ChoiceField(
        label=_("Que voulez-vous ?"),
        choices=PartnerSearch.Kind,
        widget=forms.RadioSelect,
        initial=PartnerSearch.Kind.LOOKS,
    )
    text = text(
        _("Ce que vous cherchez ou proposez"),
        _("Une compétence, un rôle, une région. Ni prix, ni adresse, ni numéro. 400 signes au plus."),
        rows=4,
        required=True,
        max_length=PARTNER_TEXT_MAX,
        error_messages={
            "required": _("Écrivez ce que vous cherchez ou proposez."),
            "max_length": _("Raccourcissez votre texte : 400 signes au plus."),
        },
    )


class Post(AmongFirms, ActView):
    """Say to the other firms what this one looks for."""

    form_class = PartnerForm
    page_title = _("Dire que nous cherchons un cotraitant")
    submit_label = _("Publier entre entreprises")
    success_message = _("Les autres entreprises lisent votre annonce. L’acheteur ne la voit pas.")
    law = LAW
    privacy = _(
        "Le nom de votre entreprise et ce texte sont lus par les entreprises connectées, jusqu’à l’heure limite du "
        "premier dépôt. Ni l’acheteur ni le public ne les voient. Plus personne ne les lit ensuite, et le site les "
        "efface ; vous pouvez les retirer avant."
    )

    def get_initial(self) -> dict[str, Any]:
        """What the firm said before."""
        return {"kind": self.own.kind, "text": self.own.text} if self.own else {}

    def get_back_url(self) -> str:
        """The list."""
        return self.get_list_url()

    def act(self, form: Any) -> PartnerSearch:
        """Keep it."""
        return partners.post(call=self.call, firm=self.firm, **form.cleaned_data, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The list."""
        return self.get_list_url()


class Withdraw(AmongFirms, ActView):
    """Take back what the firm said."""

    page_title = _("Retirer votre annonce")
    submit_label = _("Retirer notre annonce")
    success_message = _("Votre annonce est effacée.")

    def find(self) -> None:
        """What there is to take back. Raises Http404 when the firm said nothing."""
        if self.own is None:
            raise Http404

    def get_page_lead(self) -> str:
        """What it does."""
        return said("Les autres entreprises ne la liront plus. Vous pourrez en écrire une autre.")

    def get_back_url(self) -> str:
        """The list."""
        return self.get_list_url()

    def act(self, form: Any) -> None:
        """Erase it."""
        partners.withdraw(search=self.own, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The list."""
        return self.get_list_url()


class MessageForm(forms.Form):
    """What one firm writes to another."""

    text = text(
        _("Votre message"),
        _("500 signes au plus. Ne parlez pas de prix."),
        rows=6,
        required=True,
        max_length=partners.LONGEST_MESSAGE,
        error_messages={
            "required": _("Écrivez votre message."),
            "max_length": _("Raccourcissez votre message : 500 signes au plus."),
        },
    )


class Write(AmongFirms, ActView):
    """Write to a firm that looks for a partner; its address stays hidden until it answers."""

    template_name = "desk/write_to_partner.html"
    form_class = MessageForm
    submit_label = _("Envoyer notre message")
    success_message = _("Votre message est parti. Vous en recevez une copie.")
    privacy = _(
        "Votre nom, votre entreprise, votre adresse et ce message vont aux personnes de l’entreprise qui a écrit "
        "l’annonce, et à elles seules. Leur adresse ne vous est pas donnée : elles répondent si elles le souhaitent."
    )

    def find(self) -> None:
        """What the other firm says. Raises Http404 once it was taken back, and for one's own words."""
        rows = PartnerSearch.objects.of(self.call).exclude(organisation=self.firm)
        search = rows.filter(pk=self.kwargs["search"]).first() if self.is_time else None
        if search is None:
            raise Http404
        self.search = search

    def get_page_title(self) -> str:
        """Whom one writes to."""
        return said("Écrire à %(name)s") % {"name": self.search.organisation.name}

    def get_back_url(self) -> str:
        """The list."""
        return self.get_list_url()

    def act(self, form: Any) -> None:
        """Send it."""
        who = str(self.actor.user_id)
        limits.count("partners.person", who, most=10, seconds=limits.DAY, now=self.now)
        limits.count("partners.search", str(self.search.pk), most=50, seconds=limits.DAY, now=self.now)
        partners.write_to(
            search=self.search, sender=self.firm, text=form.cleaned_data["text"], actor=self.actor, now=self.now
        )

    def get_success_url(self) -> str:
        """The list."""
        return self.get_list_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the other firm says."""
        return super().get_context_data(search=self.search, **kwargs)
