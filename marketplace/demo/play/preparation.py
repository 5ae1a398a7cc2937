"""From the need to the published notice."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from marketplace.demo.plan import AwardCriterionPlan, EventPlan, LotPlan, PhasePlan
from marketplace.demo.play import cast
from marketplace.demo.play.scene import NOON, Scene, Stopped
from marketplace.demo.results import FindingResult
from procurement.calls.facts import lot_facts, lots_with_everything
from procurement.calls.models import Publication, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.periods import plan_period
from procurement.calls.services.publishing import Sending, publish, put_documents_online
from procurement.law import calendar
from procurement.law.estimate import estimated_value, required_procedure
from procurement.submissions.custody import Appointee, appoint_custodians, prepare_keys, rehearse_custodian

# Rule told for a field that no row can hold, before any rule of the law is asked.
UNREADABLE = "saisie"
OPENING = time(10, 0)
EXPECTED = {"candidature": ["Présentation de l’équipe et des travaux de recherche"]}
ROLES = {
    TeamRole.AUTHOR: ("author",),
    TeamRole.VALIDATOR: ("validator",),
    TeamRole.EVALUATOR: ("evaluator", "second_evaluator"),
    TeamRole.SIGNATORY: ("signatory",),
    TeamRole.CUSTODIAN: ("first_custodian", "second_custodian", "third_custodian"),
}
CUSTODIANS = ROLES[TeamRole.CUSTODIAN]
TEAM = tuple(dict.fromkeys(part for parts in ROLES.values() for part in parts))


def prepare(scene: Scene) -> None:
    """Write the call, section after section, as its author would. Raises Stopped for a field that cannot be kept."""
    try:
        _write(scene)
    except ValidationError as error:
        raise Stopped(
            [FindingResult(rule=UNREADABLE, severity="block", message=message) for message in error.messages]
        ) from error


def announce(scene: Scene) -> None:
    """Custodians prove their keys, documents go online, the notice leaves, the call is published."""
    validator = scene.people["validator"]
    plan_candidatures(scene)
    scene.do(drafts.give_visa, call=scene.call, kind="juridique", actor=validator)
    scene.go_to_day(scene.plan.launch_date)
    scene.do(put_documents_online, call=scene.call, actor=validator)
    scene.render()
    scene.call = scene.do(publish, call=scene.call, sendings=_sendings(scene), actor=validator)
    scene.lots = list(scene.call.lots.select_related("call").order_by("number"))
    scene.render()
    for event in scene.planned("weight_change"):
        _try_other_weight(scene, event)


def plan_candidatures(scene: Scene) -> None:
    """Say until when candidatures come in, and have the keys of their envelopes proved."""
    for lot in scene.lots:
        scene.do(
            plan_period, lot=lot, kind=SubmissionPeriod.Kind.CANDIDATURE,
            opens_at=calendar.at_paris(scene.plan.launch_date, OPENING),
            closes_at=candidatures_close_at(scene.plan.launch_date, scene.candidature_days),
            limits=_limits(scene, lot.number), expected_documents=EXPECTED, actor=scene.people["author"],
        )  # fmt: skip
    share_keys(scene, SubmissionPeriod.Kind.CANDIDATURE)


def candidatures_close_at(launch: date, days: int) -> datetime:
    """The deadline of candidatures: noon of the first working day so many days after the launch."""
    return calendar.at_paris(calendar.next_working_day(calendar.add_days(launch, days)), NOON)


def share_keys(scene: Scene, kind: str) -> None:
    """Make the keys of the periods of a kind; the three custodians prove that they hold theirs.

    Where bids are handed in on another buyer profile, there is nothing to open here.
    """
    if scene.plan.deposit_at:
        return
    for lot in scene.lots:
        period = SubmissionPeriod.objects.filter(lot=lot, kind=kind).latest("opens_at")
        scene.do(prepare_keys, period=period, actor=scene.people["author"])
        for actor, kit in scene.kits:
            scene.do(rehearse_custodian, period=period, identity=kit.identity, actor=actor)


def _write(scene: Scene) -> None:
    begin(scene)
    _compose_team(scene)
    write_content(scene)
    scene.call = scene.do(
        drafts.save_call, call=scene.call, actor=scene.people["author"],
        fields={"launch_date": scene.plan.launch_date, "procedure": scene.plan.procedure or _computed_procedure(scene)},
    )  # fmt: skip
    _study_supply(scene)


def begin(scene: Scene) -> None:
    """Create the call: what it is about, and its number."""
    plan = scene.plan
    scene.call = scene.do(
        drafts.create_call, buyer=scene.buyer, title=plan.title, actor=scene.people["author"], object=plan.object,
        cpv=plan.cpv, domain=plan.domain, nature=plan.nature, country=plan.country or "FR",
        partner_mode=plan.partner_mode, deposit_at=plan.deposit_at, candidates_min=plan.candidates_min,
        candidates_max=plan.candidates_max, no_lots_reason=plan.no_lots_reason,
        several_bids_forbidden=plan.several_bids_forbidden, backup_copy_electronic=plan.backup_copy_electronic,
        completed_by_examples=list(plan.completed),
    )  # fmt: skip


def write_content(scene: Scene) -> None:
    """Write the need, the other buyers and each lot, as far as the plan says."""
    plan, author = scene.plan, scene.people["author"]
    if plan.need.problem:
        need = vars(plan.need) | {"innovation_indicators": list(plan.need.innovation_indicators)}
        scene.do(drafts.save_need, call=scene.call, fields=need, actor=author)
    if plan.firms_met:
        firms = [
            {"name": one.name, "identifier": one.identifier, "met_on": one.met_on, "information": one.information}
            for one in plan.firms_met
        ]
        scene.do(drafts.save_consulted_firms, call=scene.call, rows=firms, actor=author)
    if plan.co_buyers:
        scene.do(drafts.save_co_buyers, call=scene.call, rows=_co_buyer_rows(scene), actor=author)
    lots = [{"title": lot.title, "object": lot.object, "partners_max": lot.partners_max} for lot in plan.lots]
    scene.lots = scene.do(drafts.save_lots, call=scene.call, lots=lots, actor=author)
    for row, lot in zip(scene.lots, plan.lots, strict=True):
        _write_lot(scene, row, lot)


def _compose_team(scene: Scene) -> None:
    # Where bids are handed in elsewhere, nobody keeps keys.
    keepers = {TeamRole.CUSTODIAN} if scene.plan.deposit_at else set()
    for role, parts in ROLES.items():
        for part in parts if role not in keepers else ():
            scene.do(drafts.give_role, call=scene.call, user=scene.users[part], role=role, actor=scene.people["author"])
    if keepers:
        return
    appointees = [Appointee(user=scene.users[part]) for part in CUSTODIANS]
    kits = scene.do(appoint_custodians, call=scene.call, appointees=appointees, actor=scene.people["author"])
    scene.kits = [(scene.people[part], kit) for part, kit in zip(CUSTODIANS, kits, strict=True)]


def _co_buyer_rows(scene: Scene) -> list[dict[str, Any]]:
    convention = scene.plan.convention
    return [
        {
            "organisation": organisation,
            "convention_reference": convention.reference if convention else "",
            "convention_signed_on": convention.signed_on if convention else None,
        }
        for organisation in cast.co_buyers(scene)
    ]


def _write_lot(scene: Scene, row: Any, lot: LotPlan) -> None:
    author = scene.people["author"]
    scene.do(drafts.save_requirements, lot=row, rows=[vars(one) for one in lot.requirements], actor=author)
    scene.do(drafts.save_selection_criteria, lot=row, rows=[vars(one) for one in lot.selection_criteria], actor=author)
    scene.do(drafts.save_award_criteria, lot=row, rows=[_criterion(one) for one in lot.award_criteria], actor=author)
    scene.do(drafts.save_phases, lot=row, rows=[_phase(one) for one in lot.phases], actor=author)
    if lot.acquisition is not None:
        terms = lot.acquisition
        scene.do(
            drafts.save_acquisition, lot=row, actor=author, levels=[vars(one) for one in terms.levels],
            fields={
                "unit_cost_max_ht": terms.unit_cost_max,
                "total_cost_max_ht": terms.total_cost_max,
                "quantity_max": terms.quantity_max,
                "quantity_unit": terms.quantity_unit,
                "split": terms.split,
                "split_shares": list(terms.split_shares),
            },
        )  # fmt: skip
    scene.do(drafts.save_terms, lot=row, fields=dict(lot.clauses), actor=author)


def _criterion(plan: AwardCriterionPlan) -> dict[str, Any]:
    row: dict[str, Any] = {"name": plan.name, "weight": plan.weight, "tag": plan.tag}
    if plan.children:
        row["children"] = [_criterion(child) for child in plan.children]
    return row


def _phase(plan: PhasePlan) -> dict[str, Any]:
    return {
        "kind": plan.type,
        "name": plan.name,
        "duration_months": plan.duration_months,
        "remuneration_fixed_ht": plan.remuneration_fixed_ht,
        "remuneration_result_ht": plan.remuneration_result_ht,
        "partners_max": plan.partners_max,
        "ip_results": plan.ip_regime,
        "ip_background": plan.ip_background,
        "ip_open_source": plan.ip_open_source,
        "acceptance_days": plan.acceptance_days,
        "objectives": [vars(one) for one in plan.objectives],
        "deliverables": [{"name": name} for name in plan.deliverables],
    }


def _computed_procedure(scene: Scene) -> str:
    """The procedure that the value asks for (LR-10). Raises NoValueInForceError for an unknown launch date."""
    value = estimated_value([lot_facts(lot) for lot in lots_with_everything(scene.call)])
    return required_procedure(
        value, category=scene.buyer.buyer_category, nature=scene.call.nature, on=scene.plan.launch_date
    )


def _study_supply(scene: Scene) -> None:
    """Sign the study, have it read by an outsider, and repeat the searches the day before the launch (LR-01)."""
    plan = scene.plan
    eve = plan.launch_date - timedelta(days=1)
    signed = scene.now
    scene.go_to_day(eve, NOON)
    if not plan.supply_study:
        return
    scene.do(
        drafts.save_supply_study, call=scene.call, actor=scene.people["author"],
        fields={
            "author": scene.users["author"], "signed_at": signed, "reader": scene.users["reader"],
            "read_at": signed + timedelta(days=2), "rechecked_on": eve, "conclusion": plan.study_conclusion,
        },
        sources=[
            {
                "kind": one.source, "searched_on": one.searched_on, "query": one.query, "result": one.result,
                "reason": one.reason,
            }
            for one in plan.supply_study
        ],
    )  # fmt: skip


def _try_other_weight(scene: Scene, event: EventPlan) -> None:
    """After publication, weights do not change by a stroke of the pen (LR-39, LR-64)."""
    number = event.lot or 1
    rows = [_criterion(one) for one in scene.plan.lots[number - 1].award_criteria]
    rows[event.details.get("criterion", 1) - 1]["weight"] = event.details.get("weight", 0)
    scene.attempt(
        "weight_change", drafts.save_award_criteria, lot=scene.lots[number - 1], rows=rows,
        actor=scene.people["author"],
    )  # fmt: skip


def _limits(scene: Scene, number: int) -> dict[str, Any]:
    return dict(scene.plan.lots[number - 1].limits)


def _sendings(scene: Scene) -> list[Sending]:
    """The notice goes to both official media of a formalised procedure (R2131-16), to one of them below."""
    channels = [Publication.Channel.BOAMP]
    if scene.call.procedure == "formalised":
        channels.insert(0, Publication.Channel.JOUE)
    return [
        Sending(
            channel=channel, sent_at=scene.now, receipt_number=f"{scene.numbers}-{number:04d}",
            receipt_confirmed_at=scene.now, published_at=scene.now,
        )
        for number, channel in enumerate(channels, start=1)
    ]  # fmt: skip
