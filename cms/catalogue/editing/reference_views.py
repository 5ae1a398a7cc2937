"""Pages of references: the company asks, the client answers by one link."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue.editing import references
from cms.catalogue.editing.views import OfCompany
from cms.catalogue.models import Confirmation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can

CONFIRMS, REFUSES = "oui", "non"


class AskForm(forms.Form):
    """To whom the link goes."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse professionnelle de votre client"),
        help_text=gettext_lazy("La personne reçoit un seul lien, valable 30 jours. Elle répond sans créer de compte."),
        error_messages={"required": gettext_lazy("Indiquez l’adresse de la personne qui peut confirmer.")},
    )


class AnswerForm(forms.Form):
    """What the client says."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Est-ce exact ?"),
        choices=[(CONFIRMS, gettext_lazy("Oui, je confirme")), (REFUSES, gettext_lazy("Non, ce n’est pas exact"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez votre réponse.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Votre nom"),
        max_length=70,
        error_messages={"required": gettext_lazy("Indiquez votre nom : il figure à côté de votre réponse.")},
    )
    role = forms.CharField(
        label=gettext_lazy("Votre fonction"),
        max_length=80,
        error_messages={"required": gettext_lazy("Indiquez votre fonction, par exemple : direction des transports.")},
    )
    quote = forms.CharField(
        label=gettext_lazy("Votre témoignage"),
        help_text=gettext_lazy("400 signes au plus. Publié après relecture, si vous confirmez."),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class References(OfCompany, Page):
    """The published references, each with where it stands."""

    template_name = "catalogue/editing/references.html"
    page_title = gettext_lazy("Mes références")
    page_lead = gettext_lazy("Un client confirme une référence par un lien, en une minute et sans compte.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The references."""
        return super().get_context_data(lines=references.lines_of(self.profile, now=self.now), **kwargs)


class Ask(OfCompany, ActView):
    """Send the link."""

    form_class = AskForm
    page_title = gettext_lazy("Demander une confirmation")
    submit_label = gettext_lazy("Envoyer le lien")
    success_message = gettext_lazy("Le lien est envoyé. Vous recevrez la réponse par courriel.")
    privacy = gettext_lazy(
        "Cette adresse sert à envoyer ce lien et à rappeler la fin de la confirmation. Elle n’est jamais publiée."
    )

    def read_profile(self) -> None:
        """Read the reference. Raises Http404 for one of somebody else, or not published."""
        super().read_profile()
        self.reference = self.profile.references.filter(uid=self.kwargs["uid"]).first()
        if self.reference is None:
            raise Http404

    def get_page_lead(self) -> str:
        """What the client will read."""
        return _("Votre client lira : « %(statement)s »") % {"statement": self.reference.statement}

    def get_back_url(self) -> str:
        """The references."""
        return reverse("catalogue:references")

    def get_success_url(self) -> str:
        """The references."""
        return reverse("catalogue:references")

    def act(self, form: Any) -> Confirmation:
        """Send it."""
        return references.ask(
            profile=self.profile,
            uid=self.reference.uid,
            email=form.cleaned_data["email"],
            actor=self.actor,
            now=self.now,
        )


class AnswerReference(ActView):
    """What is claimed, and the answer of the client. Reading changes nothing."""

    public = True
    template_name = "catalogue/editing/answer.html"
    form_class = AnswerForm
    submit_label = gettext_lazy("Envoyer ma réponse")
    success_message = gettext_lazy("Merci. Votre réponse est enregistrée.")
    privacy = gettext_lazy(
        "Votre nom, votre fonction et votre témoignage figurent sur la page de l’entreprise si vous confirmez. Pour "
        "les faire retirer, écrivez-nous."
    )

    def load(self) -> None:
        """Read the link. Raises Http404 for one that nobody sent."""
        word = references.find(self.kwargs["token"])
        if word is None:
            raise Http404
        self.word, self.state = word, references.state_of(word, now=self.now)

    def allowed(self) -> Verdict:
        """Everybody who holds the link reads; the organisation that is praised does not answer."""
        if self.request.method != "POST":
            return Verdict.yes()
        return can(self.actor, "reference.answer", self.word)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The claim; a link that has ended says so plainly."""
        status = 410 if self.state == references.State.EXPIRED else 200
        return self.render_to_response(self.get_context_data(), status=status)

    def get_page_title(self) -> str:
        """Who cites the client."""
        return _("%(name)s vous cite : est-ce exact ?") % {"name": self.word.profile.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the claim."""
        is_open = self.state == references.State.ASKED
        return super().get_context_data(word=self.word, state=self.state, is_open=is_open, **kwargs)

    def get_success_url(self) -> str:
        """The same page, which now says what was answered."""
        return self.request.path

    def act(self, form: Any) -> Confirmation:
        """Answer."""
        said = form.cleaned_data
        return references.answer(
            confirmation=self.word,
            confirms=said["answer"] == CONFIRMS,
            author=f"{said['name']}, {said['role']}",
            quote=said["quote"],
            actor=self.actor,
            now=self.now,
        )
