"""Clauses that a new call starts with: plain French, each to be validated by the buyer's lawyer before publication."""

from collections.abc import Mapping
from typing import Any

FIRST_CLAUSES: Mapping[str, Any] = {
    "gate_powers": (
        "À la fin de chaque phase, au vu des résultats, l’acheteur peut continuer le partenariat, modifier ses "
        "objectifs avec l’accord du partenaire, réduire le nombre de partenaires, ou arrêter (R2172-31)."
    ),
    "gate_partner_choice": (
        "Les partenaires qui continuent sont ceux dont les résultats atteignent le mieux les objectifs mesurés de la "
        "phase, dans l’ordre du rapport de fin de phase."
    ),
    "gate_financial_consequences": (
        "Ce qui a été accepté est payé. L’arrêt en fin de phase n’ouvre droit à aucune autre indemnité."
    ),
    "gate_notice_days": 15,
    "gate_notification": "Chaque décision est notifiée par le profil d’acheteur. Aucune phase ne commence avant.",
    "vat_rate": 2000,
    "advance_rate": 1000,
    "advance_recovery": "Le remboursement de l’avance commence quand 65 % du montant TTC est exécuté (R2191-11).",
    "instalments": "Un acompte à l’acceptation de chaque livrable, et au moins tous les trois mois (R2191-22).",
    "price_form": "firm",
    "penalties": (
        "Cent euros par jour de retard d’un livrable, 5 % de la phase au plus, après mise en demeure. Aucune pénalité "
        "ne porte sur un résultat de recherche incertain."
    ),
    "ccag": "CCAG des marchés de techniques de l’information et de la communication, arrêté du 30 mars 2021",
    "environmental_clause": "Le partenaire mesure l’empreinte de la solution à chaque phase, et la réduit.",
    "social_clause": "Le partenaire réserve une part des heures à des personnes éloignées de l’emploi.",
    "confidentiality": "Chacun garde secrets les informations et savoir-faire que l’autre désigne comme tels.",
    "personal_data": "Le partenaire est sous-traitant (RGPD, article 28). Une annexe dit données, finalités et durées.",
    "insurance": "Le partenaire justifie d’une assurance de responsabilité civile professionnelle.",
    "termination": "Selon le CCAG. L’arrêt en fin de phase suit la clause de fin de phase.",
    "tender_validity_days": 180,
}
"""By field of `ContractTerms`; weights and rates in hundredths of a percent, durations in days."""

FIRST_PHASE_TERMS: Mapping[str, Any] = {
    "ip_background": "Chacun garde ses droits antérieurs ; l’acheteur s’en sert autant que le résultat le demande.",
    "ip_results": (
        "Le partenaire reste titulaire des résultats ; l’acheteur a le droit non exclusif de les utiliser pour ses "
        "besoins (régime de base du CCAG)."
    ),
    "ip_open_source": "Tout composant libre utilisé est nommé, avec sa licence, et n’empêche pas cet usage.",
    "acceptance_days": 30,
}
"""By field of `Phase`, without which no contract is complete."""
