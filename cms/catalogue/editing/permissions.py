"""Who writes a profile: the members of its organisation; its owners send it to review and withdraw it."""

from urllib.parse import urlsplit

from django.contrib.auth.models import Permission
from wagtail.models import TaskState, WorkflowState

from cms.catalogue.editing.drafts import draft_of, profile_of
from cms.catalogue.models import Confirmation, Label, Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import NOT_AN_OWNER, Verdict, permits
from marketplace.files.models import StoredFile
from marketplace.files.permissions import reads_files

NOT_YOURS = "Cette fiche est celle d’une autre organisation."
NOT_PROVEN = (
    "Pour reprendre cette fiche, connectez-vous avec une adresse de messagerie de son site, "
    "ou demandez-nous de vérifier votre entreprise."
)
NOT_A_COMPANY = "Seule une entreprise ou une association inscrite comme telle tient une fiche ici."


@permits("profile.begin", Organisation)
def _begin(actor: Actor, organisation: Organisation) -> Verdict:
    """The members of a company."""
    membership = actor.membership()
    if membership is None or membership.organisation_id != organisation.pk:
        return Verdict.no(NOT_YOURS)
    return Verdict.yes() if organisation.kind == Organisation.Kind.SUPPLIER else Verdict.no(NOT_A_COMPANY)


@permits("profile.claim", Profile)
def _claim(actor: Actor, profile: Profile) -> Verdict:
    """Members of the company of its SIREN, once the operator vouched for it or an address shows whose site it is.

    A SIREN is public: knowing one proves nothing.
    """
    membership = actor.membership()
    if membership is None or not profile.siren or membership.organisation.siren != profile.siren:
        return Verdict.no(NOT_YOURS)
    if membership.organisation.is_verified or _is_of_its_site(membership.user.email, profile):
        return Verdict.yes()
    return Verdict.no(NOT_PROVEN)


def _is_of_its_site(email: str, profile: Profile) -> bool:
    """Whether an address, confirmed before any sign-in, is of the very domain of the profile's site."""
    site = (urlsplit(profile.website).hostname or "").removeprefix("www.")
    return bool(site) and email.rpartition("@")[2] == site


@permits("profile.edit", Profile)
def _edit(actor: Actor, profile: Profile) -> Verdict:
    """The members of the organisation whose profile it is."""
    membership = actor.membership()
    is_theirs = membership is not None and membership.organisation_id == profile.organisation_id
    return Verdict.yes() if is_theirs else Verdict.no(NOT_YOURS)


@permits("profile.send", Profile)
def _send(actor: Actor, profile: Profile) -> Verdict:
    """Owners of its account."""
    verdict = _edit(actor, profile)
    if not verdict:
        return verdict
    membership = actor.membership()
    return Verdict.yes() if membership is not None and membership.is_owner else Verdict.no(NOT_AN_OWNER)


@permits("profile.withdraw", Profile)
def _withdraw(actor: Actor, profile: Profile) -> Verdict:
    """Owners of its account."""
    return _send(actor, profile)


@permits("reference.ask", Profile)
def _ask(actor: Actor, profile: Profile) -> Verdict:
    """The members of the organisation whose profile it is."""
    return _edit(actor, profile)


@permits("reference.answer", Confirmation)
def _answer(actor: Actor, confirmation: Confirmation) -> Verdict:
    """Whoever holds the link, and never somebody of the organisation that it praises."""
    organisation_id = confirmation.profile.organisation_id
    members = Membership.objects.active().filter(user=actor.user_id, organisation=organisation_id)
    if actor.user_id is not None and organisation_id is not None and members.exists():
        return Verdict.no("Vous êtes membre de cette entreprise : c’est à son client de répondre.")
    return Verdict.yes()


@reads_files
def _proofs_of_labels(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The proof of a label, for the members of the organisation and for those who review profiles."""
    own = profile_of(actor)
    if own is not None and (_holds(own, stored_file) or _holds(draft_of(own), stored_file)):
        return Verdict.yes()
    if not _reviews(actor):
        return None
    is_live = Label.objects.filter(proof=stored_file).exists()
    return Verdict.yes() if is_live or _is_under_review(stored_file) else None


def _holds(profile: Profile, stored_file: StoredFile) -> bool:
    return any(label.proof_id == stored_file.pk for label in profile.labels.all())


def _reviews(actor: Actor) -> bool:
    """Whether the person was given the right to publish profiles by a group, whatever else their account is."""
    rights = Permission.objects.filter(content_type__app_label="catalogue", codename="publish_profile")
    return actor.user_id is not None and rights.filter(group__user=actor.user_id).exists()


def _is_under_review(stored_file: StoredFile) -> bool:
    waiting = TaskState.objects.filter(
        workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        revision__base_content_type__app_label="catalogue",
        revision__base_content_type__model="profile",
    ).select_related("revision")
    return any(_holds(one.revision.as_object(), stored_file) for one in waiting)
