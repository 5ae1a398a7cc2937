"""Figures of the needs voiced by citizens."""

from collections import Counter

from django.utils.translation import gettext as _

from cms.figures.registry import Asked, Figure, register_figure, share
from cms.needs.models import Need, State
from marketplace.ui.charts import bars


def by_state(asked: Asked) -> Figure:
    """Published needs in each state, and how many people support them."""
    pairs = list(Need.objects.published().with_state().order_by().values_list("state", "support"))
    counted, voices = Counter(state for state, _number in pairs), Counter()
    for state, number in pairs:
        voices[state] += number
    total = len(pairs)
    rows = [(str(label), counted[value], voices[value]) for value, label in State.choices]
    finding = _("%(share)d %% des besoins publiés sont repris par un appel") % {
        "share": share(counted[State.TAKEN_UP], total)
    }
    return Figure(
        name="besoins-par-etat",
        finding=finding if total else _("Aucun besoin n’est encore publié"),
        definition=_("Besoins publiés, par état, et adresses confirmées qui les soutiennent."),
        gaps=_("Les besoins refusés à la relecture ne sont pas comptés. Une adresse compte une fois par besoin."),
        columns=(_("État"), _("Besoins"), _("Soutiens")),
        rows=rows,
        bars=bars([(label, number, str(number)) for label, number, _people in rows]),
    )


register_figure("besoins-par-etat", by_state)
