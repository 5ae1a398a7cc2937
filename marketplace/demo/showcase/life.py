# ruff: noqa: E501 - what somebody says stays in one piece
"""An open call lives: an inhabitant follows it, firms ask, the buyer answers all, a text is made precise by a notice."""

from datetime import date, timedelta

from marketplace.accounts.actors import Actor
from marketplace.demo.play.scene import Scene
from marketplace.demo.showcase.calls import ShowcaseCall
from marketplace.demo.showcase.halfway import AFTERNOON, apply_partly, working_day_before
from procurement.calls.models import ChangeNotice, Question, QuestionDraft
from procurement.calls.services import drafts, following, questions
from procurement.calls.services.corrections import correct
from procurement.calls.services.publishing import Sending

VISITOR = Actor.visitor()
FOLLOWER = "solange.perrin@habitants.example"
CURIOUS = "atelier@roulette-libre.example"
SAME = (
    "Les bornes wifi des couloirs peuvent-elles porter nos antennes ?",
    "Peut-on fixer un boîtier sur les bornes déjà posées ?",
)
TOLD = "Peut-on fixer un boîtier sur les bornes déjà posées dans les couloirs ?"
REPLY = "Oui, sur les 212 bornes du bâtiment ancien, sans percer. Le poids ne dépasse pas 400 grammes par borne."
DECLINED = "Quelle entreprise a posé les bornes actuelles ?"
REASON = "Ce nom n’aide pas à répondre, et le contrat en cours ne permet pas de le donner."
WAITING = "L’essai du premier étage peut-il se faire la nuit ?"
PLACE = "Bâtiment ancien, étages 1 à 3 ; visite libre le jeudi à 14 heures"
WHAT = "Le lieu de l’essai est précisé : trois étages, avec une visite possible le jeudi."
WHY = "Plusieurs entreprises demandent à voir les couloirs avant de répondre."


def live_and_apply(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """What happens in the open, then firms at work on their answers."""
    firms = list(scene.firms.values())
    scene.go_to_day(working_day_before(today, 9), AFTERNOON)
    scene.do(following.ask_to_follow, call=scene.call, email=FOLLOWER, actor=VISITOR)
    waiting = scene.call.followers.get(email=FOLLOWER)
    scene.do(following.confirm, follower=waiting, actor=VISITOR)
    first = scene.do(questions.ask, call=scene.call, text=SAME[0], actor=firms[0].actor)
    same = _by_mail(scene, SAME[1])
    declined = _by_mail(scene, DECLINED)
    scene.go_to_day(working_day_before(today, 7), AFTERNOON)
    author = scene.people["author"]
    scene.do(questions.answer, call=scene.call, questions=[first, same], question=TOLD, text=REPLY, actor=author)
    scene.do(
        questions.answer, call=scene.call, questions=[declined], question=DECLINED, text=REASON, is_declined=True,
        actor=author,
    )  # fmt: skip
    scene.go_to_day(working_day_before(today, 5), AFTERNOON)
    _make_precise(scene)
    scene.go_to_day(working_day_before(today, 3), AFTERNOON)
    scene.do(questions.ask, call=scene.call, text=WAITING, actor=firms[-1].actor)
    apply_partly(scene, call, today)


def _by_mail(scene: Scene, text: str) -> Question:
    scene.do(questions.ask_by_mail, call=scene.call, text=text, email=CURIOUS, actor=VISITOR)
    draft = QuestionDraft.objects.get(call=scene.call, text=text)
    return scene.do(questions.confirm_question, draft=draft, actor=VISITOR)


def _make_precise(scene: Scene) -> ChangeNotice:
    [lot] = scene.lots
    validator, sent = scene.people["validator"], scene.now - timedelta(minutes=10)
    before = lot.terms.place
    channels = sorted(set(scene.call.publications.values_list("channel", flat=True)))
    return scene.do(
        correct,
        call=scene.call,
        write=lambda: drafts.save_terms(lot=lot, fields={"place": PLACE}, actor=validator, now=scene.now),
        what=WHAT,
        reason=WHY,
        lines=[{"label": "Lieu d’exécution", "before": before, "after": PLACE}],
        sendings=[Sending(channel, sent, f"{scene.numbers}-rectificatif-{channel}") for channel in channels],
        actor=validator,
    )
