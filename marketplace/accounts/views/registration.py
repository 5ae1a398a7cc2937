"""Registration in three screens: the identifier, « c’est bien vous ? », the person."""

from typing import Any

from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.stagekit import clear_login
from allauth.account.views import SignupView
from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from marketplace.accounts import proconnect, registration
from marketplace.accounts.forms import DeclaredForm, ForeignDeclaredForm, ForeignForm, SirenForm, SiretForm
from marketplace.accounts.landing import landing_url
from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page, Titled
from marketplace.accounts.registration import Pending
from marketplace.accounts.signing_in import PersonForm

PRIVACY = _(
    "Ces données servent à ouvrir votre compte et à prouver qui répond. L’exploitant du site et vos partenaires les "
    "lisent ; elles sont gardées tant que le compte est ouvert, puis le temps que la loi impose."
)
COMPANY, BUYER = "supplier", "buyer"
SCREENS = {COMPANY: "company", BUYER: "buyer"}


def screen(kind: str, step: str = "") -> str:
    """Address of a screen of the registration."""
    return reverse(f"accounts:register_{SCREENS[kind]}{step}")


class RegisterView(Page):
    """The doors, for people who do not know yet which one is theirs."""

    public = True
    template_name = "accounts/register.html"
    page_title = _("Créer un compte")
    page_lead = _("Chacun entre par sa porte. Toutes sont gratuites.")


class IdentifyView(ActView):
    """First screen: the identifier, looked up in the register."""

    public = True
    template_name = "accounts/identify.html"
    kind = COMPANY
    scheme = ""
    step = _("Étape 1 sur 3")
    submit_label = _("Chercher mon organisation")
    privacy = PRIVACY

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the number of the step."""
        return super().get_context_data(step=self.step, kind=self.kind, **kwargs)

    def act(self, form: BaseForm) -> Pending:
        """Look it up and remember what was found."""
        typed = form.cleaned_data
        return registration.begin(
            self.request,
            kind=self.kind,
            scheme=typed.get("identifier_scheme") or self.scheme,
            identifier=typed["identifier"],
            buyer_category=typed.get("buyer_category", ""),
        )

    def get_success_url(self) -> str:
        """The second screen."""
        return screen(self.kind, "_confirm")


class RegisterCompanyView(IdentifyView):
    """A company, by its SIREN."""

    form_class = SirenForm
    scheme = Organisation.Scheme.SIREN
    page_title = _("Inscrire votre entreprise")
    page_lead = _("Donnez son SIREN : nous remplissons le reste. Comptez quatre minutes, sans aucun document.")


class RegisterForeignView(IdentifyView):
    """A company of another country."""

    form_class = ForeignForm
    page_title = _("Inscrire une entreprise d’un autre pays")
    page_lead = _("Toute entreprise de l’Union européenne répond aux mêmes conditions.")


class RegisterBuyerView(IdentifyView):
    """A public buyer, by its SIRET."""

    form_class = SiretForm
    kind = BUYER
    scheme = Organisation.Scheme.SIRET
    page_title = _("Inscrire votre administration")
    page_lead = _("Vous préparez vos appels tout de suite. Vous les publiez dès que nous avons vérifié qui vous êtes.")

    def get_initial(self) -> dict[str, Any]:
        """The SIRET that ProConnect gave, when the agent came by it."""
        user = self.request.user
        return {"identifier": proconnect.siret_of(user)} if user.is_authenticated else {}


class PendingMixin:
    """The screens after the first: without a registration under way, one begins at the beginning."""

    kind = COMPANY
    is_confirmed = False
    pending: Pending

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send back whoever comes here directly, or too early."""
        pending = Pending.of(request, self.kind)
        if pending is None:
            return redirect(screen(self.kind))
        if self.is_confirmed and not pending.is_confirmed:
            return redirect(screen(self.kind, "_confirm"))
        self.pending = pending
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what was found."""
        known = Organisation.objects.filter(pk=self.pending.known).first() if self.pending.known else None
        return super().get_context_data(
            pending=self.pending, known=known, first_screen=screen(self.kind), step=self.step, kind=self.kind, **kwargs
        )


class ConfirmView(PendingMixin, ActView):
    """Second screen: « c’est bien vous ? », or name and address where the register could not answer."""

    public = True
    template_name = "accounts/confirm.html"
    step = _("Étape 2 sur 3")
    privacy = PRIVACY

    def get_page_title(self) -> str:
        """What is asked there."""
        if self.pending.known:
            return _now("Cette organisation est déjà inscrite")
        return _now("C’est bien vous ?") if self.pending.is_found else _now("Présentez votre organisation")

    @property
    def submit_label(self) -> str:
        """The button says what comes."""
        if self.pending.known:
            return _now("Demander à la rejoindre")
        return _now("Oui, c’est nous") if self.pending.is_found else _now("Continuer")

    def get_form_class(self) -> type[BaseForm]:
        """Nothing to type where the register answered."""
        if self.pending.known or self.pending.is_found:
            return Form
        is_foreign = self.pending.scheme in {Organisation.Scheme.EU_VAT, Organisation.Scheme.OTHER}
        return ForeignDeclaredForm if is_foreign else DeclaredForm

    def get_initial(self) -> dict[str, Any]:
        """What was typed before."""
        return dict(self.pending.facts)

    def act(self, form: BaseForm) -> None:
        """Remember the yes."""
        self.pending.keep(self.request, is_confirmed=True, facts=self.pending.facts | form.cleaned_data)

    def get_success_url(self) -> str:
        """The third screen."""
        return screen(self.kind, "_person")


class PersonView(PendingMixin, Titled, SignupView):
    """Third screen for a visitor: their names and address. The code that proves it ends the registration."""

    form_class = PersonForm
    template_name = "accounts/person.html"
    page_title = _("Et vous, qui êtes-vous ?")
    step = _("Étape 3 sur 3")
    is_confirmed = True

    def get_form(self, form_class: type[BaseForm] | None = None) -> BaseForm:
        """Without a password: a code is enough, one chooses a password later."""
        form = super().get_form(form_class)
        form.fields.pop("password1", None)
        return form

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remember whose address ends the registration, then send the code."""
        self.pending.keep(self.request, email=form.cleaned_data["email"])
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the purpose of the form."""
        return super().get_context_data(privacy=PRIVACY, **kwargs)


class SignedInPersonView(PendingMixin, ActView):
    """Third screen for somebody who has an account: one click ends the registration."""

    template_name = "accounts/person_signed_in.html"
    page_title = _("Tout est prêt")
    step = _("Étape 3 sur 3")
    is_confirmed = True

    @property
    def submit_label(self) -> str:
        """What the click does."""
        return _now("Demander à la rejoindre") if self.pending.known else _now("Inscrire l’organisation")

    def act(self, form: BaseForm) -> None:
        """Register, or ask to join."""
        self.next = registration.end(self.request, self.request.user, self.pending)

    def get_success_url(self) -> str:
        """The space that has just opened."""
        return self.next or landing_url(self.request)


def person(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Third screen, for a visitor or for somebody who has an account."""
    view = SignedInPersonView if request.user.is_authenticated else PersonView
    return view.as_view(kind=kind)(request)


@require_POST
def sign_in_instead(request: HttpRequest) -> HttpResponse:
    """Somebody who waits for a code has an account already: leave the code, keep what they typed, and sign in."""
    clear_login(request)
    request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
    return redirect("account_login")
