"""References: the organisation cites a client, the client says by one link whether it is true (ux.md §13)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.urls import reverse

from cms.catalogue import trust
from cms.catalogue.models import Confirmation, Profile, Reference
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send

ASKED = "catalogue.reference_asked"
ANSWERED = "catalogue.reference_answered"
VALID = timedelta(days=30)
MOST_A_DAY = 10
"""Links that a profile may send in a day, whatever the reference."""
MOST_A_STATEMENT = 3
"""Links that may be alive at once for the same words."""
BEFORE_THE_END = timedelta(days=30)
"""How long before its mark ends a reference may be confirmed again."""


class State(models.TextChoices):
    """What became of the latest link about a reference."""

    DECLARED = "declared", "Déclarée"
    ASKED = "asked", "Demandée"
    CONFIRMED = "confirmed", "Confirmée"
    REFUSED = "refused", "Refusée"
    EXPIRED = "expired", "Expirée"


@dataclass(frozen=True, slots=True)
class Line:
    """A published reference with the latest word about it, None when nobody was asked."""

    reference: Reference
    word: Confirmation | None
    state: State

    @property
    def tone(self) -> str:
        """Tone of the tag that says the state."""
        tones = {State.CONFIRMED: "ok", State.ASKED: "info", State.REFUSED: "danger", State.EXPIRED: "warn"}
        return tones.get(self.state, "outline")


def lines_of(profile: Profile, *, now: datetime) -> list[Line]:
    """The published references of a profile, with where each stands: two queries."""
    words = {(word.subject, word.statement): word for word in profile.confirmations.all()}
    pairs = [(one, words.get((one.uid, one.statement))) for one in profile.references.all()]
    return [Line(one, word, state_of(word, now=now)) for one, word in pairs]


def state_of(word: Confirmation | None, *, now: datetime) -> State:
    """What became of a link."""
    if word is None:
        return State.DECLARED
    if word.confirmed_at is not None:
        return State.CONFIRMED
    if word.refused_at is not None:
        return State.REFUSED
    return State.ASKED if now < word.expires_at else State.EXPIRED


def find(token: str) -> Confirmation | None:
    """What a link is about, answered or expired included; None for a link that nobody sent."""
    waiting = Confirmation.objects.select_related("profile__organisation", "asked_by")
    return waiting.filter(token_digest=_digest(token)).first()


def ask(*, profile: Profile, uid: UUID, email: str, actor: Actor, now: datetime) -> Confirmation:
    """Send a client the link by which it confirms a published reference. Records `reference.asked`.

    Raises NotAllowed for others than the members of the organisation; Refusal for a profile or a reference that is not
    online, an address of the organisation itself, too many links, or a reference that was just confirmed.
    """
    require(actor, "reference.ask", profile)
    email = email.strip().lower()
    with act(SITE_CHAIN, "reference.asked", actor=actor, now=now, subject=profile) as entry:
        profile = Profile.objects.get(pk=profile.pk)
        reference = profile.references.filter(uid=uid).first()
        if not profile.live or profile.withdrawn_at is not None or reference is None:
            raise Refusal("Cette référence n’est pas encore en ligne : faites d’abord publier votre fiche avec elle.")
        members = Membership.objects.active().filter(organisation=profile.organisation_id)
        if members.filter(user__email=email).exists():
            raise Refusal("Cette adresse est celle d’un membre de votre équipe : écrivez à votre client.")
        _refuse_too_many(profile, reference, email, now)
        token = secrets.token_urlsafe(32)
        word = Confirmation.objects.create(
            profile=profile,
            subject=reference.uid,
            statement=reference.statement,
            email=email,
            token_digest=_digest(token),
            asked_by_id=actor.user_id,
            asked_at=now,
            expires_at=now + VALID,
        )
        entry.data["confirmation"] = word.pk
        context = {
            "name": profile.name,
            "statement": word.statement,
            "path": reverse("catalogue:reference", args=[token]),
        }
        send(ASKED, email, context, now)
    return word


def answer(
    *, confirmation: Confirmation, confirms: bool, author: str, quote: str, actor: Actor, now: datetime
) -> Confirmation:
    """Write what the client says. Records `reference.confirmed` or `reference.refused`, and tells who asked.

    Raises NotAllowed for a member of the organisation that is cited; Refusal for a link that has ended or has served.
    """
    require(actor, "reference.answer", confirmation)
    name = "reference.confirmed" if confirms else "reference.refused"
    with act(SITE_CHAIN, name, actor=actor, now=now, subject=confirmation.profile) as entry:
        word = Confirmation.objects.select_related("profile", "asked_by").get(pk=confirmation.pk)
        state = state_of(word, now=now)
        if state == State.EXPIRED:
            raise Refusal("Ce lien a expiré : demandez-en un autre à l’entreprise.")
        if state != State.ASKED:
            raise Refusal("Vous avez déjà répondu par ce lien : votre réponse est gardée.")
        word.author = author
        if confirms:
            word.confirmed_at, word.quote = now, quote
        else:
            word.refused_at = now
        word.save(update_fields=["author", "confirmed_at", "refused_at", "quote"])
        entry.data["confirmation"] = word.pk
        context = {"statement": word.statement, "confirms": int(confirms), "path": reverse("catalogue:references")}
        send(ANSWERED, word.asked_by, context, now)
    return word


def _refuse_too_many(profile: Profile, reference: Reference, email: str, now: datetime) -> None:
    """Raises Refusal where one more link would only weary people."""
    sent = profile.confirmations.filter(asked_at__gt=now - timedelta(days=1)).count()
    if sent >= MOST_A_DAY:
        raise Refusal(f"{MOST_A_DAY} demandes par jour au plus : continuez demain.")
    about = profile.confirmations.filter(subject=reference.uid, statement=reference.statement)
    if about.filter(confirmed_at__gt=now - trust.LASTS + BEFORE_THE_END).exists():
        raise Refusal("Cette référence est déjà confirmée : elle se reconfirme le dernier mois de sa validité.")
    waiting = about.filter(confirmed_at=None, refused_at=None, expires_at__gt=now)
    if waiting.filter(email=email).exists():
        raise Refusal("Cette personne a déjà reçu un lien, encore valable : attendez sa réponse.")
    if waiting.count() >= MOST_A_STATEMENT:
        raise Refusal("Trois personnes ont déjà reçu un lien pour cette référence : attendez une réponse.")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
