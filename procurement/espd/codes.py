"""Names of ESPD-EDM: namespaces, and criteria by code in French.

Codes: authority table « criterion » of the Publications Office, as OP-TED/ESPD-EDM 4.1.0 uses it. French names follow
the standard form (règlement d’exécution (UE) 2016/7) and article 57 of directive 2014/24/UE.
"""

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
REQUEST = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationRequest-2"
RESPONSE = "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationResponse-2"
NAMESPACES = {"cac": CAC, "cbc": CBC}

EXCLUSIONS = {
    "crime-org": "Participation à une organisation criminelle",
    "corruption": "Corruption",
    "fraud": "Fraude",
    "terr-offence": "Infractions terroristes ou liées à des activités terroristes",
    "finan-laund": "Blanchiment de capitaux ou financement du terrorisme",
    "human-traffic": "Travail des enfants et autres formes de traite des êtres humains",
    "tax-pay": "Paiement des impôts et taxes",
    "socsec-pay": "Paiement des cotisations de sécurité sociale",
    "envir-law": "Manquement au droit de l’environnement",
    "socsec-law": "Manquement au droit social",
    "labour-law": "Manquement au droit du travail",
    "bankruptcy": "Faillite",
    "insolvency": "Insolvabilité",
    "cred-arran": "Concordat préventif avec les créanciers",
    "bankr-nat": "Situation analogue à la faillite en droit national",
    "liq-admin": "Biens administrés par un liquidateur",
    "susp-act": "Cessation d’activités",
    "prof-misconduct": "Faute professionnelle grave",
    "distorsion": "Accords visant à fausser la concurrence",
    "partic-confl": "Conflit d’intérêts dans la procédure",
    "prep-confl": "Participation à la préparation de la procédure",
    "sanction": "Résiliation, dommages et intérêts ou sanction comparable",
    "misrepresent": "Fausses déclarations ou informations cachées",
    "nati-ground": "Motifs d’exclusion purement nationaux",
}

STATED = frozenset(list(EXCLUSIONS)[:8])
"""Grounds of article 57 (1) and (2) (L2141-1, L2141-2): a document without them states nothing."""

OTHERS = {
    "prof-regist": "Inscription à un registre professionnel",
    "trade-regist": "Inscription à un registre du commerce",
    "authorisation": "Autorisation d’exercer",
    "membership": "Appartenance à une organisation",
    "gen-year-to": "Chiffre d’affaires annuel général",
    "aver-year-to": "Chiffre d’affaires annuel moyen",
    "spec-aver-to": "Chiffre d’affaires moyen du domaine",
    "spec-year-to": "Chiffre d’affaires annuel du domaine",
    "finan-rat": "Ratios financiers",
    "indem-insu": "Assurance des risques professionnels",
    "finan-requ": "Autres capacités économiques ou financières",
    "work-perform": "Travaux exécutés",
    "supply-perform": "Livraisons effectuées",
    "service-perform": "Prestations de services effectuées",
    "qual-cont-tech": "Techniciens ou organismes du contrôle de la qualité",
    "work-tech": "Techniciens ou organismes pour l’exécution des travaux",
    "qual-facil": "Équipement technique et mesures de qualité",
    "research-fac": "Moyens d’étude et de recherche",
    "chain-manage": "Gestion et suivi de la chaîne d’approvisionnement",
    "envir-measure": "Mesures de gestion environnementale",
    "tech-equip": "Outillage, matériel et équipement technique",
    "qualification": "Titres d’études et professionnels",
    "spec-req-check": "Contrôles pour des exigences particulières",
    "manage-staff": "Nombre de cadres",
    "year-manpower": "Effectifs moyens annuels",
    "suncont-port": "Part sous-traitée",
    "wo-autent": "Échantillons sans certificat d’authenticité",
    "w-autent": "Échantillons avec certificat d’authenticité",
    "qa-certif-inst": "Certificats d’organismes de contrôle de la qualité",
    "qu-certif-indep": "Certificats d’assurance de la qualité",
    "envir-certif-indep": "Certificats de gestion environnementale",
    "shelt-worksh": "Atelier protégé ou entreprise adaptée",
    "registered": "Inscription à un système de préqualification",
    "eo-group": "Participation avec d’autres opérateurs",
    "relied": "Recours aux capacités d’autres entités",
    "subco-ent": "Sous-traitants",
    "staff-red": "Réduction du nombre de candidats",
    "sme": "Micro, petite ou moyenne entreprise",
}

SIZES = {"micro": "microentreprise", "small": "petite entreprise", "medium": "entreprise moyenne", "sme": "PME",
         "large": "grande entreprise"}  # fmt: skip
ROLES = {
    "sole-tenderer": "candidat seul",
    "group-lead": "mandataire d’un groupement",
    "group-mem": "membre d’un groupement",
    "oeron": "autre entité dont les capacités sont invoquées",
    "subcont": "sous-traitant",
}
