"""Pages where readers write to a company, and to us about its page."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue.contact import services
from cms.catalogue.contact.services import LONGEST_MESSAGE, Question
from cms.catalogue.models import ErrorReport, Profile
from marketplace.accounts import limits
from marketplace.accounts.models import User
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can

EMAIL_ERRORS = {"required": gettext_lazy("Indiquez votre adresse : la réponse y arrivera.")}


class QuestionForm(forms.Form):
    """A question and who asks it."""

    name = forms.CharField(
        label=gettext_lazy("Votre nom"),
        max_length=80,
        error_messages={"required": gettext_lazy("Indiquez votre nom : l’entreprise saura à qui répondre.")},
    )
    email = forms.EmailField(label=gettext_lazy("Votre courriel"), error_messages=EMAIL_ERRORS)
    message = forms.CharField(
        label=gettext_lazy("Votre question"),
        help_text=gettext_lazy("500 signes au plus."),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Écrivez votre question.")},
    )

    def clean_name(self) -> str:
        """The name on one line: what stands at the head of a mail has no lines of its own."""
        return " ".join(self.cleaned_data["name"].split())


class KnownQuestionForm(QuestionForm):
    """A question of somebody signed in: the site knows who asks."""

    email = None
    name = None


class ReportForm(forms.Form):
    """What is wrong."""

    text = forms.CharField(
        label=gettext_lazy("Ce qui est faux"),
        help_text=gettext_lazy("Dites où, et ce qui serait exact. 1 000 signes au plus."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Écrivez ce qui est faux.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Votre courriel"),
        help_text=gettext_lazy("Pour recevoir notre réponse."),
        required=False,
    )


class AboutProfile(ActView):
    """Something written about a published profile; a hidden one answers like an absent one."""

    public = True
    right = ""

    def load(self) -> None:
        """Read the profile. Raises Http404 for one that visitors do not read."""
        profile = Profile.objects.select_related("organisation").filter(slug=self.kwargs["slug"], live=True).first()
        if profile is None:
            raise Http404
        self.profile = profile

    def allowed(self) -> Verdict:
        """Whether anybody may write there now."""
        return can(self.actor, self.right, self.profile)

    def get_back_url(self) -> str:
        """The page of the company."""
        return self.profile.get_absolute_url()


class Ask(AboutProfile):
    """Ask the company a question: at once for who is signed in, after a click in their mail for others."""

    right = "profile.ask"
    form_class = QuestionForm
    submit_label = gettext_lazy("Envoyer ma question")
    privacy = gettext_lazy(
        "Votre nom, votre adresse et votre question vont aux responsables du compte de l’entreprise, et à eux seuls. "
        "Avant votre confirmation, nous les gardons un jour ; le courriel envoyé reste ensuite comme preuve d’envoi."
    )

    def get_page_title(self) -> str:
        """Whom one asks."""
        return _("Poser une question à %(name)s") % {"name": self.profile.name}

    def get_page_lead(self) -> str:
        """Who asks, once signed in, and what it binds to."""
        lead = _("Votre échange n’engage pas d’achat.")
        if self.actor.user_id is None:
            return lead
        return f"{lead} {_('Elle partira à votre nom, avec votre adresse %(email)s.') % {'email': self._user().email}}"

    def get_form_class(self) -> type[forms.Form]:
        """Nobody types again what the site knows."""
        return QuestionForm if self.actor.user_id is None else KnownQuestionForm

    def act(self, form: Any) -> None:
        """Send it, or the link that makes it leave."""
        said = form.cleaned_data
        user = self._user() if self.actor.user_id else None
        name = (user.get_full_name() or user.email) if user else said["name"]
        question = Question(name=name, email=user.email if user else said["email"], message=said["message"])
        limits.count("question.network", limits.network_of(self.request), most=5, seconds=limits.HOUR, now=self.now)
        limits.count("question.address", question.email.lower(), most=5, seconds=limits.DAY, now=self.now)
        limits.count("question.profile", str(self.profile.pk), most=50, seconds=limits.DAY, now=self.now)
        do = services.send_question if user else services.hold
        do(profile=self.profile, question=question, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """What happens next."""
        name = "question_sent" if self.actor.user_id else "question_held"
        return reverse(f"catalogue:{name}", args=[self.profile.slug])

    def _user(self) -> User:
        return User.objects.get(pk=self.actor.user_id)


class ConfirmQuestion(ActView):
    """The question behind the link of a mail: reading shows it, the button sends it."""

    public = True
    template_name = "catalogue/contact/confirm.html"
    page_title = gettext_lazy("Envoyer votre question")
    submit_label = gettext_lazy("Envoyer ma question")

    def load(self) -> None:
        """Read what waits. Raises Http404 for a link that this site did not sign."""
        if not services.is_ours(self.kwargs["token"]):
            raise Http404
        self.waiting = services.held(self.kwargs["token"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The question, or why there is none any more."""
        profile, question = self.waiting or (None, None)
        return super().get_context_data(profile=profile, question=question, gone=services.GONE, **kwargs)

    def act(self, form: Any) -> Profile:
        """Send it."""
        return services.confirm(token=self.kwargs["token"], actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """What happens next."""
        return reverse("catalogue:question_sent", args=[self.result.slug])


class Report(AboutProfile):
    """Tell the editors what is wrong in the page."""

    right = "profile.report"
    form_class = ReportForm
    page_title = gettext_lazy("Signaler une erreur")
    submit_label = gettext_lazy("Signaler l’erreur")
    privacy = gettext_lazy(
        "Lu par l’équipe du site. Votre adresse ne sert qu’à vous répondre ; elle n’est ni publiée ni transmise à "
        "l’entreprise."
    )

    def get_page_lead(self) -> str:
        """Which page."""
        return _("Fiche de %(name)s. Nous répondons en 5 jours ouvrés.") % {"name": self.profile.name}

    def act(self, form: Any) -> ErrorReport:
        """Report it."""
        said = form.cleaned_data
        limits.count("report.network", limits.network_of(self.request), most=10, seconds=limits.HOUR, now=self.now)
        if said["email"]:
            limits.count("report.address", said["email"].lower(), most=5, seconds=limits.DAY, now=self.now)
        return services.report(profile=self.profile, **said, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """Thanks."""
        return reverse("catalogue:reported", args=[self.profile.slug])


class Thanks(Page):
    """What happens next, after something was written."""

    public = True
    template_name = "catalogue/contact/thanks.html"

    def load(self) -> None:
        """Read the profile. Raises Http404 for one that visitors do not read."""
        self.profile = Profile.objects.filter(slug=self.kwargs["slug"], live=True).first()
        if self.profile is None:
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way back."""
        return super().get_context_data(profile=self.profile, **kwargs)
