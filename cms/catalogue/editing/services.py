"""What a company does with its profile. Each act is one transaction with its entry in the chain of the site.

Texts go into a revision, never into the columns that visitors read: only an editor's approval publishes them.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.timezone import localdate

from cms.catalogue.editing.drafts import PARTS, State, draft_of, missing_of, part_of, standing_of
from cms.catalogue.models import Profile
from cms.catalogue.words import plain
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import require
from marketplace.billing.access import allowance_of
from marketplace.billing.plans import Tool, allowance
from marketplace.files.media_types import JPEG, PDF, PNG
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal

MOST_PARTS = 30
"""Parts of one kind that a profile may have."""

BY_PLAN = {"translations": Tool.LANGUAGES, "media": Tool.MEDIA}
"""Parts of presentation, of which the plan says how many."""

PROOF_TYPES = frozenset({PDF, PNG, JPEG})

WRITABLE = frozenset(
    {
        *("name", "tagline", "problem", "answer", "domains", "region", "served_regions", "city", "kind"),
        *("website", "repository", "founded_year", "size", "accessibility"),
    }
)
"""What its organisation writes of a profile; the rest is the register's, the editors' or the site's."""


class Outdated(Refusal):
    """Somebody wrote another version since this one was read."""


def begin(*, organisation: Organisation, actor: Actor, now: datetime) -> Profile:
    """Open the draft of a profile, filled with what the register says, or claim the one of the same SIREN.

    Records `profile.begun` or `profile.claimed`. Raises NotAllowed, also for one that exists and that nothing shows to
    be theirs, or Refusal when there is one already.
    """
    require(actor, "profile.begin", organisation)
    found = Profile.objects.filter(siren=organisation.siren).first() if organisation.siren else None
    with act(SITE_CHAIN, "profile.claimed" if found else "profile.begun", actor=actor, now=now) as entry:
        if Profile.objects.filter(organisation=organisation).exists():
            raise Refusal("Votre organisation a déjà une fiche : ouvrez « Ma fiche ».")
        if found is not None and (found.organisation_id or found.merged_into_id):
            raise Refusal("Une fiche de ce SIREN appartient déjà à un autre compte : écrivez-nous, nous vérifierons.")
        if found is not None:
            require(actor, "profile.claim", found)
        profile = found or _first_draft(organisation, now)
        profile.organisation = organisation
        profile.save(update_fields=["organisation"])
        # Changes that an editor left in a draft stay a draft; a mere claim changes nothing that is read.
        draft_of(profile).save_revision(user=_user(actor), changed=found is None or found.has_unpublished_changes)
        entry.data["profile"] = profile.pk
    return profile


def write(*, profile: Profile, fields: Mapping[str, Any], version: int | None, actor: Actor, now: datetime) -> None:
    """Write some of the profile's own texts into its draft. Records `profile.written`.

    Args:
        fields: New values by name, among `WRITABLE`.
        version: Revision that was read before writing, 0 where there was none; None to write over any.

    Raises:
        NotAllowed: Not a member of its organisation.
        Outdated: A colleague wrote since.
        Refusal: The profile is under review, or a value does not pass.
        ValueError: A name that its authors do not write.
    """
    if unknown := set(fields) - WRITABLE:
        raise ValueError(f"the organisation does not write {sorted(unknown)}")

    def change(draft: Profile) -> None:
        for name, value in fields.items():
            if name == "domains":
                draft.domains.set(value)
            else:
                setattr(draft, name, value)

    _keep(profile, change, act_name="profile.written", version=version, actor=actor, now=now)


def write_part(
    *,
    profile: Profile,
    part: str,
    uid: UUID | None,
    fields: Mapping[str, Any],
    version: int | None,
    actor: Actor,
    now: datetime,
    proof: StagedFile | None = None,
) -> None:
    """Add a part to the draft, or write over the one of this identifier. Records `profile.part_written`.

    `proof` is the justification of a label, staged before. Raises as `write` does; Refusal when there are too many,
    when the part is gone, or for a proof that is neither a PDF nor an image.
    """
    model = PARTS[part]
    if proof is not None and proof.media_type not in PROOF_TYPES:
        raise Refusal("Joignez un PDF ou une image (PNG, JPEG) : les autres formats ne sont pas acceptés ici.")

    def change(draft: Profile) -> None:
        parts = list(getattr(draft, part).all())
        one = next((other for other in parts if uid is not None and other.uid == uid), None)
        if one is None and uid is not None:
            raise Refusal("Cette partie a été retirée entre-temps : ajoutez-la de nouveau.")
        if one is None:
            _leave_room(profile, part, len(parts), now)
            one = model(sort_order=len(parts))
            parts.append(one)
        for name, value in fields.items():
            setattr(one, name, value)
        if proof is not None:
            one.proof = store(proof)
        one.clean_fields(exclude=["profile", "slug"])
        getattr(draft, part).set(parts)

    _keep(profile, change, act_name="profile.part_written", version=version, actor=actor, now=now, part=part)


def remove_part(*, profile: Profile, part: str, uid: UUID, version: int | None, actor: Actor, now: datetime) -> None:
    """Take a part out of the draft; visitors read it until the next approval. Records `profile.part_removed`."""

    def change(draft: Profile) -> None:
        if part_of(draft, part, uid) is None:
            raise Refusal("Cette partie a déjà été retirée.")
        getattr(draft, part).set([one for one in getattr(draft, part).all() if one.uid != uid])

    _keep(profile, change, act_name="profile.part_removed", version=version, actor=actor, now=now, part=part)


def send_to_review(*, profile: Profile, version: int | None, actor: Actor, now: datetime) -> None:
    """Ask an editor to read the draft. Records `profile.sent`.

    Raises NotAllowed, Outdated, or Refusal with what is missing.
    """
    require(actor, "profile.send", profile)
    with act(SITE_CHAIN, "profile.sent", actor=actor, now=now, subject=profile) as entry:
        fresh = _fresh(profile, version)
        standing = standing_of(fresh)
        if standing.state == State.REVIEW:
            raise Refusal("Votre fiche est déjà en relecture.")
        if standing.state == State.WITHDRAWN:
            raise Refusal("Votre fiche est retirée : remettez-la en ligne, puis envoyez vos changements.")
        if missing := missing_of(draft_of(fresh)):
            raise Refusal(*(sentence for sentence, _url in missing))
        if standing.is_public and not standing.has_changes:
            raise Refusal("La version en ligne est la dernière : changez d’abord quelque chose.")
        workflow = fresh.get_workflow()
        if workflow is None:
            raise Refusal("La relecture n’est pas encore ouverte sur ce site : écrivez-nous.")
        returned = fresh.current_workflow_state
        if returned is not None and returned.workflow_id == workflow.pk:
            returned.resume(user=_user(actor))
        else:
            if returned is not None:
                returned.cancel(user=_user(actor))
            workflow.start(fresh, _user(actor))
        entry.data["revision"] = fresh.latest_revision_id


def take_back(*, profile: Profile, actor: Actor, now: datetime) -> None:
    """Take the draft back from review, to change it. Records `profile.taken_back`. Raises NotAllowed, Refusal."""
    require(actor, "profile.send", profile)
    with act(SITE_CHAIN, "profile.taken_back", actor=actor, now=now, subject=profile):
        fresh = _fresh(profile)
        if standing_of(fresh).state != State.REVIEW:
            raise Refusal("Votre fiche n’est plus en relecture : ouvrez « Ma fiche » pour voir où elle en est.")
        fresh.current_workflow_state.cancel(user=_user(actor))


def withdraw(*, profile: Profile, actor: Actor, now: datetime) -> None:
    """Take the profile out of the catalogue; its page stays, dated, without contact. Records `profile.withdrawn`.

    Raises NotAllowed, or Refusal when it is not online.
    """
    require(actor, "profile.withdraw", profile)
    with act(SITE_CHAIN, "profile.withdrawn", actor=actor, now=now, subject=profile):
        fresh = _fresh(profile)
        if not fresh.live or fresh.withdrawn_at is not None:
            raise Refusal("Votre fiche n’est pas en ligne : il n’y a rien à retirer.")
        fresh.withdrawn_at = now
        fresh.save(update_fields=["withdrawn_at"])


def restore(*, profile: Profile, actor: Actor, now: datetime) -> None:
    """Put a withdrawn profile online again, as it was approved. Records `profile.restored`.

    Raises NotAllowed, or Refusal when it is not withdrawn.
    """
    require(actor, "profile.withdraw", profile)
    with act(SITE_CHAIN, "profile.restored", actor=actor, now=now, subject=profile):
        fresh = _fresh(profile)
        if fresh.withdrawn_at is None:
            raise Refusal("Votre fiche n’est pas retirée : elle est comme vous l’avez laissée.")
        fresh.withdrawn_at = None
        fresh.save(update_fields=["withdrawn_at"])


def _keep(
    profile: Profile,
    change: Callable[[Profile], None],
    *,
    act_name: str,
    version: int | None,
    actor: Actor,
    now: datetime,
    **data: Any,
) -> None:
    """Keep the draft with a change as a new revision, unless it moved since it was read or is being reviewed."""
    require(actor, "profile.edit", profile)
    with act(SITE_CHAIN, act_name, actor=actor, now=now, subject=profile, **data) as entry:
        fresh = _fresh(profile, version)
        if standing_of(fresh).state == State.REVIEW:
            raise Refusal("Votre fiche est en relecture : reprenez-la d’abord, depuis « Ma fiche ».")
        draft = draft_of(fresh)
        # The organisation speaks for itself from here on, whatever public source the first words came from.
        draft.source, draft.declared_on = "", localdate(now)
        try:
            change(draft)
            entry.data["revision"] = draft.save_revision(user=_user(actor)).pk
        except ValidationError as error:
            raise Refusal(*error.messages) from error


def _leave_room(profile: Profile, part: str, count: int, now: datetime) -> None:
    """Raises Refusal where one more part of a kind is one too many; what was written under a plan is never lost."""
    if count >= MOST_PARTS:
        raise Refusal(f"{MOST_PARTS} lignes au plus : retirez-en une, puis ajoutez celle-ci.")
    tool = BY_PLAN.get(part)
    if tool is None or count < allowance_of(profile.organisation_id, tool, now=now):
        return
    with_plan = allowance(tool, has_plan=True)
    if count >= with_plan:
        raise Refusal(f"{with_plan} au plus : retirez-en un, puis ajoutez celui-ci.")
    raise Refusal(
        f"Sans formule : {allowance(tool, has_plan=False) or 'aucun'}. Avec la formule Atelier : {with_plan}. Elle se "
        "souscrit depuis « Formule et factures » ; elle ne change aucun rang."
    )


def _fresh(profile: Profile, version: int | None = None) -> Profile:
    """The row as it is under the lock of the chain. Raises Outdated when another version was written since."""
    fresh = Profile.objects.select_related("organisation", "latest_revision").get(pk=profile.pk)
    if version is not None and (fresh.latest_revision_id or 0) != version:
        raise Outdated(
            "Quelqu’un a modifié la fiche pendant que vous écriviez. Votre texte est gardé ci-dessous : comparez avec "
            "la version actuelle, puis enregistrez de nouveau."
        )
    return fresh


def _first_draft(organisation: Organisation, now: datetime) -> Profile:
    profile = Profile(
        organisation=organisation,
        slug=_free_slug(organisation.name),
        name=organisation.name[:120],
        siren=organisation.siren,
        city=organisation.city,
        size=organisation.size,
        declared_on=localdate(now),
        live=False,
        has_unpublished_changes=True,
    )
    profile.save()
    return profile


def _free_slug(name: str) -> str:
    base = slugify(plain(name).replace("’", " ").replace("'", " "))[:60].strip("-") or "fiche"
    taken = set(Profile.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def _user(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first()
