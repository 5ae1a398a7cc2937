# ruff: noqa: E501 - a sentence of a page stays in one piece, as editors will read it
"""The texts that a new site begins with, in French; editors change them afterwards, and only in the database.

Each page is (slug, title, lead, blocks, pages below). What depends on who runs the site is not written here: the block
« publisher » shows what the operator wrote in the settings, and says what is missing.
"""

from dataclasses import dataclass, field
from typing import Any

Blocks = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A page to lay: address, title, introduction, blocks, the pages below; with `terms` (mot, sens), a glossary."""

    slug: str
    title: str
    lead: str
    blocks: Blocks
    below: list["FirstPage"] = field(default_factory=list)
    terms: list[tuple[str, str]] = field(default_factory=list)


def _text(title: str, text: str) -> tuple[str, Any]:
    return "text", {"title": title, "text": text}


def _brief(*lines: str) -> tuple[str, Any]:
    return "brief", {"lines": list(lines)}


HERO_TITLE = "Un besoin public. Une jeune entreprise. Un même toit."
HERO_LEAD = (
    "Trouvez des solutions pour les services publics. Ou construisez ensemble celle qui n’existe pas encore, "
    "étape par étape, au vu de tous."
)
EXAMPLES = "qualité de l’eau\ntransport à la demande\nrénovation des bâtiments"

HOME: Blocks = [
    ("domains", {"title": "Parcourir par domaine"}),
    ("panel", {"name": "open-calls"}),
    (
        "doors",
        {
            "title": "Par où commencer ?",
            "doors": [
                {
                    "title": "J’achète pour un service public",
                    "text": "Cherchez une solution, ou publiez un appel guidé en 7 étapes. Le droit est expliqué à chaque pas.",
                    "target": "accounts:register_buyer",
                    "button": "Inscrire mon organisation",
                },
                {
                    "title": "Je dirige une jeune entreprise",
                    "text": "Inscrivez-vous avec votre numéro SIREN. Répondre à un appel est gratuit, pour toujours.",
                    "target": "accounts:register_company",
                    "button": "Inscrire mon entreprise",
                },
                {
                    "title": "J’habite ici",
                    "text": "Dites ce qui vous complique la vie, ou soutenez un besoin déjà écrit. Aucun compte n’est demandé.",
                    "target": "needs:propose",
                    "button": "Exprimer un besoin",
                },
            ],
        },
    ),
    (
        "steps",
        {
            "title": "Le partenariat d’innovation, en clair",
            "lead": "On avance par petites étapes. À la fin de chacune, l’acheteur décide : continuer ou s’arrêter. "
            "Chaque étape est rémunérée comme le contrat le prévoit.",
            "steps": [
                {"title": "Exprimer", "text": "L’acheteur décrit un problème, pas une solution."},
                {"title": "Explorer", "text": "Une ou plusieurs équipes étudient des pistes."},
                {"title": "Essayer", "text": "Les meilleures pistes sont testées avec de vrais usagers."},
                {"title": "Adopter", "text": "La solution qui marche est achetée, sans nouvel appel."},
            ],
        },
    ),
    (
        "seal",
        {
            "title": "Ce que veut dire le sceau",
            "marks": [
                {
                    "label": "Identité vérifiée",
                    "is_verified": True,
                    "text": "Le numéro SIREN existe et l’entreprise est active, à la date indiquée.",
                },
                {
                    "label": "Déclaré",
                    "is_verified": False,
                    "text": "L’information n’a pas été contrôlée. Nous l’affichons autrement, pour que vous le sachiez.",
                },
            ],
            "aside_title": "Vos plis restent fermés",
            "aside_text": "Vos fichiers sont chiffrés au fur et à mesure de leur arrivée. Après le dépôt, seuls deux "
            "gardiens désignés par l’acheteur peuvent les ouvrir, après l’heure limite.",
        },
    ),
    ("figures", {"title": "Ce que nous mesurons, en public"}),
    ("panel", {"name": "public-figures"}),
]

_PARTNERSHIP = FirstPage(
    "partenariat-innovation",
    "Comprendre le partenariat d’innovation",
    "Un contrat pour créer ce qui n’existe pas encore, puis l’acheter.",
    [
        _brief(
            "On l’utilise quand aucune solution disponible ne répond au besoin (code de la commande publique, L. 2172-3).",
            "Il avance par phases : recherche et développement d’abord, achat ensuite.",
            "À la fin de chaque phase, l’acheteur décide de continuer, de réduire le nombre de partenaires ou d’arrêter.",
        ),
        _text(
            "Quand s’en servir ?",
            "<p>Choisissez-le si aucune solution existante ne répond au besoin. Si une solution existe, un achat simple va plus vite.</p>"
            "<p>L’acheteur étudie donc d’abord l’offre disponible : catalogues, avis d’attribution, offre européenne et logiciels libres, entreprises rencontrées. Cette étude est conservée avec l’appel.</p>",
        ),
        _text(
            "Comment se passe un appel ?",
            "<ol><li>L’acheteur publie son besoin, les critères et leurs poids, les phases et leur rémunération.</li>"
            "<li>Les entreprises déposent une candidature. Aucun prix n’est demandé à ce moment, sauf procédure en une étape.</li>"
            "<li>L’acheteur invite les candidats retenus à remettre une offre, puis négocie avec eux.</li>"
            "<li>Il choisit un ou plusieurs partenaires, dit pourquoi, et prévient tout le monde.</li>"
            "<li>Les contrats sont signés, puis les phases commencent.</li></ol>"
            "<p>Au-dessus du seuil européen, le délai pour candidater est d’au moins 30 jours (R. 2172-28).</p>",
        ),
        _text(
            "Explorer, essayer, adopter",
            "<p>Chaque phase a ses objectifs, sa durée et sa rémunération, écrits dans le contrat (R. 2172-24).</p>"
            "<p>L’achat final n’est possible que si les niveaux de performance convenus sont atteints, sans dépasser les coûts maximaux convenus (R. 2172-32). Il reste facultatif pour l’acheteur.</p>",
        ),
        _text(
            "À qui appartiennent les résultats ?",
            "<p>Le contrat répartit les droits de propriété intellectuelle, phase par phase (R. 2172-25). Lisez cette partie avant de répondre.</p>",
        ),
    ],
)

_DEPOSIT = FirstPage(
    "deposer",
    "Déposer une réponse",
    "Ce qu’il faut savoir avant l’heure limite.",
    [
        _brief(
            "Déposer est gratuit. Aucun certificat ni aucun logiciel à installer n’est demandé.",
            "Envoyez vos fichiers à l’avance ; le dépôt lui-même ne prend qu’un clic, et vous recevez un accusé.",
            "Une réponse reçue après l’heure limite est en principe éliminée (R. 2143-2, R. 2151-5).",
        ),
        _text(
            "Pas à pas",
            "<ol><li>Inscrivez votre entreprise avec son numéro SIREN.</li>"
            "<li>Ouvrez l’appel et commencez votre réponse : une liste de tâches vous dit ce qui manque.</li>"
            "<li>Envoyez vos fichiers. Les limites de taille et les formats acceptés sont écrits sur la page de l’appel.</li>"
            "<li>Relisez, puis déposez. L’accusé dit l’heure exacte de réception et l’empreinte de ce qui a été reçu.</li></ol>"
            "<p>Jusqu’à l’heure limite, vous pouvez remplacer ou retirer votre réponse.</p>",
        ),
        _text(
            "Qui peut lire ma réponse ?",
            "<p>Vos fichiers sont scellés dans votre navigateur avant de partir, ou par le site à leur arrivée si votre navigateur ne le peut pas : l’accusé dit lequel des deux a eu lieu. Seuls deux gardiens désignés par l’acheteur peuvent ouvrir les plis, après l’heure limite.</p>"
            "<p>Avant le dépôt, l’exploitant du site pourrait lire ce que vous saisissez à l’écran ; après, non. Deux gardiens qui auraient aussi une copie du stockage pourraient ouvrir plus tôt : nous préférons le dire.</p>"
            "<p>Avant l’ouverture, l’acheteur ne connaît ni le nombre de réponses ni le nom des entreprises.</p>",
        ),
        _text(
            "Un problème technique près de l’heure limite ?",
            "<p>Signalez-le depuis votre réponse avant l’heure : votre message est daté et versé au dossier. Vous pouvez aussi envoyer une copie de sauvegarde à l’acheteur, avant l’heure limite et marquée comme telle. Elle est toujours facultative.</p>",
        ),
        _text(
            "Vérifier un accusé",
            "<p>Un accusé se vérifie sans compte, par n’importe qui, avec les clés publiques du site.</p>",
        ),
    ],
)

_GLOSSARY = FirstPage(
    "glossaire",
    "Glossaire",
    "Les mots du site, et ceux du code de la commande publique. En cas de doute, le texte officiel fait foi.",
    [],
    terms=[
        ("Accusé", "La preuve de votre dépôt : heure de réception, empreinte, numéro."),
        (
            "Acheteur",
            "L’organisation publique qui achète. Le droit dit « pouvoir adjudicateur » ou « entité adjudicatrice ».",
        ),
        ("Appel", "Ce que l’acheteur publie pour recevoir des réponses. Le droit dit « consultation »."),
        ("Candidature", "Votre entreprise se présente : capacités, références, déclarations. Pas encore de prix."),
        ("Critère", "Ce qui compte pour choisir, et pour combien. Un critère non annoncé ne peut pas servir."),
        ("Déclaré", "Une information que personne n’a contrôlée."),
        (
            "Délai de suspension",
            "Le temps entre l’annonce de la décision et la signature, pour que les autres candidats puissent la contester.",
        ),
        (
            "Gardien",
            "Une des trois personnes qui détiennent une clé des plis. Il en faut deux pour ouvrir. Sa clé se fait et "
            "reste dans son navigateur ; sans programme, elle passe par le site, qui l’oublie et le dit.",
        ),
        ("Heure limite", "L’instant après lequel une réponse est hors délai, à la seconde près, heure de Paris."),
        ("Lot", "Une partie d’un appel à laquelle on peut répondre seule."),
        ("Offre", "Ce que vous proposez et à quel prix, après y avoir été invité."),
        (
            "Phase",
            "Une étape du contrat, avec ses objectifs, sa durée et sa rémunération : explorer, essayer, adopter.",
        ),
        ("Pli", "Le contenu scellé d’une réponse, avant son ouverture."),
        ("Sceau", "La marque d’une information vérifiée : par qui, et quand."),
        ("Sans suite", "L’acheteur arrête son appel et dit pourquoi."),
    ],
)

_LEGAL = FirstPage(
    "mentions-legales",
    "Mentions légales",
    "Qui édite et qui héberge ce site.",
    [
        ("publisher", {"title": "Éditeur et hébergeur", "shown": "notices"}),
        _text(
            "Contenus et licences",
            "<p>Le logiciel Préau est libre, sous licence EUPL 1.2. Les fiches reprises d’une source publique nomment cette source et sa licence. Les autres textes des fiches appartiennent aux organisations qui les ont écrits.</p>",
        ),
        _text(
            "Neutralité",
            "<p>Aucune place dans le catalogue n’est vendue. Répondre à un appel, recevoir des alertes, déposer et signer est gratuit.</p>",
        ),
        _text(
            "Ce site n’est pas un site de l’État",
            "<p>Préau n’est ni un service de l’État ni un organisme certificateur. Le sceau porte sur une information précise, à une date précise ; il n’est pas une recommandation.</p>",
        ),
    ],
)

_PRIVACY = FirstPage(
    "donnees-personnelles",
    "Données personnelles",
    "Ce que nous gardons, pourquoi, combien de temps, et comment exercer vos droits.",
    [
        _brief(
            "Nous demandons le moins possible : une adresse électronique, un nom, l’organisation pour laquelle vous agissez.",
            "Aucune donnée n’est vendue, aucun traceur ne vous suit.",
            "Ce que le droit des marchés oblige à conserver n’est effacé qu’à sa date.",
        ),
        (
            "treatments",
            {
                "title": "Ce que nous faisons de vos données",
                "treatments": [
                    {
                        "data": "Adresse électronique, nom, second facteur, sessions",
                        "purpose": "Vous connecter et protéger votre compte",
                        "basis": "Exécution du service demandé",
                        "duration": "Tant que le compte est ouvert",
                        "recipients": "Exploitant du site",
                    },
                    {
                        "data": "Courriel de qui exprime ou soutient un besoin",
                        "purpose": "Confirmer, puis dire ce que devient ce besoin",
                        "basis": "Consentement",
                        "duration": "Jusqu’à l’arrêt du suivi ; 7 jours sans confirmation",
                        "recipients": "Exploitant du site",
                    },
                    {
                        "data": "Courriel de qui suit un appel ou y pose une question",
                        "purpose": "Confirmer, puis dire ce qui change dans cet appel",
                        "basis": "Consentement",
                        "duration": "Jusqu’à l’arrêt du suivi ; 7 jours sans confirmation",
                        "recipients": "Exploitant du site, jamais l’acheteur",
                    },
                    {
                        "data": "Annonce d’une entreprise qui cherche un cotraitant, message qui y répond",
                        "purpose": "Trouver avec qui répondre à un appel",
                        "basis": "Exécution du service demandé",
                        "duration": "Annonce : jusqu’à son retrait ou l’heure limite du premier dépôt ; courriel : comme preuve d’envoi",
                        "recipients": "Entreprises connectées ; le message, l’entreprise écrite ; jamais l’acheteur",
                    },
                    {
                        "data": "Appartenance à une organisation et rôle",
                        "purpose": "Savoir qui peut agir pour qui",
                        "basis": "Obligation légale (commande publique)",
                        "duration": "Durée de conservation de la procédure",
                        "recipients": "Exploitant, votre organisation, acheteur de l’appel",
                    },
                    {
                        "data": "Candidatures, offres, pièces jointes",
                        "purpose": "Passer et exécuter un marché public",
                        "basis": "Obligation légale (commande publique)",
                        "duration": "Durée de conservation de la procédure par l’acheteur",
                        "recipients": "Équipe de l’acheteur, après ouverture des plis",
                    },
                    {
                        "data": "Journal des actes : auteur (identifiant), date, nature",
                        "purpose": "Prouver ce qui s’est passé",
                        "basis": "Obligation légale (commande publique)",
                        "duration": "Durée de conservation de la procédure",
                        "recipients": "Acheteur, auditeur, juge",
                    },
                    {
                        "data": "Nom des dirigeants ou contacts cités dans une fiche",
                        "purpose": "Présenter l’organisation au public",
                        "basis": "Intérêt légitime",
                        "duration": "Tant que la fiche est publiée",
                        "recipients": "Tout le monde",
                    },
                ],
            },
        ),
        _text(
            "Vos droits",
            "<p>Vous pouvez lire, corriger, emporter ou effacer vos données depuis la page « Mes données » de votre compte. Ce que la loi nous fait garder y est listé.</p>"
            "<p>Vous pouvez aussi écrire à la personne indiquée ci-dessous, et saisir la Commission nationale de l’informatique et des libertés (CNIL).</p>",
        ),
        ("publisher", {"title": "Responsable et contact", "shown": "privacy"}),
    ],
)

_ACCESSIBILITY = FirstPage(
    "accessibilite",
    "Accessibilité : non conforme",
    "Aucun audit n’a encore été mené : le site est donc déclaré non conforme au RGAA 4.1.",
    [
        _brief(
            "État de conformité : non conforme, faute d’audit.",
            "Chaque page est faite pour le clavier, le lecteur d’écran, 320 pixels de large et l’impression.",
            "Un obstacle ? Écrivez-nous : nous répondons et nous corrigeons.",
        ),
        _text(
            "Ce que nous vérifions aujourd’hui",
            "<p>Des tests automatiques (axe) et des parcours au clavier et sans JavaScript sont joués à chaque version. Un outil ne voit qu’une partie des 106 critères du RGAA : nous n’en tirons aucune déclaration de conformité.</p>",
        ),
        _text(
            "Contenus non accessibles",
            "<p>Les documents déposés par les acheteurs et les entreprises peuvent ne pas être accessibles. Nous ne les modifions pas.</p>",
        ),
        ("publisher", {"title": "Signaler un obstacle", "shown": "contact"}),
        _text(
            "Voie de recours",
            "<p>Si vous signalez un défaut d’accessibilité qui vous empêche d’utiliser le site et que vous n’obtenez pas de réponse satisfaisante, vous pouvez écrire au Défenseur des droits ou appeler le 09 69 39 00 00.</p>",
        ),
    ],
)

_COOKIES = FirstPage(
    "cookies",
    "Cookies : aucun traceur",
    "Ce site ne vous suit pas. Il n’y a donc pas de bandeau à fermer.",
    [
        _brief(
            "Deux témoins de connexion, nécessaires au service, et rien d’autre.",
            "Aucune mesure d’audience, aucune publicité, aucun service tiers.",
            "Aucun accord n’est demandé : la loi ne l’exige pas pour ces témoins.",
        ),
        _text(
            "Ces témoins, un par un",
            "<ul><li><b>sessionid</b> : vous garde connecté. Il disparaît quand vous vous déconnectez, au plus tard après deux semaines.</li>"
            "<li><b>csrftoken</b> : empêche un autre site d’agir à votre place. Il dure un an.</li>"
            "<li><b>messages</b> : porte un message d’une page à la suivante, puis disparaît.</li></ul>"
            "<p>Votre navigateur garde aussi, sur votre appareil, le texte d’un formulaire en cours, pour que rien ne se perde.</p>",
        ),
    ],
)

_CONTACT = FirstPage(
    "contact",
    "Nous écrire ou nous appeler",
    "Une question, une erreur dans une fiche, un obstacle : une personne vous répond.",
    [
        ("publisher", {"title": "Joindre l’exploitant du site", "shown": "contact"}),
        _text(
            "Signaler une erreur dans une fiche",
            "<p>Donnez l’adresse de la fiche et ce qui est faux. La correction est datée sur la page.</p>",
        ),
        _text(
            "Une question sur un appel ?",
            "<p>Posez-la depuis la page de l’appel : la réponse de l’acheteur est lue par tous les candidats.</p>",
        ),
    ],
)

PAGES = [
    FirstPage(
        "aide", "Aide", "Comprendre, chercher, répondre.", [("children", None)], [_PARTNERSHIP, _DEPOSIT, _GLOSSARY]
    ),
    _CONTACT,
    _ACCESSIBILITY,
    _LEGAL,
    _PRIVACY,
    _COOKIES,
    FirstPage("plan-du-site", "Plan du site", "Toutes les pages publiques.", [("site_map", None)]),
]

ARTICLES = ("actualites", "Actualités", "Ce qui change sur la place, et ce que nous apprenons.")
STUDIES = ("etudes-de-cas", "Études de cas", "Ce que des services publics et des entreprises ont fait ensemble.")
EVENTS = ("agenda", "Agenda", "Rencontres, webinaires et visites ouverts à tous.")
