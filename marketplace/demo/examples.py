"""Our examples: what completes a call that leaves facts out, so that it can be played to its end.

Everything here is invented. It is printed as « exemple » in documents, and listed under `completed`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.demo.identifiers import fictitious_siren, siret_on
from marketplace.demo.plan import (
    AwardCriterionPlan,
    BidderPlan,
    ConventionPlan,
    FirmMetPlan,
    LevelPlan,
    NeedPlan,
    ObjectivePlan,
    PhasePlan,
    RequirementPlan,
    SelectionCriterionPlan,
    SourcePlan,
)

CPV = "73000000-2"
CONVENTION = ConventionPlan(reference="Convention de groupement de commandes n° 2026-EX-01 (exemple)")

ADDRESS: Mapping[str, str] = {"address": "1 place de l’Exemple", "postcode": "00000", "city": "Ville-Exemple"}

NEED = NeedPlan(
    problem="Aucune solution disponible ne répond au besoin décrit dans l’objet de l’appel.",
    users="Les agents du service et les usagers qui s’adressent à lui.",
    expected_results="Une solution essayée en conditions réelles, puis utilisée chaque jour par le service.",
    sustainable_development="Sobriété des équipements et des services numériques, réparabilité, accessibilité à tous.",
    innovation_reasons="La solution attendue est nouvelle ou sensiblement améliorée par rapport à l’offre observée.",
    innovation_indicators=("improved_product", "research_needed"),
)

SUPPLY_STUDY = (
    SourcePlan(
        source="catalogue", days_before=40, query="Mots du besoin, catalogue du site",
        result="Sept solutions lues en détail", reason="Elles traitent une partie du besoin seulement.",
    ),
    SourcePlan(
        source="award_notices", days_before=35, query="Code CPV de l’appel, avis de trois années, TED et BOAMP",
        result="Douze avis lus", reason="Les marchés attribués portent sur des produits sans la fonction recherchée.",
    ),
    SourcePlan(
        source="european_and_open_source", days_before=30, query="Projets européens et logiciels libres du domaine",
        result="Quatre projets étudiés", reason="Aucun n’a dépassé le stade de la démonstration.",
    ),
    SourcePlan(
        source="firms_met", days_before=21, query="Trois entreprises rencontrées, mêmes questions à toutes",
        result="Comptes rendus de trente minutes chacun", reason="Chacune juge que des travaux de recherche manquent.",
    ),
)  # fmt: skip
FIRMS_MET = (
    FirmMetPlan(
        name="Entreprise rencontrée (exemple)", days_before=21,
        information="La note d’une page remise à toutes : le besoin, les données disponibles, le calendrier prévu.",
    ),
)  # fmt: skip
NO_LOTS_REASON = "La recherche et l’achat portent sur une seule solution : la diviser en rendrait l’essai impossible."
# When nobody says when a search was made.
DAYS_BEFORE = 30
STUDY_CONCLUSION = "À la date des recherches, aucune offre observée ne répond au besoin sans travaux de recherche."

REQUIREMENTS = (
    RequirementPlan(text="Les données restent dans l’Union européenne et sont rendues sur demande.", is_minimum=True),
    RequirementPlan(text="Les services numériques respectent le RGAA, niveau AA.", is_minimum=True),
    RequirementPlan(text="La solution fonctionne avec les équipements déjà en place.", is_minimum=False),
)

SELECTION_CRITERIA = (
    SelectionCriterionPlan(name="Capacité de recherche et développement", weight=4_000, is_innovation=True),
    SelectionCriterionPlan(
        name="Aptitude à concevoir et à déployer des solutions innovantes", weight=4_000, is_innovation=True
    ),
    SelectionCriterionPlan(name="Moyens humains et financiers", weight=2_000),
)

AWARD_CRITERIA = (
    AwardCriterionPlan(name="Qualité de la solution et de la démarche de recherche", weight=5_000, tag="research"),
    AwardCriterionPlan(name="Prix des phases et coût visé à l’acquisition", weight=3_000, tag="price"),
    AwardCriterionPlan(name="Caractéristiques environnementales de l’offre", weight=2_000, tag="environment"),
)

RESEARCH_OBJECTIVES = (
    ObjectivePlan(
        indicator="Fonctions prévues à la phase qui marchent en conditions réelles", target=Decimal(80), unit="%"
    ),
    ObjectivePlan(indicator="Usagers satisfaits à la fin des essais", target=Decimal(70), unit="%"),
)
ACQUISITION_OBJECTIVES = (
    ObjectivePlan(indicator="Disponibilité du service, mesurée chaque mois", target=Decimal(99), unit="%"),
)
RESEARCH_DELIVERABLES = ("Rapport de fin de phase avec les résultats mesurés",)
ACQUISITION_DELIVERABLES = ("Solution livrée et mise en service",)

RESEARCH_MONTHS = 9
ACQUISITION_MONTHS = 24
ACCEPTANCE_DAYS = 30
RESEARCH_PAY = Decimal("60000.00")
PURCHASE_TIMES_RESEARCH = 2
QUANTITY_MAX = 100
QUANTITY_UNIT = "unité"
PARTNERS_MAX = 2

PHASES = (
    PhasePlan(name="Conception et maquette", type="research"),
    PhasePlan(name="Prototype essayé en conditions réelles", type="research"),
    PhasePlan(name="Acquisition", type="acquisition"),
)

IP_REGIME = (
    "Le titulaire garde ses droits sur les résultats ; l’acheteur reçoit une licence d’usage non exclusive pour ses "
    "besoins, pendant la durée légale des droits."
)
IP_BACKGROUND = "Chaque partie garde les droits qu’elle détenait avant le contrat."
IP_OPEN_SOURCE = "Les logiciels libres employés sont listés avec leur licence."

LEVELS = (
    LevelPlan(
        indicator="Épreuves réussies du protocole d’essai", pass_mark=Decimal(90), unit="%",
        test_method="Protocole commun, joué deux fois en présence de l’acheteur",
    ),
    LevelPlan(
        indicator="Délai de remise en service après une panne", comparison="at_most", pass_mark=Decimal(24),
        unit="heures", test_method="Panne provoquée, chronométrée par l’acheteur",
    ),
)  # fmt: skip

# Name of the clause for a reader, then its text. `price_month` and `advance_rate` depend on the call: see completion.
CLAUSES: Mapping[str, tuple[str, Any]] = {
    "gate_powers": (
        "décisions de fin de phase",
        "À la fin de chaque phase, au vu des résultats, l’acheteur peut continuer le partenariat, en modifier les "
        "objectifs avec l’accord du titulaire, réduire le nombre de partenaires ou arrêter.",
    ),
    "gate_partner_choice": (
        "choix des partenaires qui continuent",
        "Les partenaires qui continuent sont ceux dont les résultats atteignent le mieux les objectifs mesurés de la "
        "phase, selon le classement du rapport de fin de phase.",
    ),
    "gate_financial_consequences": (
        "conséquences financières d’un arrêt",
        "Les prestations admises sont payées ; l’arrêt en fin de phase n’ouvre droit à aucune autre indemnité.",
    ),
    "gate_notice_days": ("préavis de fin de phase", 15),
    "gate_notification": (
        "notification des décisions de phase",
        "Les décisions de phase sont notifiées par le profil d’acheteur ; aucune phase ne commence avant.",
    ),
    "advance_recovery": (
        "remboursement de l’avance",
        "Le remboursement commence quand 65 % du montant TTC est exécuté, et se termine avant 80 %.",
    ),
    "instalments": ("acomptes", "Un acompte à l’admission de chaque livrable, et au moins tous les trois mois."),
    "price_form": ("forme du prix", "firm"),
    "penalties": (
        "pénalités",
        "Cent euros par jour de retard d’un livrable, plafonnées à 5 % de la phase, après mise en demeure ; aucune "
        "pénalité ne porte sur un résultat de recherche incertain.",
    ),
    "accounting_officer": ("comptable assignataire", "Comptable public de l’acheteur (exemple)"),
    "budget_line": ("imputation budgétaire", "Chapitre 20, innovation (exemple)"),
    "ccag": ("CCAG", "CCAG des marchés de techniques de l’information et de la communication (arrêté du 30 mars 2021)"),
    "ccag_departures": (
        "dérogations au CCAG",
        "Pénalités (article 14.1) et arrêt en fin de phase : les clauses de ce contrat l’emportent.",
    ),
    "place": ("lieu d’exécution", "Territoire de l’acheteur"),
    "environmental_clause": (
        "clause environnementale",
        "Le titulaire mesure l’empreinte de la solution à chaque phase et la réduit d’une phase à l’autre.",
    ),
    "social_clause": (
        "clause sociale",
        "Le titulaire confie 5 % des heures à des personnes éloignées de l’emploi.",
    ),
    "confidentiality": (
        "confidentialité",
        "Chaque partie garde secrets les informations et savoir-faire que l’autre désigne comme tels.",
    ),
    "personal_data": (
        "données personnelles",
        "Le titulaire est sous-traitant (article 28 du RGPD) ; l’annexe décrit données, finalités et durées.",
    ),
    "personal_data_processed": ("traitement de données personnelles", True),
    "personal_data_kinds": ("données traitées", "Nom, coordonnées et réponses des personnes qui essaient la solution."),
    "personal_data_purpose": ("finalité", "Essayer et améliorer la solution, sans autre usage."),
    "personal_data_duration": ("durée de conservation", "La durée de la phase, puis effacement sous trente jours."),
    "personal_data_processors": ("sous-traitants ultérieurs", "Aucun sans accord écrit de l’acheteur."),
    "personal_data_security": ("sécurité", "Hébergement dans l’Union, accès nominatifs, chiffrement."),
    "insurance": ("assurances", "Le titulaire justifie d’une assurance de responsabilité civile professionnelle."),
    "termination": (
        "résiliation",
        "Résiliation selon le CCAG ; un arrêt en fin de phase suit la clause de fin de phase.",
    ),
    "court_name": ("tribunal compétent", "Tribunal administratif du siège de l’acheteur (exemple)"),
    "court_address": ("adresse du tribunal", "2 rue du Prétoire, 00000 Ville-Exemple"),
    "tender_validity_days": ("validité des offres", 240),
}
ADVANCE_RATES = {"state": 3_000}
ADVANCE_RATE = 1_000

LIMITS: Mapping[str, Any] = {
    "bytes_per_file": 2 * 1024**3,
    "bytes_in_all": 10 * 1024**3,
    "files_max": 200,
}

_FIRMS = (
    ("Lucarne Numérique", "Nantes", "sme", 84, 88),
    ("Atelier Cormoran", "Brest", "sme", 80, 92),
    ("Polygone & Filles", "Lyon", "micro", 77, 84),
    ("Boussole Publique", "Lille", "sme", 73, 95),
    ("Machines Douces", "Grenoble", "sme", 70, 81),
    ("Passerelle Ouverte", "Rennes", "micro", 66, 90),
    ("Tournesol Systèmes", "Toulouse", "mid", 63, 97),
    ("La Fabrique du Réel", "Strasbourg", "sme", 60, 86),
    ("Écho des Collines", "Clermont-Ferrand", "micro", 57, 93),
    ("Grand Large Logiciels", "La Rochelle", "sme", 54, 89),
    ("Orme & Cie", "Dijon", "sme", 51, 98),
    ("Petit Pont Robotique", "Saint-Étienne", "micro", 48, 85),
    ("Nuage de Craie", "Amiens", "sme", 45, 91),
    ("Vigie Calcul", "Marseille", "mid", 42, 96),
)  # fmt: skip
FIRST_FIRM_NUMBER = 20

MISSED_LEVEL = "Commande tentée alors que le premier niveau de performance n’est pas atteint."
OBJECTIVES_MISSED = "Les objectifs mesurés de la phase ne sont pas atteints par ce partenaire."
BIDDERS = tuple(
    BidderPlan(
        name=f"{name} (exemple)",
        identifier=siret_on(fictitious_siren(FIRST_FIRM_NUMBER + number)),
        city=city,
        size=size,
        quality=quality,
        price=price,
    )
    for number, (name, city, size, quality, price) in enumerate(_FIRMS)
)
