"""Pages on which a custodian shows their key, which stays in the browser where it can (sealed-bids B.3)."""

from typing import Any

from django.http import HttpResponse

from marketplace.accounts.pages import ActView
from marketplace.journal.errors import Refusal
from procurement.submissions.forms.custody import KitForm
from procurement.submissions.key_proofs import Handed


class KeyAct(ActView):
    """An act that asks for the key of a custodian.

    The page hands its program what is addressed to this custodian for this act, on the conditions of the act; where the
    act would be refused whatever the key, it says why and asks for none.
    """

    form_class = KitForm

    def hand_out(self) -> Handed:
        """What the program of the page needs. Raises Refusal where the act would."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is handed out, or why nothing is."""
        handed, why_not = None, []
        try:
            handed = self.hand_out()
        except Refusal as refusal:
            why_not = refusal.reasons
        return super().get_context_data(
            handed=handed.message() if handed else None,
            # What was posted was refused for the same reason: it is told once.
            why_not=[] if kwargs.get("form") and kwargs["form"].is_bound else why_not,
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        """The page, which no cache keeps."""
        response = super().render_to_response(context, **response_kwargs)
        response["Cache-Control"] = "private, no-store"
        return response
