"""« Le règlement, article par article »: the rules that this site applies, for anybody to read."""

from typing import Any

from django.utils.translation import gettext_lazy

from marketplace.accounts.pages import Page
from procurement.desk import rulebook


class RuleBook(Page):
    """Every rule with its article, its moment, what the site does and whether it is enforced; then dated figures."""

    public = True
    template_name = "desk/rulebook.html"
    page_title = gettext_lazy("Le règlement, article par article")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rules of the moment and of the state that the address names; an unknown name filters nothing."""
        moment, state = self.request.GET.get("moment", ""), self.request.GET.get("etat", "")
        moment = moment if moment in rulebook.MOMENTS else ""
        state = state if state in rulebook.STATES else ""
        return super().get_context_data(
            lines=rulebook.lines(moment=moment, state=state),
            counts=rulebook.counts(rulebook.lines()),
            figures=rulebook.figures(),
            moments=rulebook.MOMENTS.items(),
            states=rulebook.STATES.items(),
            moment=moment,
            state=state,
            **kwargs,
        )
