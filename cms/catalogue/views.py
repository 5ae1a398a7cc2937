"""Public pages of the catalogue: the list, a domain, a profile. Drafts are never shown, not even to their editors."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.utils.translation import gettext as _

from cms.catalogue import trust
from cms.catalogue.listing import RELEVANCE, Answer, Question
from cms.catalogue.models import Domain, Profile
from marketplace.accounts.pages import Page

PAGE_SIZE = 25


class ListPage(Page):
    """Profiles found by words and filters; the address holds the whole question."""

    public = True
    template_name = "catalogue/list.html"

    def load(self) -> None:
        """Read the question."""
        self.domains = list(Domain.objects.all())
        self.answer = Answer(Question.of(self.request.GET), self.domains)

    def get_page_title(self) -> str:
        """What the page is about, the words typed included."""
        text = self.answer.question.text
        return _("« %(text)s » dans le catalogue") % {"text": text} if text else _("Catalogue")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The found page, the filters with their counts, and the ways out when there is nothing."""
        answer = self.answer
        # A number that is not one, or beyond the end, shows the nearest page: links travel better than they age.
        page = Paginator(answer.profiles(), PAGE_SIZE).get_page(self.request.GET.get("page"))
        cards = [(profile, trust.identity(profile, now=self.now)) for profile in page]
        return super().get_context_data(
            answer=answer,
            question=answer.question,
            page_obj=page,
            cards=cards,
            count=page.paginator.count,
            total=Profile.objects.published().count(),
            domain_choices=[] if answer.question.page_domain else answer.domain_choices(),
            region_choices=answer.region_choices(),
            ways_out=answer.ways_out() if not page.paginator.count else [],
            by_relevance=answer.sort == RELEVANCE,
            **kwargs,
        )


class DomainPage(ListPage):
    """Profiles of one domain of public action."""

    template_name = "catalogue/domain.html"

    def load(self) -> None:
        """Read the domain and the question. Raises Http404 for an unknown domain."""
        self.domains = list(Domain.objects.all())
        self.domain = next((domain for domain in self.domains if domain.slug == self.kwargs["slug"]), None)
        if self.domain is None:
            raise Http404
        self.answer = Answer(Question.of(self.request.GET, page_domain=self.domain.slug), self.domains)

    def get_page_title(self) -> str:
        """The name of the domain."""
        return self.domain.label

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list, and the domain itself."""
        return super().get_context_data(domain=self.domain, **kwargs)


class ProfilePage(Page):
    """One published profile."""

    public = True
    template_name = "catalogue/profile.html"

    def load(self) -> None:
        """Read the profile. Raises Http404 for one that is absent or not published."""
        profile = Profile.objects.published().for_cards().filter(slug=self.kwargs["slug"]).first()
        if profile is None:
            raise Http404
        self.profile = profile

    def get_page_title(self) -> str:
        """The name of the organisation."""
        return self.profile.name

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The profile with its facts, verified or declared."""
        return super().get_context_data(
            profile=self.profile, facts=trust.facts_of(self.profile, now=self.now), **kwargs
        )
