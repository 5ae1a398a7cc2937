"""The award notice of a lot: its fields to copy, its last day, the proof that it left."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.calls.models import Publication
from procurement.calls.views import WorkspaceAct
from procurement.law import award_notice
from procurement.notices.award_sheet import award_facts
from procurement.notices.forms import AwardNoticeForm
from procurement.notices.models import AwardNotice
from procurement.notices.services import award_notice_facts, notice_channels, record_award_notice


class Award(WorkspaceAct):
    """What the award notice says, until when it leaves, and by which roads it left."""

    section = "attribution"
    template_name = "notices/award.html"
    form_class = AwardNoticeForm
    page_title = _("Avis d’attribution")
    page_lead = _("Recopiez ces champs sur les supports de l’avis de marché, puis notez chaque envoi.")
    submit_label = _("Consigner l’envoi")
    success_message = _("L’envoi de l’avis d’attribution est consigné.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Pour un marché au-dessus des seuils européens, l’avis d’attribution part dans les trente jours de la "
            "signature, sur les mêmes supports que l’avis de marché."
        ),
        _("Article R. 2183-1 du code de la commande publique."),
    )

    def find(self) -> None:
        """What was recorded."""
        super().find()
        self.notice = AwardNotice.objects.filter(lot=self.lot).select_related("sheet__rendering__stored_file").first()

    def allowed(self) -> Verdict:
        """The team that prepares notices."""
        return can(self.actor, "notice.prepare", self.call)

    def get_form_kwargs(self) -> dict[str, Any]:
        """One sending a road."""
        return {**super().get_form_kwargs(), "channels": notice_channels(self.call)}

    def act(self, form: AwardNoticeForm) -> AwardNotice:
        """Record it."""
        return record_award_notice(
            lot=self.lot, sendings=form.sendings(), actor=self.actor, now=self.now, accepted=self.accepted()
        )

    def get_back_url(self) -> str:
        """The board of the call."""
        return reverse("desk:call_board", args=[self.call.reference])

    def get_success_url(self) -> str:
        """This page, which shows the sendings."""
        return reverse("notices:award", args=[self.call.reference, self.lot.number])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Fields, last day, sendings."""
        facts = award_notice_facts(self.lot, now=self.now)
        labels = dict(Publication.Channel.choices)
        return super().get_context_data(
            notice=self.notice,
            sent=[(labels[one["channel"]], one) for one in self.notice.sendings] if self.notice else [],
            signed_on=facts.signed_on,
            until=award_notice.last_day(facts),
            is_due=facts.procedure == "formalised",
            sheet=award_facts(self.lot, now=self.now) if facts.signed_on else None,
            **kwargs,
        )
