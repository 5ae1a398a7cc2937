"""What the operator sees of the safety of the bids: never how many there are, nor whose (B.7, B.9)."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page
from marketplace.accounts.permissions import Verdict, can
from procurement.submissions import mirror
from procurement.submissions.models import HealthSample, StoreScrub


class Safety(Page):
    """The recovery point, the last reading of the sealed parts, the last sample of the health of the site."""

    template_name = "submissions/safety.html"
    page_title = _("Sûreté des plis")
    page_lead = _("Ce que le site garde deux fois et ce qu’il relit, sans rien dire du nombre ni de l’auteur des plis.")

    def allowed(self) -> Verdict:
        """People of the operator."""
        operator = Organisation.objects.filter(kind=Organisation.Kind.OPERATOR).first()
        if operator is None:
            raise Http404
        return can(self.actor, "submissions.watch", operator)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The second place, the last reading, the last sample."""
        return super().get_context_data(
            mirror=settings.SUBMISSION_MIRROR,
            is_behind=mirror.is_behind(),
            scrub=StoreScrub.objects.first(),
            health=HealthSample.objects.last(),
            **kwargs,
        )
