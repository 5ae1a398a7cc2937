"""The spaces that this room opens in the menu of a signed-in person."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.spaces import Entry, register_spaces
from procurement.evaluation.models import Clearance, Complement, Exclusion


@register_spaces
def proofs(actor: Actor) -> Iterable[Entry]:
    """A company that a buyer wants to choose."""
    if Clearance.objects.visible_to(actor).exists():
        yield Entry(_("Justificatifs demandés"), reverse("evaluation:proof_requests"))


@register_spaces
def candidacies(actor: Actor) -> Iterable[Entry]:
    """A company that a buyer asks to complete its candidature, or to answer before an exclusion."""
    if Complement.objects.visible_to(actor).exists() or Exclusion.objects.visible_to(actor).exists():
        yield Entry(_("Demandes sur vos candidatures"), reverse("evaluation:candidacies"))
