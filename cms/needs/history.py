"""What became of a need, as steps with dates: read from facts, told to everybody."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from cms.needs.models import Need, TakeUp
from marketplace.ui.charts import Step


def history_of(need: Need, take_ups: Sequence[TakeUp]) -> list[Step]:
    """Steps of a published need, oldest first. Of a call that is not published, the buyer alone is named."""
    steps = [Step(_("Publié"), at=need.published_at, state="done")]
    for one in take_ups:
        steps += _steps_of(one)
    if need.declined_at:
        steps.append(Step(_("Non retenu"), need.reason, at=need.declined_at, state="done"))
    return sorted(steps, key=lambda step: step.at)


def _steps_of(one: TakeUp) -> list[Step]:
    call = one.call_reference
    steps = [
        (one.taken_at, _("Étudié par %(buyer)s") % {"buyer": one.organisation_name}),
        (one.published_at, _("Repris par l’appel %(call)s") % {"call": call}),
        (one.partner_chosen_at, _("Appel %(call)s : un partenaire est choisi") % {"call": call}),
        (one.adopted_at, _("Appel %(call)s : une solution est adoptée") % {"call": call}),
    ]
    if one.ended_at and one.published_at:
        steps.append((one.ended_at, _("Appel %(call)s : arrêté sans suite") % {"call": call}))
    elif one.ended_at:
        steps.append((one.ended_at, _("L’étude s’arrête")))
    return [
        Step(words, at=at, state="done", href=one.call_url if one.published_at and at == one.published_at else "")
        for at, words in steps
        if at is not None
    ]
