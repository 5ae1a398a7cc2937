"""What a bidder has to fill in a period, one task at a time, and the answers that these tasks make together.

The shape of the answers is what evaluation reads once they are opened: it changes here and nowhere else. No form here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procurement.calls.models import (
    AwardCriterion,
    PeriodEnvelope,
    Phase,
    Requirement,
    SelectionCriterion,
    SubmissionPeriod,
)
from procurement.calls.models.lot import AcquisitionTerms

Envelope = PeriodEnvelope.Name
ESPD_TASK = "dume"


class Kind(StrEnum):
    """What is asked in a task."""

    ESPD = "espd"
    DECLARATION = "declaration"
    CAPACITIES = "capacities"
    CRITERION = "criterion"
    REQUIREMENTS = "requirements"
    SUBCONTRACTING = "subcontracting"
    SECRETS = "secrets"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Task:
    """One page to fill.

    Attributes:
        code: Its name in addresses, unique in a period (« critere-2 », « prix »).
        envelope: The envelope in which its answer is sealed.
        kind: What is asked.
        label: Title of the page, in French.
        hint: One sentence in the task list.
        criterion: For a criterion: its number, « 2.1 » for a sub-criterion.
        is_optional: Whether nothing is missing without it.
    """

    code: str
    envelope: str
    kind: Kind
    label: str
    hint: str = ""
    criterion: int | str | None = None
    is_optional: bool = False

    @property
    def is_compulsory(self) -> bool:
        """Whether the submission says nothing useful without it: the sworn statement (LR-44) and the prices."""
        return self.kind in {Kind.DECLARATION, Kind.PRICE}


def tasks_of(period: SubmissionPeriod) -> list[Task]:
    """Everything to fill in a period, in order. A candidature asks for no price."""
    names = set(PeriodEnvelope.objects.filter(period=period).values_list("name", flat=True))
    found: list[Task] = []
    if Envelope.CANDIDATURE in names:
        found += _candidature(period)
    if Envelope.TECHNICAL in names:
        found += _technical(period)
    if Envelope.PRICE in names:
        found.append(Task("prix", Envelope.PRICE, Kind.PRICE, _("Vos prix"), _("Hors taxes, phase par phase.")))
    return found


def compose(envelope: str, tasks: list[Task], parts: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of an envelope from what each task gives (by code); empty when nothing was filled."""
    filled = {task: parts[task.code] for task in tasks if task.envelope == envelope and task.code in parts}
    if not filled:
        return {}
    by_kind = {task.kind: part for task, part in filled.items()}
    criteria = [
        {"criterion": task.criterion, "text": part} for task, part in filled.items() if task.kind is Kind.CRITERION
    ]
    if envelope == Envelope.CANDIDATURE:
        single = {"espd": Kind.ESPD, "declarations": Kind.DECLARATION, "capacities": Kind.CAPACITIES}
        return {name: by_kind[kind] for name, kind in single.items() if kind in by_kind} | {"answers": criteria}
    if envelope == Envelope.TECHNICAL:
        return {
            "answers": criteria,
            "requirements": by_kind.get(Kind.REQUIREMENTS, []),
            "subcontractors": by_kind.get(Kind.SUBCONTRACTING, []),
            "secrets": by_kind.get(Kind.SECRETS, []),
        }
    return dict(by_kind[Kind.PRICE])


def research_phases(period: SubmissionPeriod) -> list[Phase]:
    """The phases whose pay a bidder prices."""
    return list(Phase.objects.filter(lot=period.lot_id, kind=Phase.Kind.RESEARCH))


def acquisition_terms(period: SubmissionPeriod) -> AcquisitionTerms | None:
    """The limits of the purchase that may follow, None when nothing may be bought."""
    return AcquisitionTerms.objects.filter(lot=period.lot_id).first()


def requirements(period: SubmissionPeriod) -> list[Requirement]:
    """What a bid must offer."""
    return list(Requirement.objects.filter(lot=period.lot_id))


def _candidature(period: SubmissionPeriod) -> list[Task]:
    criteria = SelectionCriterion.objects.filter(lot=period.lot_id)
    return [
        Task(
            ESPD_TASK,
            Envelope.CANDIDATURE,
            Kind.ESPD,
            _("Votre DUME, si vous en avez un"),
            _("Il remplace la déclaration et remplit ce qu’il sait."),
            is_optional=True,
        ),
        Task(
            "declaration",
            Envelope.CANDIDATURE,
            Kind.DECLARATION,
            _("Déclaration sur l’honneur"),
            _("Une case à cocher, et le droit expliqué."),
        ),
        Task(
            "capacites",
            Envelope.CANDIDATURE,
            Kind.CAPACITIES,
            _("Équipe et moyens"),
            _("Trois chiffres sur votre entreprise."),
        ),
        *(
            Task(
                f"selection-{one.number}",
                Envelope.CANDIDATURE,
                Kind.CRITERION,
                one.name,
                _("Critère de choix des candidats : %(weight)s.") % {"weight": _weight(one.weight)},
                one.number,
            )
            for one in criteria
        ),
    ]


def _weight_words(criterion: AwardCriterion) -> str:
    weight = _weight(criterion.weight)
    if criterion.parent is None:
        return _("Critère de choix : %(weight)s.") % {"weight": weight}
    of = {"weight": weight, "name": criterion.parent.name, "whole": _weight(criterion.parent.weight)}
    return _("%(weight)s du critère « %(name)s », qui compte pour %(whole)s.") % of


def _technical(period: SubmissionPeriod) -> list[Task]:
    found = [
        Task(
            f"critere-{number}".replace(".", "-"),
            Envelope.TECHNICAL,
            Kind.CRITERION,
            criterion.name,
            _weight_words(criterion),
            number,
        )
        for number, criterion in _quality_leaves(period)
    ]
    count = len(requirements(period))
    if count:
        found.append(
            Task(
                "exigences",
                Envelope.TECHNICAL,
                Kind.REQUIREMENTS,
                _("Ce que l’acheteur exige"),
                ngettext("Une exigence, une réponse.", "%(count)s exigences, une réponse à chacune.", count)
                % {"count": count},
            )
        )
    return [
        *found,
        Task(
            "sous-traitance",
            Envelope.TECHNICAL,
            Kind.SUBCONTRACTING,
            _("Sous-traitance"),
            _("Rien à faire si vous réalisez tout vous-mêmes."),
            is_optional=True,
        ),
        Task(
            "secrets",
            Envelope.TECHNICAL,
            Kind.SECRETS,
            _("Secret des affaires"),
            _("Ce que personne d’autre ne doit lire."),
            is_optional=True,
        ),
    ]


def _quality_leaves(period: SubmissionPeriod) -> list[tuple[int | str, AwardCriterion]]:
    """Criteria that are answered in words, in their order; a sub-criterion is numbered after its parent."""
    rows = list(AwardCriterion.objects.filter(lot=period.lot_id).select_related("parent").order_by("number"))
    children: dict[Any, list[AwardCriterion]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    leaves: list[tuple[int | str, AwardCriterion]] = []
    for top in children.get(None, []):
        below = children.get(top.pk, [])
        leaves += [(f"{top.number}.{child.number}", child) for child in below] if below else [(top.number, top)]
    return [(number, row) for number, row in leaves if row.tag != AwardCriterion.Tag.PRICE]


def _weight(hundredths: int) -> str:
    return f"{hundredths / 100:g}".replace(".", ",") + "\u00a0%"
