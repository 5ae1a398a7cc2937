"""Public pages of needs. What a mail leads to is shown on GET and done on POST."""

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.db.models import Count
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import reverse, reverse_lazy
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cms.needs import links, sheet
from cms.needs.actions import actions_for
from cms.needs.forms import AnswerForm, NeedForm, SupportForm
from cms.needs.history import history_of
from cms.needs.listing import Question
from cms.needs.models import Need, Supporter
from cms.needs.services import voicing
from marketplace.accounts import limits
from marketplace.accounts.pages import ActView, LinkView, Page
from marketplace.journal import clock

PER_PAGE = 25
IN_FEED = 50
PRIVACY = gettext_lazy(
    "Votre courriel sert à confirmer, puis à vous dire ce que devient ce besoin. Seule l’équipe du site y a accès. "
    "Il est effacé quand vous arrêtez de suivre le besoin, ou au bout de 7 jours sans confirmation. Vos droits : "
    "page « Données personnelles »."
)


class Needs(Page):
    """Published needs, by state, by support or date."""

    public = True
    template_name = "needs/list.html"
    page_title = gettext_lazy("Besoins")
    page_lead = gettext_lazy("Ce qui complique la vie des gens, dit par eux. Un acheteur public peut s’en saisir.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of needs."""
        question = Question.read(self.request.GET)
        page = Paginator(question.needs(), PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            question=question, tabs=question.tabs(), sorts=question.sorts(), page=page, **kwargs
        )


class NeedPage(Page):
    """One need: the words of its author, who shares it, what became of it."""

    public = True
    template_name = "needs/need.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The address of a need that was joined to another leads there for ever."""
        joined = Need.objects.filter(slug=kwargs["slug"], merged_into__isnull=False).select_related("merged_into")
        if (need := joined.first()) is not None:
            return HttpResponsePermanentRedirect(need.merged_into.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)

    def load(self) -> None:
        """Read the need. Raises Http404 for one that is not published."""
        self.need = published_or_404(self.kwargs["slug"])

    def get_page_title(self) -> str:
        """What an editor called it."""
        return self.need.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The need, its history, the answers to « Est-ce mieux ? », the form of support."""
        need = self.need
        take_ups = list(need.take_ups.all())
        return super().get_context_data(
            need=need,
            take_ups=[one for one in take_ups if one.ended_at is None],
            history=history_of(need, take_ups),
            answers=answers_to(need) if any(one.adopted_at for one in take_ups) else [],
            actions=actions_for(self.actor, need),
            support_form=SupportForm(),
            privacy=PRIVACY,
            **kwargs,
        )


class Limited(ActView):
    """A page that sends a mail to the address typed there: not too often for one address, nor from one network."""

    public = True
    privacy = PRIVACY
    success_url = reverse_lazy("needs:sent")

    def count_mail(self, email: str) -> None:
        """Count the mail that is about to leave. Raises TooMany."""
        limits.count_mail("needs", email, request=self.request, now=self.now)


class Propose(Limited):
    """Write what complicates one's life; a mail asks to confirm."""

    template_name = "needs/propose.html"
    page_title = gettext_lazy("Exprimer un besoin")
    page_lead = gettext_lazy(
        "Trois questions, trois minutes. Votre besoin est relu avant d’être publié, sous 5 jours ouvrés."
    )
    form_class = NeedForm
    submit_label = gettext_lazy("Envoyer mon besoin")
    back_url = reverse_lazy("needs:list")

    def act(self, form: BaseForm) -> Need:
        """Keep the text and send the link."""
        self.count_mail(form.cleaned_data["email"])
        return voicing.write(**form.cleaned_data, actor=self.actor, now=self.now)


class Support(Limited):
    """Share a need: one address, one link to follow."""

    page_title = gettext_lazy("Moi aussi")
    form_class = SupportForm
    submit_label = gettext_lazy("Soutenir ce besoin")

    def load(self) -> None:
        """Read the need. Raises Http404 for one that is not published."""
        self.need = published_or_404(self.kwargs["slug"])

    def get_page_lead(self) -> str:
        """What is supported."""
        return self.need.title

    def get_back_url(self) -> str:
        """The need."""
        return self.need.get_absolute_url()

    def act(self, form: BaseForm) -> None:
        """Send the link."""
        self.count_mail(form.cleaned_data["email"])
        voicing.support(need=self.need, email=form.cleaned_data["email"], actor=self.actor, now=self.now)


class Sent(Page):
    """A mail is on its way."""

    public = True
    template_name = "needs/sent.html"
    page_title = gettext_lazy("Regardez votre courriel")


class ByLink(LinkView):
    """What a link of a mail about a need leads to. Raises Http404 for a forged one."""

    template_name = "needs/by_link.html"
    supporter: Supporter

    @property
    def need(self) -> Need:
        """The need that the link is about."""
        return self.supporter.need.merged_into or self.supporter.need

    def get_success_url(self) -> str:
        """The need when it is public, else the list."""
        return self.need.get_absolute_url() if self.need.published_at else reverse("needs:list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The need."""
        return super().get_context_data(need=self.need, **kwargs)


class ConfirmSupport(ByLink):
    """A support counts once its link was followed."""

    page_title = gettext_lazy("Confirmer mon soutien")
    submit_label = gettext_lazy("Confirmer mon soutien")
    success_message = gettext_lazy("Votre soutien compte. Vous recevrez un courriel à chaque étape.")
    of_author = False

    def load(self) -> None:
        """Read whoever must confirm."""
        supporter = links.asked_by(self.kwargs["token"])
        if supporter is None or supporter.is_author != self.of_author:
            raise Http404
        self.supporter = supporter

    def why_closed(self) -> str:
        """Too old, or done."""
        if self.supporter.confirmed_at is not None:
            return _("C’est déjà confirmé : il n’y a rien à faire.")
        return voicing.too_old() if self.supporter.expires_at <= self.now else ""

    def act(self, form: BaseForm) -> Supporter:
        """Confirm."""
        return voicing.confirm(supporter=self.supporter, actor=self.actor, now=self.now)


class Confirm(ConfirmSupport):
    """A need goes to the editors once its link was followed."""

    page_title = gettext_lazy("Confirmer mon besoin")
    submit_label = gettext_lazy("Confirmer mon besoin")
    success_message = gettext_lazy(
        "Merci, votre besoin est confirmé. L’équipe le relit et vous répond par courriel sous 5 jours ouvrés."
    )
    of_author = True


class Following(ByLink):
    """A page that every mail about a need leads to."""

    def load(self) -> None:
        """Read whoever follows."""
        supporter = links.follower_of(self.kwargs["token"])
        if supporter is None:
            raise Http404
        self.supporter = supporter


class Stop(Following):
    """No more mail about a need; the support stays."""

    page_title = gettext_lazy("Ne plus recevoir de courriel sur ce besoin")
    submit_label = gettext_lazy("Arrêter les courriels")
    success_message = gettext_lazy("C’est fait : votre adresse est effacée, votre soutien compte toujours.")

    def why_closed(self) -> str:
        """Done."""
        return "" if self.supporter.email else _("C’est déjà fait : votre adresse est effacée.")

    def act(self, form: BaseForm) -> None:
        """Erase the address."""
        voicing.stop(supporter=self.supporter, actor=self.actor, now=self.now)


class Answer(Following):
    """« Est-ce mieux ? »"""

    page_title = gettext_lazy("Est-ce mieux ?")
    form_class = AnswerForm
    submit_label = gettext_lazy("Envoyer ma réponse")
    success_message = gettext_lazy("Merci. Votre réponse est comptée, sans votre nom.")

    def get_initial(self) -> dict[str, str]:
        """The answer given before."""
        return {"answer": self.supporter.answer}

    def act(self, form: BaseForm) -> None:
        """Keep the answer."""
        voicing.answer(supporter=self.supporter, value=form.cleaned_data["answer"], actor=self.actor, now=self.now)


class AtomOfNow(Atom1Feed):
    """An empty feed is dated by the clock of the site, as every other page."""

    def latest_post_date(self) -> datetime:
        """Date of the newest item, else now."""
        return super().latest_post_date() if self.items else clock.now()


class NeedFeed(Feed):
    """Atom feed of published needs, newest first."""

    feed_type = AtomOfNow
    title = gettext_lazy("Besoins")
    link = reverse_lazy("needs:list")

    def items(self) -> list[Need]:
        """The newest needs."""
        return list(Need.objects.published().order_by("-published_at", "pk")[:IN_FEED])

    def item_title(self, item: Need) -> str:
        """What an editor called it."""
        return item.title

    def item_description(self, item: Need) -> str:
        """The words of its author."""
        return item.text

    def item_updateddate(self, item: Need) -> datetime:
        """When it was published."""
        return item.published_at


@require_safe
def printable_sheet(request: HttpRequest) -> HttpResponse:
    """A sheet to print and fill in by hand, for town halls: digital is never the only door."""
    response = HttpResponse(sheet.printed(), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="exprimer-un-besoin.pdf"'
    return response


def published_or_404(slug: str) -> Need:
    """The published need of an address. Raises Http404."""
    need = Need.objects.published().with_state().filter(slug=slug).first()
    if need is None:
        raise Http404
    return need


def answers_to(need: Need) -> list[tuple[str, int]]:
    """(answer in words, how many gave it) to « Est-ce mieux ? »."""
    given = need.supporters.exclude(answer="").order_by().values_list("answer").annotate(number=Count("pk"))
    counts = dict(given)
    return [(str(label), counts.get(value, 0)) for value, label in Supporter.Answer.choices]
