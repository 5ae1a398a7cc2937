"""Public lists of the catalogue: all profiles, those of a domain. Drafts are never shown, not even to their editors."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.utils.translation import gettext as _

from cms.catalogue import missed
from cms.catalogue.listing import RELEVANCE, Answer, Question
from marketplace.accounts.pages import Page

PAGE_SIZE = 25


class ListPage(Page):
    """Profiles found by words and filters; the address holds the whole question."""

    public = True
    template_name = "catalogue/list.html"
    page_domain = ""

    def load(self) -> None:
        """Read the question."""
        self.answer = Answer(Question.of(self.request.GET, page_domain=self.page_domain), self.now)

    def get_page_title(self) -> str:
        """What the page is about, the words typed included."""
        text = self.answer.question.text
        return _("« %(text)s » dans le catalogue") % {"text": text} if text else _("Catalogue")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The found page, the filters with their counts, and the ways out when there is nothing."""
        answer = self.answer
        if not answer.count and answer.finds_no_word:
            missed.note(answer.question.text, now=self.now)
        # A number that is not one, or beyond the end, shows the nearest page: links travel better than they age.
        page = Paginator(answer.positions, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            answer=answer,
            question=answer.question,
            page_obj=page,
            cards=answer.cards(page.object_list),
            count=answer.count,
            total=len(answer.index.ids),
            groups=(groups := answer.groups()),
            # What else of the page a change of filter changes: the count read aloud, each filter, its button.
            beside=",".join(
                ["#compte:innerHTML", "#ouvrir-filtres", *(f"#filtre-{facet.name}" for facet, _c in groups)]
            ),
            door=answer.door(),
            ways_out=answer.ways_out() if not answer.count else [],
            by_relevance=answer.sort == RELEVANCE,
            **kwargs,
        )


class DomainPage(ListPage):
    """Profiles of one domain of public action."""

    template_name = "catalogue/domain.html"

    def load(self) -> None:
        """Read the domain and the question. Raises Http404 for an unknown domain."""
        self.page_domain = self.kwargs["slug"]
        super().load()
        self.domain = next((one for one in self.answer.index.domains if one.slug == self.page_domain), None)
        if self.domain is None:
            raise Http404

    def get_page_title(self) -> str:
        """The name of the domain."""
        return self.domain.label

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The list, and the domain itself."""
        return super().get_context_data(domain=self.domain, **kwargs)
