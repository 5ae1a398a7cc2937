"""Who keeps what: a selection belongs to an organisation or to a person, an export to those it was made for."""

from cms.sourcing.models import DOCUMENT, Export, SavedSearch, Selection
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import NOT_SIGNED_IN, Verdict, permits, permits_visible
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.files.permissions import reads_files

permits_visible("export.see", Export)


@permits("selection.change", Selection)
def _change(actor: Actor, selection: Selection) -> Verdict:
    """The members of the organisation, or the person whose selection it is."""
    if actor.user_id is None:
        return Verdict.no(NOT_SIGNED_IN)
    is_theirs = (
        actor.acts_for(selection.organisation_id)
        if selection.organisation_id is not None
        else actor.organisation_id is None and actor.user_id == selection.user_id
    )
    return Verdict.yes() if is_theirs else Verdict.no("Cette sélection est celle d’une autre équipe.")


@permits("search.follow", SavedSearch)
def _follow(actor: Actor, search: SavedSearch) -> Verdict:
    """Everybody follows searches for themselves."""
    if actor.user_id is None:
        return Verdict.no(NOT_SIGNED_IN)
    is_theirs = actor.user_id == search.user_id
    return Verdict.yes() if is_theirs else Verdict.no("Cette recherche est suivie par une autre personne.")


@reads_files
def _documents_of_exports(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The PDF of an export, for those who see it."""
    document = GeneratedDocument.objects.filter(kind=DOCUMENT, rendering__stored_file=stored_file).first()
    if document is None or not Export.objects.visible_to(actor).filter(pk=document.subject_id).exists():
        return None
    return Verdict.yes()
