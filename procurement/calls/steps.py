"""The screens of the writing: each builds its forms from the call, and hands them to the services.

`forms` gives named parts, in the order of the page; `save` is called with all of them valid.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import day_words
from marketplace.ui.rows import proposed
from procurement.calls import clauses, forms_contract
from procurement.calls import forms as asked
from procurement.calls.facts import launch_date
from procurement.calls.models import AcquisitionTerms, Call, Lot, NeedStatement, SubmissionPeriod, SupplyStudy
from procurement.calls.models.call import Procedure
from procurement.calls.services import drafts
from procurement.calls.services.clauses import first_clauses, first_phase_terms
from procurement.calls.services.periods import ENVELOPES, plan_period
from procurement.calls.steps_base import Parts, Step, figures_known, lines_of, value_words, values_of
from procurement.law.calendar import add_days, at_paris, candidature_period, next_working_day, overseas_zone


class ProcedureStep(Step):
    """How partners are chosen: said when the call begins, and changed here as long as it is a draft."""

    first_part = "procedure"
    code, title = "procedure", _("La procédure")
    lead = _("Vous pouvez changer de procédure jusqu’à la publication.")
    law = (
        _("Ce que dit la loi"),
        _("Dès le seuil européen, le partenariat se passe en procédure avec négociation. En dessous, vous en fixez le "
          "déroulement. Choisissez le partenariat si aucune solution existante ne répond au besoin."),
        "L2172-3, R2172-20, R2172-26",
    )  # fmt: skip
    rules = frozenset({"LR-10", "LR-30"})
    part_classes = {"procedure": asked.ProcedureForm}

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        return {"procedure": values_of(call, asked.ProcedureForm)}

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        return value_words(call, now)

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        drafts.save_call(call=call, fields=parts["procedure"].cleaned_data, actor=actor, now=now)


class NeedStep(Step):
    """The problem, before any solution."""

    code, title = "besoin", _("Le besoin")
    lead = _("Décrivez un problème, pas une solution.")
    law = (
        _("Ce que dit la loi"),
        _("Le besoin est défini avec précision avant l’appel, avec des objectifs de développement durable. La réponse "
          "attendue doit être nouvelle ou nettement améliorée."),
        "L2111-1, L2172-3, R2172-22",
    )  # fmt: skip
    rules = frozenset({"LR-02", "LR-26", "LR-29", "LR-121", "PR-03", "PR-04"})
    first_part = "need"
    proposal = _("L’objet de l’appel, sa nature et la raison de ne faire qu’un lot.")
    part_classes = {
        "call": asked.CallForm,
        "need": asked.NeedForm,
        "lots": asked.LotRows,
        "co_buyers": asked.CoBuyerRows,
    }
    folded = frozenset({"lots", "co_buyers"})

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        need = NeedStatement.objects.filter(call=call).first()
        partners = [
            values_of(row, asked.CoBuyerRow) | {"identifier": row.organisation.identifier}
            for row in call.co_buyers.select_related("organisation")
        ]
        return {
            "call": values_of(call, asked.CallForm),
            "need": values_of(need, asked.NeedForm),
            "lots": [values_of(one, asked.LotRow) for one in call.lots.order_by("number")],
            "co_buyers": partners,
        }

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        common = {"actor": actor, "now": now}
        drafts.save_call(call=call, fields=parts["call"].cleaned_data, **common)
        if any(parts["need"].cleaned_data.values()):
            drafts.save_need(call=call, fields=parts["need"].cleaned_data, **common)
        self._save_lots(parts["lots"], call, parts["call"].cleaned_data["title"], common)
        if parts["co_buyers"].rows() or call.co_buyers.exists():
            drafts.save_co_buyers(call=call, rows=parts["co_buyers"].rows(), **common)

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        goal = said("Mettre au point, essayer puis acheter de quoi résoudre ce problème : %(title)s.")
        words = {"object": goal % {"title": call.title}}
        if len(call.lots.all()) == 1:
            words["no_lots_reason"] = clauses.FIRST_NO_LOTS_REASON
        return {"call": words}

    def _save_lots(self, rows: Any, call: Call, title: str, common: Mapping[str, Any]) -> None:
        """A lot alone bears the title of the call; lots taken away go with all that was written for them."""
        lots = list(call.lots.order_by("number"))
        kept = rows.rows()
        if len(lots) == len(kept) == 1 and kept[0]["title"] == lots[0].title == call.title:
            kept[0]["title"] = title
        gone = {rows.forms.index(row) for row in rows.deleted_forms}
        for index in sorted(gone & set(range(len(lots))), reverse=True):
            drafts.drop_lot(lot=lots[index], **common)
        drafts.save_lots(call=call, lots=kept, **common)


class StudyStep(Step):
    """What the market offers already."""

    code, title = "sourcage", _("L’offre disponible")
    lead = _("Cherchez d’abord ce qui existe. Le partenariat n’est possible que si rien ne répond au besoin.")
    law = (
        _("Ce que dit la loi"),
        _("Le partenariat couvre un besoin auquel aucun produit, service ou ouvrage disponible ne répond. L’étude dit "
          "ce qui a été cherché ; une personne hors du projet la relit."),
        "L2172-3, R2111-1",
    )  # fmt: skip
    rules = frozenset({"LR-01", "LR-28"})
    part_classes = {"sources": asked.SourceRows, "firms": asked.FirmRows, "study": asked.StudyForm}
    first_part = "sources"
    proposal = _("Les quatre sortes de sources sont prêtes, à la date d’aujourd’hui.")

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        study = SupplyStudy.objects.filter(call=call).first()
        firms = [values_of(firm, asked.FirmRow) for firm in call.consulted_firms.all()]
        if study is None:
            return {"sources": [], "firms": firms, "study": {}}
        signed = {"is_signed": study.signed_at is not None}
        sources = [values_of(source, asked.SourceRow) for source in study.sources.all()]
        return {"sources": sources, "firms": firms, "study": values_of(study, asked.StudyForm) | signed}

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        today = timezone.localdate(now)
        kinds = ("catalogue", "award_notices", "european_and_open_source", "firms_met")
        return {
            "sources": [proposed(kind=kind, searched_on=today) for kind in kinds],
            "study": {"conclusion": clauses.STUDY_CONCLUSION, "rechecked_on": today},
        }

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        before = SupplyStudy.objects.filter(call=call).first()
        study, sources = parts["study"].cleaned_data, parts["sources"].rows()
        fields: dict[str, Any] = {
            "author_id": actor.user_id,
            "conclusion": study["conclusion"],
            "rechecked_on": study["rechecked_on"],
            "signed_at": now if study["is_signed"] else None,
        }
        old = [values_of(source, asked.SourceRow) for source in before.sources.all()] if before else []
        if before and (old, before.conclusion, bool(before.signed_at)) != (
            sources, study["conclusion"], study["is_signed"],
        ):  # fmt: skip
            # What was read has changed: it must be read again.
            fields |= {"reader_id": None, "read_at": None}
        elif before and before.signed_at:
            fields["signed_at"] = before.signed_at
        drafts.save_supply_study(call=call, fields=fields, sources=sources, actor=actor, now=now)
        drafts.save_consulted_firms(call=call, rows=parts["firms"].rows(), actor=actor, now=now)


class PhasesStep(Step):
    """The phases, their objectives and their pay."""

    code, title, of_lot = "phases", _("Phases et montants"), True
    lead = _("À la fin de chaque phase, vous décidez : continuer, réduire le nombre de partenaires, ou arrêter.")
    law = (
        _("Ce que dit la loi"),
        _("Chaque phase a ses objectifs, sa durée et son prix. Écrivez dès maintenant comment vous déciderez. L’achat "
          "qui suit reste facultatif : il faut que les niveaux soient atteints et les coûts respectés."),
        "R2172-23, R2172-24, R2172-31, R2172-32",
    )  # fmt: skip
    rules = frozenset({"LR-03", "LR-04", "LR-06", "LR-07", "LR-08", "LR-09", "LR-10", "LR-24", "LR-25", "LR-32"})
    part_classes = {
        "partners": asked.PartnersForm,
        "phases": asked.PhaseRows,
        "acquisition": asked.AcquisitionForm,
        "levels": asked.LevelRows,
    }
    folded = frozenset({"levels"})

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        terms = getattr(lot, "acquisition", None)
        shares = " ; ".join(f"{share / 100:g}" for share in (terms.split_shares if terms else []))
        phases = [
            values_of(phase, asked.PhaseRow)
            | {
                "objectives": [values_of(one, asked.ObjectiveRow) for one in phase.objectives.all()],
                "deliverables": "\n".join(one.name for one in phase.deliverables.all()),
            }
            for phase in lot.phases.all()
        ]
        return {
            "partners": values_of(lot, asked.PartnersForm) | {"partner_mode": call.partner_mode},
            "phases": phases,
            "acquisition": values_of(terms, asked.AcquisitionForm) | {"split_shares": shares},
            "levels": [values_of(level, asked.LevelRow) for level in terms.levels.all()] if terms else [],
        }

    first_part = "phases"
    proposal = _(
        "Une phase de recherche puis une phase d’achat, leurs durées, leurs livrables et le régime de droits du CCAG. "
        "Sans niveau écrit, les objectifs de la dernière phase de recherche valent avant tout achat."
    )

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        research, purchase = clauses.FIRST_PHASES
        terms = first_phase_terms()
        # The purchase needs nothing more than its cost cap; the research is no phase before its pay is said.
        return {"phases": [proposed(**research, **terms), {**purchase, **terms}]}

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        return value_words(call, now)

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        common = {"actor": actor, "now": now}
        partners = dict(parts["partners"].cleaned_data)
        if not partners["partner_mode"] and partners["partners_max"]:
            several = partners["partners_max"] > 1
            partners["partner_mode"] = Call.PartnerMode.SEVERAL if several else Call.PartnerMode.SINGLE
        drafts.save_call(call=call, fields={"partner_mode": partners.pop("partner_mode")}, **common)
        lots = [partners if one.pk == lot.pk else {} for one in call.lots.order_by("number")]
        drafts.save_lots(call=call, lots=lots, **common)
        phases = parts["phases"].rows()
        for phase in phases:
            phase["deliverables"] = [{"name": name} for name in lines_of(phase["deliverables"])]
        drafts.save_phases(lot=lot, rows=phases, **common)
        acquisition = dict(parts["acquisition"].cleaned_data)
        if (partners["partners_max"] or 1) > 1 and not acquisition["split"]:
            acquisition["split"] = AcquisitionTerms.Split.EQUAL
        if acquisition["total_cost_max_ht"] and not (acquisition["quantity_max"] or acquisition["unit_cost_max_ht"]):
            whole = {"quantity_max": 1, "unit_cost_max_ht": acquisition["total_cost_max_ht"]}
            acquisition |= whole | {"quantity_unit": acquisition["quantity_unit"] or said("solution")}
        levels = parts["levels"].rows() or levels_of(phases)
        drafts.save_acquisition(lot=lot, fields=acquisition, levels=levels, **common)


def levels_of(phases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Levels to reach before any purchase, when none is written: what the last research phase must reach (R2172-32)."""
    research = [phase for phase in phases if phase["kind"] == "research"]
    return [
        {
            "indicator": one["indicator"], "comparison": one["comparison"], "pass_mark": one["target"],
            "unit": one["unit"], "test_method": "",
        }
        for one in (research[-1]["objectives"] if research else [])
        if one["target"] is not None
    ]  # fmt: skip


class CriteriaStep(Step):
    """What will count, and for how much."""

    code, title, of_lot = "criteres", _("Exigences et critères"), True
    lead = _("Annoncez tout ce qui comptera, et pour combien. Après la publication, rien de tout cela ne change.")
    law = (
        _("Ce que dit la loi"),
        _("L’offre est choisie sur plusieurs critères pondérés, dont le prix et l’environnement. Les exigences "
          "minimales et les critères ne se négocient pas."),
        "L2152-7, R2152-7, R2152-11, R2172-22, R2172-30",
    )  # fmt: skip
    rules = frozenset({"LR-05", "LR-13", "LR-15", "LR-20", "LR-41", "LR-64", "LR-65", "LR-113", "LR-114"})
    part_classes = {
        "requirements": asked.RequirementRows,
        "invited": asked.InvitedForm,
        "selection": asked.SelectionRows,
        "capacity": asked.CapacityForm,
        "award": asked.AwardRows,
    }
    folded = frozenset({"selection"})
    first_part = "award"
    proposal = _("De trois à cinq candidats invités, trois critères pour les choisir, trois pour choisir l’offre.")

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        award = [
            values_of(one, asked.AwardRow)
            | {"children": [values_of(child, asked.SubCriterionRow) for child in one.children.all()]}
            for one in lot.award_criteria.all()
            if one.parent_id is None
        ]
        return {
            "requirements": [values_of(one, asked.RequirementRow) for one in lot.requirements.all()],
            "invited": values_of(call, asked.InvitedForm),
            "capacity": values_of(lot, asked.CapacityForm),
            "selection": [values_of(one, asked.SelectionRow) for one in lot.selection_criteria.all()],
            "award": award,
        }

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        first = not (lot.requirements.exists() or lot.award_criteria.exists())
        return {
            "requirements": [proposed(is_minimum=True)],
            "selection": list(map(dict, clauses.FIRST_SELECTION)),
            "award": list(map(dict, clauses.FIRST_AWARD)),
        } | ({"invited": clauses.FIRST_INVITED} if first else {})

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        common = {"actor": actor, "now": now}
        drafts.save_call(call=call, fields=parts["invited"].cleaned_data, **common)
        capacity = parts["capacity"].cleaned_data
        lots = [capacity if one.pk == lot.pk else {} for one in call.lots.order_by("number")]
        drafts.save_lots(call=call, lots=lots, **common)
        drafts.save_requirements(lot=lot, rows=parts["requirements"].rows(), **common)
        drafts.save_selection_criteria(lot=lot, rows=parts["selection"].rows(), **common)
        drafts.save_award_criteria(lot=lot, rows=parts["award"].rows(), **common)


class DatesStep(Step):
    """From when to when one may answer, and within which limits."""

    code, title, of_lot = "dates", _("Dates et limites"), True
    lead = _(
        "Une heure limite un jour ouvré, en journée. Les limites des fichiers sont annoncées avant le premier octet."
    )
    law = (
        _("Ce que dit la loi"),
        _("Pour un partenariat en procédure formalisée, trente jours au moins entre l’envoi de l’avis et la fin des "
          "candidatures, sans réduction possible. Une réponse reçue après l’heure est en principe éliminée."),
        "R2161-12, R2172-28, R2143-2, R2151-5",
    )  # fmt: skip
    rules = frozenset({"LR-12", "LR-14", "LR-37", "LR-45", "LR-58", "PR-01", "PR-06"})
    part_classes = {"dates": asked.DatesForm}

    def kind_of(self, call: Call) -> SubmissionPeriod.Kind:
        """What is handed in first: candidatures, or all at once below the threshold."""
        one_step = call.procedure == Procedure.ADAPTED
        return SubmissionPeriod.Kind.SINGLE_STEP if one_step else SubmissionPeriod.Kind.CANDIDATURE

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        period = next((one for one in lot.periods.all() if one.kind == self.kind_of(call)), None)
        known: dict[str, Any] = {"launch_date": call.launch_date}
        if period:
            known |= {row.name: "\n".join(row.expected_documents) for row in period.envelopes.all()}
            known |= {
                "opens_at": period.opens_at,
                "closes_at": period.closes_at(),
                "megabytes_per_file": period.bytes_per_file // asked.MEGABYTE,
                "megabytes_in_all": period.bytes_in_all // asked.MEGABYTE,
                "files_max": period.files_max,
            }
        return {"dates": known}

    proposal = _("L’avis part demain, les dépôts ouvrent à 10 h, les pièces et les limites sont celles d’usage.")

    def is_begun(self, call: Call, lot: Lot) -> bool:
        return any(one.kind == self.kind_of(call) for one in lot.periods.all())

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        launch = call.launch_date or next_working_day(add_days(timezone.localdate(now), 1))
        words = {
            "launch_date": launch,
            "opens_at": at_paris(launch, time(10)),
            "candidature": clauses.FIRST_CANDIDATURE,
            "technical": clauses.FIRST_TECHNICAL,
            "price": clauses.FIRST_PRICE,
        }
        if figures_known(launch):
            least = next_working_day(candidature_period(launch, launch_date=launch).certain)
            words["closes_at"] = at_paris(next_working_day(add_days(least, 1)), time(12))
        return {"dates": words}

    def forms(self, call: Call, lot: Lot, data: QueryDict | None = None, *, now: datetime | None = None) -> Parts:
        parts = super().forms(call, lot, data, now=now)
        for name in {"candidature", "technical", "price"} - set(ENVELOPES[self.kind_of(call)]):
            del parts["dates"].fields[name]
        return parts

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        day = launch_date(call, now)
        if not figures_known(day):
            return ""
        certain = candidature_period(day, launch_date=day).certain
        words = said(
            "Avis envoyé le %(sent)s : l’heure limite tombe au plus tôt le %(certain)s : trente jours entiers "
            "(R2172-28). Premier jour ouvré : %(working)s."
        ) % {
            "sent": day_words(day), "certain": day_words(certain), "working": day_words(next_working_day(certain)),
        }  # fmt: skip
        return f"{words} {self._local_hour(call, lot)}".strip()

    def _local_hour(self, call: Call, lot: Lot) -> str:
        """The deadline in the hour of a buyer overseas; empty in metropolitan France."""
        zone = overseas_zone(call.lead_buyer.postcode)
        period = next((one for one in lot.periods.all() if one.kind == self.kind_of(call)), None)
        if zone is None or period is None:
            return ""
        local = period.closes_at().astimezone(zone)
        return said("Chez vous, l’heure limite tombe le %(day)s à %(hour)s.") % {
            "day": day_words(local.date()), "hour": f"{local:%H} h {local:%M}",
        }  # fmt: skip

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        dates = parts["dates"].cleaned_data
        fields = {"launch_date": dates["launch_date"]}
        drafts.save_call(call=call, fields=fields, actor=actor, now=now)
        if not (dates["opens_at"] and dates["closes_at"]):
            return
        written = self.initial(call, lot)["dates"]
        if "opens_at" in written and not any(self._differs(name, dates, written) for name in dates):
            return
        plan_period(
            lot=lot,
            kind=self.kind_of(call),
            opens_at=dates["opens_at"],
            closes_at=dates["closes_at"],
            limits={
                "bytes_per_file": (dates["megabytes_per_file"] or 2000) * asked.MEGABYTE,
                "bytes_in_all": (dates["megabytes_in_all"] or 10000) * asked.MEGABYTE,
                "files_max": dates["files_max"] or 200,
            },
            expected_documents={name: lines_of(dates[name]) for name in ENVELOPES[self.kind_of(call)]},
            actor=actor,
            now=now,
        )

    def _differs(self, name: str, dates: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
        if name in {"candidature", "technical", "price"}:
            return lines_of(dates[name]) != lines_of(written.get(name, ""))
        return name != "launch_date" and dates[name] != written[name]


class DocumentsStep(Step):
    """Clauses of the contract, and where answers are handed in."""

    code, title, of_lot = "documents", _("Documents et clauses"), True
    lead = _("Des clauses vous sont proposées. À faire valider par votre juriste avant de publier.")
    law = (
        _("Ce que dit la loi"),
        _("Le contrat dit lui-même que vous pouvez arrêter en fin de phase, et à quelles conditions. Depuis le "
          "21 août 2026, il comporte des conditions d’exécution environnementales."),
        "R2172-25, R2172-31, L2112-2",
    )  # fmt: skip
    rules = frozenset({"LR-22", "LR-27", "LR-51", "LR-59", "LR-99", "LR-101", "LR-112", "LR-116", "LR-117", "LR-118",
                       "PR-08"})  # fmt: skip
    part_classes = {"documents": forms_contract.DocumentsForm, "clauses": forms_contract.ClausesForm}
    first_part = "clauses"
    proposal = _("Toutes les clauses sont proposées : relisez-les et faites-les valider.")
    folded = frozenset({"clauses"})

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        terms = getattr(lot, "terms", None)
        documents = values_of(terms, forms_contract.DocumentsForm)
        documents |= {name: getattr(call, name) for name in forms_contract.OF_CALL}
        return {"documents": documents, "clauses": values_of(terms, forms_contract.ClausesForm)}

    def proposed(self, call: Call, lot: Lot, now: datetime) -> dict[str, Any]:
        if hasattr(lot, "terms"):
            return {}
        launch = call.launch_date or timezone.localdate(now)
        city = call.lead_buyer.city
        return {
            "clauses": {**first_clauses(), "price_month": launch.replace(day=1)},
            "documents": {"place": city} if city else {},
        }

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        documents = dict(parts["documents"].cleaned_data)
        of_call = {name: documents.pop(name) for name in forms_contract.OF_CALL}
        drafts.save_call(call=call, fields=of_call, actor=actor, now=now)
        drafts.save_terms(lot=lot, fields=documents | parts["clauses"].cleaned_data, actor=actor, now=now)


SCREENS: dict[str, Step] = {
    step.code: step for step in (NeedStep(), StudyStep(), PhasesStep(), CriteriaStep(), DatesStep(), DocumentsStep())
}
"""The six screens of text; the seventh is the team."""

STEPS: dict[str, Step] = {"procedure": ProcedureStep()} | SCREENS
"""What is written of a call: what the page that begins it asks, then the six screens."""
