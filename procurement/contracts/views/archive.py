"""What of a lot is kept, until when, and the visa under which it goes (LR-107, LR-108)."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import can
from procurement.contracts.archive import Holding, holdings_of
from procurement.contracts.forms.archive import VisaForm
from procurement.contracts.services.destruction import approve_destruction
from procurement.contracts.views.base import LotAct, LotPage

ARCHIVE_LAW = (
    _("Ce que dit la loi"),
    _(
        "Les candidatures, les offres et le dossier de la procédure se gardent au moins cinq ans après la signature. "
        "Les pièces du contrat se gardent dix ans après le paiement final, comme le conseille le guide des archives. "
        "Rien ne se détruit sans le visa du service d’archives."
    ),
    _("Articles R. 2184-12 et R. 2184-13 du code de la commande publique, L. 212-2 du code du patrimoine"),
)


class Archive(LotPage):
    """What is kept, what falls due, what was destroyed."""

    template_name = "contracts/archive.html"
    section = "conservation"
    page_title = _("Conservation")
    page_lead = _("Ce qui se garde, jusqu’à quand, et ce qui a été détruit avec l’accord des archives.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Every holding of the lot."""
        return super().get_context_data(
            holdings=holdings_of(self.lot, self.now),
            may_approve=bool(can(self.actor, "destruction.approve", self.lot)),
            law=ARCHIVE_LAW,
            **kwargs,
        )


class ApproveDestruction(LotAct):
    """Write down the visa of the archive service."""

    section = "conservation"
    back = "archive"
    action = "destruction.approve"
    form_class = VisaForm
    page_lead = _(
        "Le site détruit la nuit suivante : les clés d’abord, puis les plis scellés, les fichiers ouverts et les "
        "réponses. Les accusés, les empreintes et le journal restent."
    )
    submit_label = _("Consigner le visa et faire détruire")
    success_message = _("Le visa est consigné. La destruction se fait cette nuit, puis le certificat arrive ici.")
    law = ARCHIVE_LAW
    holding: Holding

    def find(self) -> None:
        """Read what is to go. Raises Http404 when the lot keeps nothing of that name."""
        super().find()
        found = [one for one in holdings_of(self.lot, self.now) if one.key == self.kwargs["holdings"]]
        if not found:
            raise Http404
        self.holding = found[0]

    def get_page_title(self) -> str:
        """What goes."""
        if self.holding.contract is None:
            return _t("Faire détruire le dossier de la procédure")
        return _t("Faire détruire les pièces du contrat %(number)s") % {"number": self.holding.contract.number}

    def act(self, form: VisaForm) -> Any:
        """Approve."""
        data = {name: form.cleaned_data[name] for name in ("archivist", "visa", "visa_on")}
        return approve_destruction(lot=self.lot, holdings=self.holding.key, actor=self.actor, now=self.now, **data)
