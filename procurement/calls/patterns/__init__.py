"""Models of calls: a whole first text for a domain, our own words, from which a buyer begins.

One file a model, beside this one. Weights are written in percent there, and read as hundredths of a percent. A model
says no money and no date, those are the buyer's; each criterion says why it weighs what it weighs.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any

from cms.catalogue.domains import DOMAINS
from procurement.calls.models import AcquisitionTerms, AwardCriterion, Phase, PhaseObjective
from procurement.calls.models.call import PartnerMode
from procurement.law.innovation import INDICATORS

HUNDREDTHS = 100
WHOLE = 10_000


@dataclass(frozen=True)
class Pattern:
    """A model: rows are those that the acts of the drafts take. `inspired_by`: a real partnership, or empty."""

    slug: str
    title: str
    domain: str
    object: str
    inspired_by: str
    partner_mode: str
    partners_max: int
    need: Mapping[str, Any]
    requirements: tuple[Mapping[str, Any], ...]
    selection: tuple[Mapping[str, Any], ...]
    award: tuple[Mapping[str, Any], ...]
    phases: tuple[Mapping[str, Any], ...]
    acquisition: Mapping[str, Any]
    levels: tuple[Mapping[str, Any], ...]

    @property
    def domain_label(self) -> str:
        """The domain in words."""
        return DOMAINS[self.domain].label

    @property
    def cpv(self) -> str:
        """Main CPV code of the domain, to be made precise by the buyer."""
        return DOMAINS[self.domain].cpv_main


class PatternError(ValueError):
    """A text that is no whole model, said in French."""


@cache
def first_texts() -> dict[str, str]:
    """The text of every model as it comes with the site, by slug."""
    files = (one for one in resources.files(__package__).iterdir() if one.name.endswith(".toml"))
    return {one.name.removesuffix(".toml"): one.read_text("utf-8") for one in files}


def read_pattern(slug: str, text: str) -> Pattern:
    """The model that a text tells. Raises PatternError for one that is not whole, or whose weights do not add up."""
    try:
        pattern = _read(slug, tomllib.loads(text))
        choices = list(_choices(pattern))
    except tomllib.TOMLDecodeError as error:
        raise PatternError(f"Ce texte ne se lit pas : {error}. Vérifiez guillemets et crochets.") from error
    except KeyError as error:
        raise PatternError(f"Il manque {error} : gardez tous les titres du modèle.") from error
    except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise PatternError(f"Une valeur n’a pas la forme attendue : {error}.") from error
    for name, value, known in choices:
        if value not in known:
            raise PatternError(f"{name} : « {value} » n’est pas possible. Choisissez parmi {', '.join(known)}.")
    for name, rows in (("sélection", pattern.selection), ("choix", pattern.award)):
        if (total := sum(row["weight"] for row in rows)) != WHOLE:
            raise PatternError(f"Les poids des critères de {name} font {total // HUNDREDTHS} % au lieu de 100 %.")
        if not all(row.get("why") for row in rows):
            raise PatternError(f"Chaque critère de {name} dit pourquoi il pèse ce poids (« why »).")
    return pattern


def _choices(pattern: Pattern) -> Iterator[tuple[str, str, Collection[str]]]:
    """Every value of a model that is one of a list: its name, itself, the list."""
    measured = [*pattern.levels, *(goal for phase in pattern.phases for goal in phase["objectives"])]
    yield "domain", pattern.domain, DOMAINS
    yield "partner_mode", pattern.partner_mode, PartnerMode.values
    yield "split", pattern.acquisition.get("split", ""), ("", *AcquisitionTerms.Split.values)
    yield from (("innovation_indicators", one, INDICATORS) for one in pattern.need["innovation_indicators"])
    yield from (("tag", row["tag"], AwardCriterion.Tag.values) for row in pattern.award)
    yield from (("kind", phase["kind"], [kind for kind, _label in Phase.PARTNERSHIP_KINDS]) for phase in pattern.phases)
    yield from (("comparison", one["comparison"], PhaseObjective.Comparison.values) for one in measured)


def _read(slug: str, told: Mapping[str, Any]) -> Pattern:
    acquisition = dict(told["acquisition"])
    levels = acquisition.pop("levels")
    acquisition["split_shares"] = [share * HUNDREDTHS for share in acquisition.get("split_shares", ())]
    return Pattern(
        slug=slug,
        title=told["title"],
        domain=told["domain"],
        object=told["object"],
        inspired_by=told.get("inspired_by", ""),
        partner_mode=told["partner_mode"],
        partners_max=told["partners_max"],
        need=told["need"],
        requirements=tuple(told["requirements"]),
        selection=tuple(map(_weighed, told["selection"])),
        award=tuple(map(_weighed, told["award"])),
        phases=tuple(map(_phase, told["phases"])),
        acquisition=acquisition,
        levels=tuple({**level, "pass_mark": Decimal(level["pass_mark"])} for level in levels),
    )


def _weighed(criterion: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**criterion, "weight": criterion["weight"] * HUNDREDTHS}


def _phase(phase: Mapping[str, Any]) -> Mapping[str, Any]:
    objectives = [{**one, "target": Decimal(one["target"])} for one in phase["objectives"]]
    return {**phase, "objectives": objectives, "deliverables": [{"name": name} for name in phase["deliverables"]]}
