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
    "ccag_departures": (
        "Pénalités : la clause « Pénalités » déroge à l’article 14.1. Fin de phase : la clause « Fin de phase » déroge "
        "aux articles sur la résiliation pour motif d’intérêt général."
    ),
    "environmental_clause": "Le partenaire mesure l’empreinte de la solution à chaque phase, et la réduit.",
    "social_clause": "Le partenaire réserve une part des heures à des personnes éloignées de l’emploi.",
    "confidentiality": "Chacun garde secrets les informations et savoir-faire que l’autre désigne comme tels.",
    "personal_data": "Le partenaire est sous-traitant (RGPD, article 28). Une annexe dit données, finalités et durées.",
    "personal_data_kinds": "Nom et coordonnées des personnes qui essaient la solution, et leurs réponses.",
    "personal_data_purpose": "Essayer et améliorer la solution, sans autre usage.",
    "personal_data_duration": "La durée de la phase, puis effacement sous trente jours.",
    "personal_data_processors": "Aucun sans accord écrit préalable de l’acheteur.",
    "personal_data_security": "Hébergement dans l’Union, accès nominatifs, chiffrement, incidents signalés sous 24 h.",
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

ARTICLES: Mapping[str, str] = {
    "gate_powers": "R. 2172-31",
    "gate_partner_choice": "R. 2172-31",
    "gate_financial_consequences": "R. 2172-31",
    "gate_notification": "R. 2172-31",
    "advance_recovery": "R. 2191-11, R. 2191-12",
    "instalments": "R. 2191-20 à R. 2191-22",
    "penalties": "CCAG",
    "environmental_clause": "L. 2112-2",
    "social_clause": "L. 2112-2-1",
    "confidentiality": "L. 2132-1",
    "personal_data": "Règlement (UE) 2016/679, article 28",
    "insurance": "CCAG",
    "termination": "L. 2195-1 à L. 2195-6",
    "ip_background": "R. 2172-25",
    "ip_results": "R. 2172-25",
    "ip_open_source": "R. 2172-25",
}
"""Article of each clause of the library: the texts among the first terms, which the operator may rewrite."""
FIRST_NO_LOTS_REASON = (
    "La recherche et l’achat portent sur une seule solution : la diviser rendrait l’exécution techniquement difficile "
    "(L2113-11)."
)

FIRST_PHASES: tuple[Mapping[str, Any], ...] = (
    {
        "kind": "research",
        "name": "Explorer",
        "duration_months": 6,
        "deliverables": "Maquette\nRapport de fin de phase, avec les résultats mesurés",
    },
    {
        "kind": "acquisition",
        "name": "Adopter",
        "duration_months": 24,
        "deliverables": "Solution livrée et mise en service",
    },
)
"""A research phase, then an acquisition phase (R2172-23)."""

FIRST_SELECTION: tuple[Mapping[str, Any], ...] = (
    {"name": "Capacité de recherche et développement", "weight": 4000, "is_innovation": True},
    {"name": "Capacité à concevoir et à déployer des solutions innovantes", "weight": 4000, "is_innovation": True},
    {"name": "Moyens humains et financiers", "weight": 2000},
)

FIRST_AWARD: tuple[Mapping[str, Any], ...] = (
    {"name": "Qualité de la solution et de la démarche de recherche", "weight": 5000, "tag": "research"},
    {"name": "Prix des phases et coût visé à l’acquisition", "weight": 3000, "tag": "price"},
    {"name": "Caractéristiques environnementales de l’offre", "weight": 2000, "tag": "environment"},
)

FIRST_INVITED: Mapping[str, Any] = {"candidates_min": 3, "candidates_max": 5}

FIRST_CANDIDATURE = "Présentation de l’équipe et de ses travaux de recherche\nDéclaration sur l’honneur"
FIRST_TECHNICAL = "Mémoire technique"
FIRST_PRICE = "Annexe financière"

STUDY_CONCLUSION = "À la date des recherches, aucune offre examinée ne répond au besoin sans travaux de recherche."
