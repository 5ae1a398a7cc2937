# ruff: noqa: E501 - a sentence of a page stays in one piece
"""What editors of the demonstration wrote: an article, a study with its witness, two events, with drawn pictures."""

import io
from datetime import datetime, time, timedelta

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw
from wagtail.models import Page

from cms.catalogue.models import Profile
from cms.pages.models import Article, ArticleIndex, EventIndex, EventPage, Picture, StudyIndex, StudyPage
from marketplace.accounts.models import User
from marketplace.demo.showcase.troupe import Troupe
from marketplace.journal import clock
from procurement.law import calendar

SIZE = (1280, 720)
DEEP, PINE, SUN, CLAY, PAPER = "#0b3b32", "#16604f", "#e9a23b", "#c8553d", "#f4f1e6"
ARTICLE_AGE, STUDY_AGE = timedelta(days=20), timedelta(days=48)
PAST_HOUR, NEXT_HOUR = time(11), time(14)
PAST_EVENT, NEXT_EVENT = timedelta(days=-33), timedelta(days=24)


def write(troupe: Troupe, *, now: datetime) -> None:
    """Publish everything as an editor does, dated over the last weeks."""
    editor = troupe.user(troupe.cast.editor)
    with clock.rehearsal(now - STUDY_AGE):
        _publish(StudyIndex.objects.get(), _study(now - STUDY_AGE), editor)
        _publish(EventIndex.objects.get(), _past_event(now), editor)
    with clock.rehearsal(now - ARTICLE_AGE):
        _publish(ArticleIndex.objects.get(), _article(now - ARTICLE_AGE), editor)
        _publish(EventIndex.objects.get(), _next_event(now), editor)


def _publish(parent: Page, page: Page, editor: User) -> None:
    page.owner = editor
    parent.add_child(instance=page)
    page.save_revision(user=editor).publish(user=editor)


def _article(now: datetime) -> Article:
    return Article(
        title="Ce que change une phase d’essai avec de vrais habitants",
        slug="phase-essai-habitants",
        lead="Avant d’acheter, on essaie. Trois conseils pour que l’essai apprenne quelque chose, à l’acheteur comme à l’entreprise.",
        date=now.date(),
        author="L’équipe du site",
        picture=_picture(
            "Trois arches et un soleil", "Dessin de trois arches, un soleil au-dessus.", (PINE, DEEP, PINE)
        ),
        body=[
            (
                "text",
                {
                    "title": "Dire à l’avance ce que l’on regardera",
                    "text": "<p>Un essai sans mesure ne prouve rien. Écrivez trois mesures au plus, et le seuil qui décide : continuer, changer ou arrêter.</p>",
                },
            ),
            (
                "callout",
                {
                    "tone": "info",
                    "title": "Ce que dit le droit",
                    "text": "<p>À la fin de chaque phase, l’acheteur peut continuer, réduire le nombre de partenaires ou arrêter (code de la commande publique, R. 2172-23).</p>",
                },
            ),
            (
                "stages",
                {
                    "title": "Préparer l’essai",
                    "steps": [
                        {"title": "Choisir un lieu", "text": "Un quartier, un service, une école : petit, mais réel."},
                        {"title": "Prévenir", "text": "Les habitants savent qu’un essai commence, et à qui parler."},
                        {"title": "Compter", "text": "Les mêmes mesures avant, pendant et après."},
                    ],
                },
            ),
            (
                "faq",
                {
                    "title": "Deux questions fréquentes",
                    "questions": [
                        {
                            "question": "L’essai est-il payé ?",
                            "answer": "<p>Oui. Chaque phase est rémunérée comme le contrat le prévoit.</p>",
                        },
                        {
                            "question": "Et si l’essai échoue ?",
                            "answer": "<p>Le partenariat s’arrête à la fin de la phase, et l’on sait pourquoi.</p>",
                        },
                    ],
                },
            ),
            (
                "buttons",
                {"buttons": [{"label": "Voir les appels", "page": None, "address": "desk:calls", "url": ""}]},
            ),
        ],
    )


def _study(now: datetime) -> StudyPage:
    firm = Profile.objects.published().select_related("organisation").order_by("sort_name").first()
    return StudyPage(
        title="Une cantine qui jette deux fois moins",
        slug="cantine-qui-jette-moins",
        lead="En un an, une ville fictive a divisé par deux ce que ses cantines jettent. Récit d’un essai, de ses ratés et de sa suite.",
        date=now.date(),
        author="L’équipe du site",
        organisation="Ville d’Exemple (fictive)",
        picture=_picture("Un préau au matin", "Dessin d’un préau éclairé par le soleil du matin.", (CLAY, PINE, SUN)),
        body=[
            (
                "paragraphs",
                {
                    "text": "<p>Tout est parti d’un agent qui pesait les poubelles du midi. Le besoin a été écrit en une phrase : cuisiner ce qui sera mangé.</p>"
                },
            ),
            (
                "testimony",
                {
                    "text": "Nous avons arrêté la première piste au bout de deux mois. C’était prévu, et personne n’a perdu la face.",
                    "author": "Claire Exemple",
                    "role": "directrice de la restauration",
                    "organisation": "Ville d’Exemple (fictive)",
                    "profile": None,
                },
            ),
            (
                "testimony",
                {
                    "text": "Être payés dès la première phase nous a permis d’y mettre deux personnes.",
                    "author": "Sami Exemple",
                    "role": "cofondateur",
                    "organisation": firm.name if firm else "Jeune pousse (fictive)",
                    "profile": firm,
                },
            ),
            (
                "table",
                {
                    "title": "Avant et après",
                    "table": {
                        "caption": "Restes par repas, en grammes",
                        "columns": [
                            {"type": "text", "heading": "Cantine"},
                            {"type": "text", "heading": "Avant"},
                            {"type": "text", "heading": "Après un an"},
                        ],
                        "rows": [
                            {"values": ["École du Pont", "132", "61"]},
                            {"values": ["École du Parc", "118", "64"]},
                        ],
                    },
                },
            ),
        ],
    )


def _past_event(now: datetime) -> EventPage:
    near = (now + PAST_EVENT).date()
    start = calendar.at_paris(near - timedelta(days=near.weekday() - 1), PAST_HOUR)
    return EventPage(
        title="Webinaire : lire un appel en trente secondes",
        slug="webinaire-lire-un-appel",
        lead="Ce qu’une jeune entreprise doit regarder d’abord : rémunération, droits, calendrier.",
        start=start,
        end=start + timedelta(hours=1),
        online_url="https://visio.example/lire-un-appel",
    )


def _next_event(now: datetime) -> EventPage:
    near = (now + NEXT_EVENT).date()
    # A Tuesday: nobody opens the doors of a town hall on a Sunday.
    start = calendar.at_paris(near - timedelta(days=near.weekday() - 1), NEXT_HOUR)
    return EventPage(
        title="Portes ouvertes des acheteurs publics",
        slug="portes-ouvertes-acheteurs",
        lead="Dix acheteurs présentent leurs besoins de l’année. Venez avec vos questions, repartez avec des noms.",
        start=start,
        end=start + timedelta(hours=3),
        place="Hôtel de ville, 1 place de la Mairie, Rennes",
        registration_url="https://inscriptions.example/portes-ouvertes",
        body=[
            (
                "paragraphs",
                {
                    "text": "<p>Entrée libre. La salle est accessible en fauteuil, une boucle magnétique est installée.</p>"
                },
            )
        ],
    )


def _picture(title: str, description: str, colours: tuple[str, str, str]) -> Picture:
    file = ContentFile(_drawn(colours), "dessin.png")
    return Picture.objects.create(
        title=title, description=description, credit="Dessin du site, domaine public", file=file
    )


def _drawn(colours: tuple[str, str, str]) -> bytes:
    image = Image.new("RGB", SIZE, DEEP)
    draw = ImageDraw.Draw(image)
    draw.ellipse((980, 60, 1180, 260), fill=SUN)
    draw.polygon(((60, 230), (640, 90), (1220, 230)), fill=PAPER)
    draw.rectangle((60, 228, 1220, 262), fill=PAPER)
    for place, colour in enumerate(colours):
        left = 110 + place * 370
        draw.rounded_rectangle((left, 300, left + 320, 1000), radius=160, fill=colour, outline=PAPER, width=14)
    written = io.BytesIO()
    image.quantize(32).save(written, "PNG", optimize=True)
    return written.getvalue()
