"""Facts of live profiles that editors check against a proof, and the quotes of clients that they let through."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cms.catalogue import trust
from cms.catalogue.models import Confirmation, Label, Profile, Verification
from cms.catalogue.moderation.acts import editor_of, remember
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal


@dataclass(frozen=True, slots=True)
class CheckedLabel:
    """A label of a live profile, and the check that covers what it says today (None: declared only)."""

    label: Label
    check: Verification | None
    is_fresh: bool

    @property
    def has_proof(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.label.proof_id or self.label.proof_url)


def labels_of(profile: Profile, *, now: datetime) -> list[CheckedLabel]:
    """The labels of a live profile with their checks; those of a draft are not there to verify."""
    checks = trust.verifications_of(profile)
    today = localdate(now)
    found = [(label, checks.get((label.uid, label.statement))) for label in profile.labels.all()]
    return [CheckedLabel(label, check, check is not None and check.until >= today) for label, check in found]


def holds_until(label: Label, *, now: datetime) -> date:
    """Last day of a check made now: twelve months, or the end of the label when it comes before."""
    longest = localdate(now + trust.LASTS)
    return min(longest, label.valid_until) if label.valid_until else longest


def verify_label(*, label: Label, has_read_proof: bool, actor: Actor, now: datetime) -> Verification:
    """Say that a label of a live profile was checked against its proof, word for word, until a date (ux.md §13).

    Raises:
        NotAllowed: The actor does not curate the catalogue.
        Refusal: The profile is not published, there is no proof, it was not read, or the label has ended.
    """
    require(actor, "profile.verify", label.profile)
    with act(SITE_CHAIN, "label.verified", actor=actor, now=now, subject=label, profile=label.profile_id) as entry:
        # What is read again is what visitors read: never the draft of another version.
        label = Label.objects.select_related("profile").get(pk=label.pk)
        if not label.profile.live:
            raise Refusal(_("Publiez d’abord la fiche : seuls les faits que tout le monde lit se vérifient."))
        if not (label.proof_id or label.proof_url):
            raise Refusal(_("Aucun justificatif n’accompagne ce label : demandez-le à l’organisation."))
        if not has_read_proof:
            raise Refusal(_("Lisez le justificatif, puis cochez « J’ai lu le justificatif »."))
        until = holds_until(label, now=now)
        if until < localdate(now):
            raise Refusal(_("Ce label est fini : demandez à l’organisation le nouveau certificat."))
        check = Verification.objects.create(
            profile=label.profile,
            subject=label.uid,
            statement=label.statement,
            checked_by=editor_of(actor),
            checked_at=now,
            until=until,
        )
        entry.data.update(verification=check.pk, until=until)
        remember(label.profile, "catalogue.verify", actor=actor, now=now, fact=label.statement)
    return check


def withdraw_verification(*, verification: Verification, reason: str, actor: Actor, now: datetime) -> None:
    """Say that a check does not hold any more: the fact reads « déclaré » again at once.

    Raises:
        NotAllowed: The actor does not curate the catalogue.
        Refusal: No reason is given, or the check was withdrawn before.
    """
    require(actor, "profile.verify", verification.profile)
    reason = reason.strip()
    with act(
        SITE_CHAIN,
        "verification.withdrawn",
        actor=actor,
        now=now,
        subject=verification,
        profile=verification.profile_id,
    ) as entry:
        if not reason:
            raise Refusal(_("Dites pourquoi cette vérification ne tient plus : l’organisation le demandera."))
        if not Verification.objects.filter(pk=verification.pk, withdrawn_at=None).update(withdrawn_at=now):
            raise Refusal(_("Cette vérification est déjà retirée."))
        entry.add_text("reason", reason)
        told = {"fact": verification.statement, "comment": reason}
        remember(verification.profile, "catalogue.withdraw_verification", actor=actor, now=now, **told)


def accept_quote(*, confirmation: Confirmation, actor: Actor, now: datetime) -> None:
    """Let a client's quote be read on the page of the profile.

    Raises NotAllowed for anyone but an editor, Refusal when there is no quote or the client has not confirmed.
    """
    require(actor, "profile.verify", confirmation.profile)
    with act(SITE_CHAIN, "quote.accepted", actor=actor, now=now, subject=confirmation, profile=confirmation.profile_id):
        confirmation.refresh_from_db()
        if not confirmation.quote or not confirmation.confirmed_at:
            raise Refusal(_("Il n’y a pas de témoignage confirmé à montrer."))
        confirmation.quote_accepted_at = now
        confirmation.save(update_fields=["quote_accepted_at"])
        remember(confirmation.profile, "catalogue.accept_quote", actor=actor, now=now, fact=confirmation.statement)


def hide_quote(*, confirmation: Confirmation, actor: Actor, now: datetime) -> None:
    """Take a client's quote off the page; what the client confirmed stays confirmed. Raises NotAllowed."""
    require(actor, "profile.verify", confirmation.profile)
    with act(SITE_CHAIN, "quote.hidden", actor=actor, now=now, subject=confirmation, profile=confirmation.profile_id):
        Confirmation.objects.filter(pk=confirmation.pk).update(quote_accepted_at=None)
        remember(confirmation.profile, "catalogue.hide_quote", actor=actor, now=now, fact=confirmation.statement)
