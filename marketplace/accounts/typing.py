"""What people are typing, kept before they hand it in: nothing is lost, and nobody overwrites a colleague unseen.

Only for forms whose content may lie in clear in the database; the answers of a bid have a sealed draft of their own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict

from marketplace.accounts.models import TypingDraft, User
from marketplace.accounts.pages import SignedIn
from marketplace.ui.formats import paris

# `version` and `written` say upon what a page was typed: the draft, and what had been handed in.
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "version", "written"})


class TypingConflict(Exception):  # noqa: N818 - an answer, not a failure
    """Somebody wrote meanwhile: `theirs` is the draft as they left it."""

    def __init__(self, theirs: TypingDraft) -> None:
        super().__init__(theirs.key)
        self.theirs = theirs


def load(key: str) -> TypingDraft | None:
    """The draft kept under a key, None when there is none."""
    return TypingDraft.objects.select_related("saved_by").filter(pk=key).first()


def keep(*, key: str, data: Mapping[str, list[str]], version: int, user: User, now: datetime) -> TypingDraft:
    """Keep what a person types under a key, on top of the version they saw (0: none).

    Raises TypingConflict when the kept version is another one and says something else.
    """
    with transaction.atomic():
        kept = TypingDraft.objects.select_for_update().select_related("saved_by").filter(pk=key).first()
        if kept is not None and kept.data == dict(data):
            return kept
        if kept is not None and kept.version != version:
            raise TypingConflict(kept)
        draft = TypingDraft(
            key=key, data=dict(data), version=(kept.version if kept else version) + 1, saved_by=user, saved_at=now
        )
        draft.save(force_insert=kept is None, force_update=kept is not None)
    return draft


def forget(key: str) -> None:
    """Forget a draft: what it held was handed in."""
    TypingDraft.objects.filter(models.Q(pk=key)).delete()


class AutosaveMixin(SignedIn):
    """A page whose form is kept while it is typed: `autosave_key` names it, `typed` gives back what was kept.

    A POST with the header `X-Autosave` only keeps. Its answer is {version, saved_at}; 409 with {by, at, version,
    values} when a colleague wrote meanwhile.
    """

    autosave_key = ""

    def get_autosave_key(self) -> str:
        """The key of the draft."""
        return self.autosave_key

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep, or go on to the act."""
        if request.headers.get("X-Autosave"):
            return self.autosave(request)
        return super().post(request, *args, **kwargs)

    def autosave(self, request: HttpRequest) -> JsonResponse:
        """Keep what was typed."""
        data = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
        try:
            version = int(request.POST.get("version") or 0)
        except ValueError:
            version = 0
        try:
            draft = keep(key=self.get_autosave_key(), data=data, version=version, user=request.user, now=self.now)
        except TypingConflict as conflict:
            return conflict_answer(
                by=str(conflict.theirs.saved_by),
                at=conflict.theirs.saved_at,
                version=conflict.theirs.version,
                values={name: values[-1] for name, values in conflict.theirs.data.items()},
            )
        return kept_answer(version=draft.version, at=draft.saved_at)

    def typed(self) -> QueryDict | None:
        """What was kept, as a form would post it; None when nothing was."""
        draft = load(self.get_autosave_key())
        if draft is None:
            return None
        self.draft_version = draft.version
        kept = QueryDict(mutable=True)
        for name, values in draft.data.items():
            kept.setlist(name, values)
        return kept

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form keeps by itself, from the version that it shows."""
        draft = load(self.get_autosave_key())
        kwargs.setdefault("autosave", True)
        kwargs.setdefault("version", draft.version if draft else 0)
        return super().get_context_data(**kwargs)


def kept_answer(*, version: int, at: datetime) -> JsonResponse:
    """What the page's program reads after keeping."""
    return JsonResponse({"version": version, "saved_at": paris(at).isoformat()})


def conflict_answer(*, by: str, at: datetime, version: int, values: Mapping[str, Any]) -> JsonResponse:
    """What the page's program reads when a colleague wrote meanwhile: both versions are then shown."""
    return JsonResponse({"by": by, "at": paris(at).isoformat(), "version": version, "values": dict(values)}, status=409)
