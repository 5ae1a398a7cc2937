"""Public pages of a profile and of a solution. Drafts are never shown there, not even to their authors."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect

from cms.catalogue.models import Profile, Solution
from cms.catalogue.presentation import Presentation, presentation_of
from cms.catalogue.readings import note_reading
from cms.catalogue.sheet import sheet_of
from marketplace.accounts.pages import Page


class ProfilePage(Page):
    """A published profile; withdrawn, it stays as a dated trace; merged into another, it leads there for good."""

    public = True
    template_name = "catalogue/profile.html"
    solution: Solution | None = None
    counts_readings = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Read the profile, and lead to the one that took its place. Raises Http404 for one never published."""
        self.profile = self.find_profile()
        if self.profile is None:
            raise Http404
        if self.profile.merged_into_id:
            return HttpResponsePermanentRedirect(self.profile.merged_into.get_absolute_url())
        if not self.profile.live:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def find_profile(self) -> Profile | None:
        """The profile of the address, published or not; None when there is none."""
        return Profile.objects.with_parts().filter(slug=self.kwargs["slug"]).first()

    def get_page_title(self) -> str:
        """The name of the organisation."""
        return self.profile.name

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; its reading counts in the month, and nothing of the reader does."""
        response = super().get(request, *args, **kwargs)
        if self.counts_readings and request.method == "GET" and self.profile.withdrawn_at is None:
            note_reading(self.profile, request, reader_id=self.actor.organisation_id, now=self.now)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The profile with its facts, verified or declared."""
        sheet = sheet_of(self.profile, now=self.now, solution=self.solution)
        presentation = presentation_of(self.profile, now=self.now) if self.solution is None else Presentation()
        return super().get_context_data(profile=self.profile, sheet=sheet, presentation=presentation, **kwargs)


class SolutionPage(ProfilePage):
    """One solution of a published profile."""

    template_name = "catalogue/solution.html"
    counts_readings = False

    def find_profile(self) -> Profile | None:
        """The profile that has this solution."""
        profile = Profile.objects.with_parts().filter(solutions__slug=self.kwargs["slug"]).first()
        if profile is not None:
            self.solution = next(one for one in profile.solutions.all() if one.slug == self.kwargs["slug"])
        return profile

    def get_page_title(self) -> str:
        """The name of the solution and of who makes it."""
        return f"{self.solution}, {self.profile.name}"
