"""Who curates the catalogue: whoever Wagtail lets publish profiles (the group « Éditeurs », and its own superusers)."""

from wagtail.permissions import policy_registry

from cms.catalogue.models import ErrorReport, Label, Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import User
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import StoredFile
from marketplace.files.permissions import reads_files

NOT_AN_EDITOR = "Seule une personne du groupe « Éditeurs » peut le faire : demandez-lui, ou demandez à la rejoindre."


def user_of(actor: Actor) -> User | None:
    """The person behind an actor, while their account is open; None for the site itself and for visitors."""
    return User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None


def is_editor(user: User | None) -> bool:
    """Whether Wagtail lets this person publish profiles."""
    return user is not None and policy_registry.get_by_type(Profile).user_has_permission(user, "publish")


def _editors_only(actor: Actor) -> Verdict:
    return Verdict.yes() if is_editor(user_of(actor)) else Verdict.no(NOT_AN_EDITOR)


@permits("profile.review", Profile)
def _review(actor: Actor, profile: Profile) -> Verdict:
    """Publish a version under review, or send it back."""
    return _editors_only(actor)


@permits("profile.verify", Profile)
def _verify(actor: Actor, profile: Profile) -> Verdict:
    """Say of a fact that it was checked, or that it does not hold any more."""
    return _editors_only(actor)


@permits("profile.curate", Profile)
def _curate(actor: Actor, profile: Profile) -> Verdict:
    """Put in a domain, withdraw, put back, unpublish, mark as read again, join two profiles of one organisation."""
    return _editors_only(actor)


@permits("error_report.answer", ErrorReport)
def _answer(actor: Actor, report: ErrorReport) -> Verdict:
    """Answer somebody who reported an error."""
    return _editors_only(actor)


@reads_files
def _proofs_of_labels(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Editors read the proofs that they check."""
    if not Label.objects.filter(proof=stored_file).exists():
        return None
    return Verdict.yes() if is_editor(user_of(actor)) else None
