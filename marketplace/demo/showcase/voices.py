# ruff: noqa: E501 - what somebody says stays in one piece
"""What inhabitants of the demonstration ask for: two needs that everybody reads, and one that an editor has to answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cms.needs.models import Need, Supporter
from cms.needs.services import moderation, voicing
from marketplace.accounts.actors import Actor
from marketplace.demo.showcase.troupe import Troupe
from marketplace.journal import clock

VISITOR = Actor.visitor()
ANSWERED_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Voice:
    """A need as somebody voiced it, how long ago, and who supports it; without a title nobody has answered yet."""

    text: str
    place: str
    email: str
    age: timedelta
    title: str = ""
    slug: str = ""
    supporters: tuple[str, ...] = ()


VOICES = (
    Voice(
        text="Mon père doit changer deux fois de car pour voir le cardiologue. S’il rate le second, il rentre sans l’avoir vu.",
        place="Kerivel",
        email="suzanne.guivarch@habitants.example",
        age=timedelta(days=40),
        title="Aller chez le médecin sans voiture",
        slug="aller-chez-le-medecin-sans-voiture",
        supporters=("marc.tanguy@habitants.example", "lise.omnes@habitants.example", "paul.abgrall@habitants.example"),
    ),
    Voice(
        text="La cantine jette des assiettes pleines le vendredi. On pourrait savoir la veille combien d’enfants mangent.",
        place="",
        email="karim.benali@habitants.example",
        age=timedelta(days=21),
        title="Moins de repas jetés à la cantine",
        slug="moins-de-repas-jetes-a-la-cantine",
        supporters=("ines.roche@habitants.example",),
    ),
    Voice(
        text="Le guichet ferme à 16 h 30. Quand on travaille, on pose une demi-journée pour un papier.",
        place="Brenne",
        email="odile.charrier@habitants.example",
        age=timedelta(days=3),
    ),
)


def speak(troupe: Troupe, *, now: datetime) -> None:
    """Write, confirm, publish and support through the very acts, dated over the last weeks."""
    editor = Actor.person(troupe.user(troupe.cast.editor))
    for voice in VOICES:
        said = now - voice.age
        with clock.rehearsal(said):
            need = voicing.write(text=voice.text, place=voice.place, email=voice.email, actor=VISITOR, now=said)
            _confirm(need, voice.email, said)
        if voice.title:
            answered = said + ANSWERED_AFTER
            with clock.rehearsal(answered):
                moderation.publish(
                    need=need, title=voice.title, slug=voice.slug, text=voice.text, place=voice.place,
                    actor=editor, now=answered,
                )  # fmt: skip
                for email in voice.supporters:
                    voicing.support(need=need, email=email, actor=VISITOR, now=answered)
                    _confirm(need, email, answered)


def _confirm(need: Need, email: str, now: datetime) -> None:
    waiting: Supporter = need.supporters.filter(confirmed_at=None).latest("pk")
    if waiting.email != email:
        raise RuntimeError(f"somebody else than {email} waits for a link")
    voicing.confirm(supporter=waiting, actor=VISITOR, now=now)
