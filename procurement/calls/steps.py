"""The screens of the writing: each builds its forms from the call, and hands them to the services.

`forms` gives named parts, in the order of the page; `save` is called with all of them valid.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.actors import Actor
from marketplace.ui.formats import day_words, euros_words
from marketplace.ui.rows import proposed
from procurement.calls import forms as asked
from procurement.calls.clauses import FIRST_CLAUSES, FIRST_PHASE_TERMS
from procurement.calls.facts import launch_date, lot_facts, lots_with_everything
from procurement.calls.models import Call, Lot, NeedStatement, SubmissionPeriod, SupplyStudy
from procurement.calls.models.call import Procedure
from procurement.calls.services import drafts
from procurement.calls.services.periods import ENVELOPES, plan_period
from procurement.law import parameters
from procurement.law.calendar import candidature_period, next_working_day
from procurement.law.estimate import estimated_value, eu_threshold, required_procedure

Parts = Mapping[str, forms.BaseForm | forms.BaseFormSet]


class Step:
    """One screen. `of_lot` ones are written lot by lot."""

    code = ""
    title: Any = ""
    lead: Any = ""
    law: tuple[Any, Any, Any] = ("", "", "")
    of_lot = False
    # Rules of the book whose findings are shown on this screen.
    rules: frozenset[str] = frozenset()
    part_classes: Mapping[str, Any] = {}
    # Parts that most calls leave as they are: shown folded.
    folded: frozenset[str] = frozenset()

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        """What is written already, by part."""
        raise NotImplementedError

    def forms(self, call: Call, lot: Lot, data: QueryDict | None = None) -> Parts:
        """The parts of the screen, bound to `data` when it is given."""
        initial = self.initial(call, lot)
        return {name: made(data, prefix=name, initial=initial.get(name)) for name, made in self.part_classes.items()}

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        """What the site reckons from what is written, in one or two sentences with their source; often nothing."""
        return ""

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        """Hand the screen to the services. Raises what they raise."""
        raise NotImplementedError


def _values(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields if hasattr(row, name)} if row else {}


def lines_of(value: str) -> list[str]:
    """What was typed one by line."""
    return [line.strip() for line in value.splitlines() if line.strip()]


class ProcedureStep(Step):
    """How partners are chosen: said when the call begins, and changed here as long as it is a draft."""

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
        return {"procedure": _values(call, asked.ProcedureForm)}

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
            _values(row, asked.CoBuyerRow) | {"identifier": row.organisation.identifier}
            for row in call.co_buyers.select_related("organisation")
        ]
        return {
            "call": _values(call, asked.CallForm),
            "need": _values(need, asked.NeedForm),
            "lots": [_values(one, asked.LotRow) for one in call.lots.order_by("number")],
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
    part_classes = {"sources": asked.SourceRows, "study": asked.StudyForm}

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        study = SupplyStudy.objects.filter(call=call).first()
        if study is None:
            kinds = ("catalogue", "award_notices", "european_and_open_source", "firms_met")
            return {"sources": [proposed(kind=kind) for kind in kinds], "study": {}}
        signed = {"is_signed": study.signed_at is not None}
        sources = [_values(source, asked.SourceRow) for source in study.sources.all()]
        return {"sources": sources, "study": _values(study, asked.StudyForm) | signed}

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        before = SupplyStudy.objects.filter(call=call).first()
        study, sources = parts["study"].cleaned_data, parts["sources"].rows()
        fields: dict[str, Any] = {
            "author_id": actor.user_id,
            "conclusion": study["conclusion"],
            "rechecked_on": study["rechecked_on"],
            "signed_at": now if study["is_signed"] else None,
        }
        old = [_values(source, asked.SourceRow) for source in before.sources.all()] if before else []
        if before and (old, before.conclusion, bool(before.signed_at)) != (
            sources, study["conclusion"], study["is_signed"],
        ):  # fmt: skip
            # What was read has changed: it must be read again.
            fields |= {"reader_id": None, "read_at": None}
        elif before and before.signed_at:
            fields["signed_at"] = before.signed_at
        drafts.save_supply_study(call=call, fields=fields, sources=sources, actor=actor, now=now)


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

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        terms = getattr(lot, "acquisition", None)
        shares = " ; ".join(f"{share / 100:g}" for share in (terms.split_shares if terms else []))
        phases = [
            _values(phase, asked.PhaseRow)
            | {
                "objectives": [_values(one, asked.ObjectiveRow) for one in phase.objectives.all()],
                "deliverables": "\n".join(one.name for one in phase.deliverables.all()),
            }
            for phase in lot.phases.all()
        ]
        return {
            "partners": _values(lot, asked.PartnersForm) | {"partner_mode": call.partner_mode},
            "phases": phases or [proposed(kind=kind, **FIRST_PHASE_TERMS) for kind in ("research", "acquisition")],
            "acquisition": _values(terms, asked.AcquisitionForm) | {"split_shares": shares},
            "levels": [_values(level, asked.LevelRow) for level in terms.levels.all()] if terms else [],
        }

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        return value_words(call, now)

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        common = {"actor": actor, "now": now}
        partners = dict(parts["partners"].cleaned_data)
        drafts.save_call(call=call, fields={"partner_mode": partners.pop("partner_mode")}, **common)
        lots = [partners if one.pk == lot.pk else {} for one in call.lots.order_by("number")]
        drafts.save_lots(call=call, lots=lots, **common)
        phases = parts["phases"].rows()
        for phase in phases:
            phase["deliverables"] = [{"name": name} for name in lines_of(phase["deliverables"])]
        drafts.save_phases(lot=lot, rows=phases, **common)
        acquisition = parts["acquisition"].cleaned_data
        drafts.save_acquisition(lot=lot, fields=acquisition, levels=parts["levels"].rows(), **common)


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
    rules = frozenset({"LR-05", "LR-13", "LR-15", "LR-20", "LR-41", "LR-64", "LR-65"})
    part_classes = {
        "requirements": asked.RequirementRows,
        "invited": asked.InvitedForm,
        "selection": asked.SelectionRows,
        "award": asked.AwardRows,
    }

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        award = [
            _values(one, asked.AwardRow)
            | {"children": [_values(child, asked.SubCriterionRow) for child in one.children.all()]}
            for one in lot.award_criteria.all()
            if one.parent_id is None
        ]
        return {
            "requirements": [_values(one, asked.RequirementRow) for one in lot.requirements.all()],
            "invited": _values(call, asked.InvitedForm),
            "selection": [_values(one, asked.SelectionRow) for one in lot.selection_criteria.all()],
            "award": award,
        }

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        common = {"actor": actor, "now": now}
        drafts.save_call(call=call, fields=parts["invited"].cleaned_data, **common)
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
    rules = frozenset({"LR-12", "LR-14", "LR-37", "LR-58", "PR-01", "PR-06"})
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

    def forms(self, call: Call, lot: Lot, data: QueryDict | None = None) -> Parts:
        parts = super().forms(call, lot, data)
        for name in {"candidature", "technical", "price"} - set(ENVELOPES[self.kind_of(call)]):
            del parts["dates"].fields[name]
        return parts

    def computed(self, call: Call, lot: Lot, now: datetime) -> str:
        day = launch_date(call, now)
        if not figures_known(day):
            return ""
        certain = candidature_period(day, launch_date=day).certain
        return said(
            "Avis envoyé le %(sent)s : l’heure limite tombe au plus tôt le %(certain)s : trente jours entiers "
            "(R2172-28). Premier jour ouvré : %(working)s."
        ) % {
            "sent": day_words(day), "certain": day_words(certain), "working": day_words(next_working_day(certain)),
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
    rules = frozenset({"LR-22", "LR-27", "LR-51", "LR-59", "LR-113", "LR-114", "LR-116", "LR-117", "LR-118"})
    part_classes = {"documents": asked.DocumentsForm, "clauses": asked.ClausesForm}
    folded = frozenset({"clauses"})

    def initial(self, call: Call, lot: Lot) -> dict[str, Any]:
        terms = getattr(lot, "terms", None)
        documents = _values(terms, asked.DocumentsForm) | {"deposit_at": call.deposit_at}
        return {"documents": documents, "clauses": _values(terms, asked.ClausesForm) or dict(FIRST_CLAUSES)}

    def save(self, parts: Parts, *, call: Call, lot: Lot, actor: Actor, now: datetime) -> None:
        documents = dict(parts["documents"].cleaned_data)
        drafts.save_call(call=call, fields={"deposit_at": documents.pop("deposit_at")}, actor=actor, now=now)
        drafts.save_terms(lot=lot, fields=documents | parts["clauses"].cleaned_data, actor=actor, now=now)


def figures_known(day: date) -> bool:
    """Whether the rule book knows the figures of the law on that day; PR-06 says so to the author otherwise."""
    try:
        parameters.value("eu_threshold_other_ss", on=day)
    except parameters.NoValueInForceError:
        return False
    return True


def value_words(call: Call, now: datetime) -> str:
    """The estimated value of a call and the procedure it asks for (LR-10, LR-32); empty while nothing is priced."""
    value = estimated_value([lot_facts(lot) for lot in lots_with_everything(call)])
    category = call.lead_buyer.buyer_category
    if not (value and category):
        return ""
    day = launch_date(call, now)
    if not figures_known(day):
        return ""
    threshold = eu_threshold(category, call.nature, on=day)
    procedure = required_procedure(value, category=category, nature=call.nature, on=day)
    return said(
        "Valeur estimée, tous partenaires compris : %(value)s HT. Seuil européen : %(threshold)s HT. Procédure qui "
        "convient : %(procedure)s (R2121-1, R2172-26)."
    ) % {
        "value": euros_words(value),
        "threshold": euros_words(threshold),
        "procedure": str(Procedure(procedure).label).lower(),
    }


SCREENS: dict[str, Step] = {
    step.code: step for step in (NeedStep(), StudyStep(), PhasesStep(), CriteriaStep(), DatesStep(), DocumentsStep())
}
"""The six screens of text; the seventh is the team."""

STEPS: dict[str, Step] = {"procedure": ProcedureStep()} | SCREENS
"""What is written of a call: what the page that begins it asks, then the six screens."""
