"""« Ma fiche »: the company writes its profile block by block, sees what is missing, sends it, withdraws it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue.editing import forms, services
from cms.catalogue.editing.drafts import PARTS, draft_of, missing_of, part_of, profile_of, standing_of
from cms.catalogue.models import Profile
from cms.catalogue.presentation import presentation_of
from cms.catalogue.readings import months_of
from cms.catalogue.sheet import sheet_of
from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page, SignedIn
from marketplace.accounts.permissions import Verdict, can
from marketplace.billing.plans import Tool, allowance
from marketplace.files.services import stage
from marketplace.journal.errors import NotAllowed, Refusal

BLOCKS: dict[str, tuple[Any, type[forms.forms.ModelForm]]] = {
    "presentation": (gettext_lazy("Présentation"), forms.PresentationForm),
    "domaines": (gettext_lazy("Domaines et régions"), forms.ScopeForm),
    "identite": (gettext_lazy("Identité, site et code source"), forms.IdentityForm),
}
PART_FORMS: dict[str, tuple[Any, Any, Any, type[forms.forms.ModelForm]]] = {
    "solutions": (
        gettext_lazy("Ajouter une solution"),
        gettext_lazy("Modifier la solution"),
        gettext_lazy("Retirer la solution"),
        forms.SolutionForm,
    ),
    "references": (
        gettext_lazy("Ajouter une référence"),
        gettext_lazy("Modifier la référence"),
        gettext_lazy("Retirer la référence"),
        forms.ReferenceForm,
    ),
    "labels": (
        gettext_lazy("Ajouter un label ou une certification"),
        gettext_lazy("Modifier le label ou la certification"),
        gettext_lazy("Retirer le label ou la certification"),
        forms.LabelForm,
    ),
    "translations": (
        gettext_lazy("Ajouter une langue"),
        gettext_lazy("Modifier les textes dans cette langue"),
        gettext_lazy("Retirer la langue"),
        forms.TranslationForm,
    ),
    "media": (
        gettext_lazy("Ajouter un lien vers un support"),
        gettext_lazy("Modifier le lien"),
        gettext_lazy("Retirer le lien"),
        forms.MediumForm,
    ),
}


class OfCompany(SignedIn):
    """For the members of a company; to everybody else these pages do not exist."""

    profile: Profile

    def load(self) -> None:
        """Read the company and its profile. Raises Http404 for others, and where there is no profile yet."""
        membership = self.actor.membership()
        if membership is None or membership.organisation.kind != Organisation.Kind.SUPPLIER:
            raise Http404
        self.organisation, self.is_owner = membership.organisation, membership.is_owner
        self.read_profile()

    def read_profile(self) -> None:
        """Read the profile with its draft. Raises Http404 when the company has none."""
        profile = profile_of(self.actor)
        if profile is None:
            raise Http404
        self.profile, self.draft = profile, draft_of(profile)


class MyProfile(OfCompany, Page):
    """The draft, block by block, with where it stands and what it lacks."""

    template_name = "catalogue/editing/home.html"
    page_title = gettext_lazy("Ma fiche")

    def read_profile(self) -> None:
        """Read the profile, if there is one."""
        profile = profile_of(self.actor)
        if profile is not None:
            self.profile, self.draft = profile, draft_of(profile)
        else:
            self.template_name = "catalogue/editing/begin.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The blocks, or the way to begin."""
        if not hasattr(self, "profile"):
            siren = self.organisation.siren
            known = Profile.objects.filter(siren=siren, merged_into=None).first() if siren else None
            claim = can(self.actor, "profile.claim", known) if known else None
            return super().get_context_data(organisation=self.organisation, known=known, claim=claim, **kwargs)
        return super().get_context_data(
            profile=self.profile,
            draft=self.draft,
            sheet=sheet_of(self.draft, now=self.now),
            standing=standing_of(self.profile),
            missing=missing_of(self.draft),
            is_owner=self.is_owner,
            shown=presentation_of(self.draft, now=self.now),
            **kwargs,
        )


class Readings(OfCompany, Page):
    """How often the page was read, by finished month, to the nearest ten."""

    template_name = "catalogue/editing/readings.html"
    page_title = gettext_lazy("Consultations de ma fiche")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The months that the plan tells, none without it."""
        months = months_of(self.profile, now=self.now)
        with_plan = allowance(Tool.STATISTICS, has_plan=True)
        return super().get_context_data(months=months, with_plan=with_plan, **kwargs)


class ToMyProfile(OfCompany, ActView):
    """An act that leads back to « Ma fiche »."""

    def get_back_url(self) -> str:
        """« Ma fiche »."""
        return reverse("catalogue:my_profile")

    def get_success_url(self) -> str:
        """« Ma fiche »."""
        return reverse("catalogue:my_profile")


class Begin(ToMyProfile):
    """Open a draft, or claim the profile that a public source gave."""

    page_title = gettext_lazy("Commencer ma fiche")
    page_lead = gettext_lazy("Nous reprenons ce que dit le répertoire des entreprises. Rien n’est publié maintenant.")
    submit_label = gettext_lazy("Commencer ma fiche")
    success_message = gettext_lazy("Votre fiche est ouverte, en brouillon.")

    def read_profile(self) -> None:
        """The profile is what this act makes."""

    def act(self, form: Any) -> Profile:
        """Open it."""
        return services.begin(organisation=self.organisation, actor=self.actor, now=self.now)


class WriteView(ToMyProfile):
    """A screen of one topic; what a colleague wrote meanwhile is shown, and nothing typed is lost."""

    template_name = "catalogue/editing/write.html"
    success_message = gettext_lazy("Enregistré dans votre brouillon.")

    @property
    def version(self) -> int:
        """The revision that the person read before writing; 0 for a number that is not one."""
        typed = self.request.POST.get("version", "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else 0

    def form_valid(self, form: Any) -> HttpResponse:
        """Write; a version written meanwhile is shown beside what was typed."""
        try:
            self.act(form)
        except services.Outdated as refusal:
            form.add_error(None, refusal.reasons[0])
            self.read_profile()
            context = self.get_context_data(form=form, theirs=self.theirs(form), version=self.current_version())
            return self.render_to_response(context, status=409)
        except NotAllowed:
            raise
        except Refusal as refusal:
            for reason in refusal.reasons:
                form.add_error(None, reason)
            return self.form_invalid(form)
        messages.success(self.request, self.get_success_message())
        return redirect(self.get_success_url())

    def theirs(self, form: Any) -> list[tuple[str, str]]:
        """What the current version says in the fields of the form, those that differ from what was typed."""
        current = type(form)(instance=self.subject())
        pairs = [(current[name].label, form[name].value(), current[name].value()) for name in form.fields]
        return [(label, _words(value)) for label, typed, value in pairs if _words(value) != _words(typed)]

    def subject(self) -> Any:
        """What the form writes: the draft or one of its parts."""
        return self.draft

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form writes into a copy in memory: the service keeps it."""
        return super().get_form_kwargs() | {"instance": self.subject()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the version that was read: what did not pass keeps the one with which it was begun."""
        kwargs.setdefault("version", self.version if self.request.method == "POST" else self.current_version())
        return super().get_context_data(**kwargs)

    def current_version(self) -> int:
        """The latest revision; 0 where none was written yet."""
        return self.profile.latest_revision_id or 0


class EditBlock(WriteView):
    """One topic of the profile."""

    submit_label = gettext_lazy("Enregistrer dans mon brouillon")

    def load(self) -> None:
        """Read the topic. Raises Http404 for an unknown one."""
        if self.kwargs["block"] not in BLOCKS:
            raise Http404
        self.page_title, self.form_class = BLOCKS[self.kwargs["block"]]
        super().load()

    def act(self, form: Any) -> None:
        """Write it."""
        services.write(
            profile=self.profile,
            fields=form.cleaned_data,
            version=self.version,
            actor=self.actor,
            now=self.now,
        )


class WritePart(WriteView):
    """Add a part, or change the one that the address names."""

    submit_label = gettext_lazy("Enregistrer dans mon brouillon")

    def load(self) -> None:
        """Read the part. Raises Http404 for an unknown kind, and for a part of somebody else."""
        if self.kwargs["part"] not in PARTS:
            raise Http404
        adding, changing, self.removing, self.form_class = PART_FORMS[self.kwargs["part"]]
        self.page_title = changing if "uid" in self.kwargs else adding
        super().load()
        if "uid" in self.kwargs and self.subject() is None:
            raise Http404

    def subject(self) -> Any:
        """The part, or a new one."""
        if "uid" not in self.kwargs:
            return PARTS[self.kwargs["part"]]()
        return part_of(self.draft, self.kwargs["part"], self.kwargs["uid"])

    def act(self, form: Any) -> None:
        """Write it, its proof staged first."""
        fields = dict(form.cleaned_data)
        upload = fields.pop("proof_file", None)
        services.write_part(
            profile=self.profile,
            part=self.kwargs["part"],
            uid=self.kwargs.get("uid"),
            fields=fields,
            version=self.version,
            proof=stage(upload, name=upload.name) if upload else None,
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the proof held."""
        return super().get_context_data(held=getattr(self.subject(), "proof", None), **kwargs)


class RemovePart(WritePart):
    """Take a part out of the draft."""

    template_name = "layout/act.html"
    page_lead = gettext_lazy("Elle quitte votre brouillon. La version en ligne ne change qu’après la relecture.")
    submit_label = gettext_lazy("Retirer du brouillon")
    success_message = gettext_lazy("Retirée de votre brouillon.")

    def load(self) -> None:
        """Read the part."""
        super().load()
        self.page_title, self.form_class = self.removing, forms.forms.Form

    def theirs(self, form: Any) -> list[tuple[str, str]]:
        """Nothing is typed here."""
        return []

    def get_form_kwargs(self) -> dict[str, Any]:
        """A plain form."""
        kwargs = super().get_form_kwargs()
        kwargs.pop("instance")
        return kwargs

    def act(self, form: Any) -> None:
        """Take it out."""
        services.remove_part(
            profile=self.profile,
            part=self.kwargs["part"],
            uid=self.kwargs["uid"],
            version=self.version,
            actor=self.actor,
            now=self.now,
        )


class OwnerAct(ToMyProfile):
    """An act of the owners upon the whole profile."""

    right = "profile.send"

    def allowed(self) -> Verdict:
        """Whether the person is an owner."""
        return can(self.actor, self.right, self.profile)


class SendToReview(OwnerAct):
    """Ask for a review of the draft."""

    page_title = gettext_lazy("Envoyer ma fiche en relecture")
    page_lead = gettext_lazy(
        "Une personne de l’équipe du site la lit, puis la publie ou vous dit quoi corriger. La version en ligne reste "
        "telle quelle jusque-là."
    )
    submit_label = gettext_lazy("Envoyer en relecture")
    success_message = gettext_lazy("Votre fiche est en relecture.")

    def act(self, form: Any) -> None:
        """Send it."""
        services.send_to_review(
            profile=self.profile,
            version=self.profile.latest_revision_id or 0,
            actor=self.actor,
            now=self.now,
        )


class TakeBack(OwnerAct):
    """Take the draft back from review."""

    page_title = gettext_lazy("Reprendre ma fiche")
    page_lead = gettext_lazy("Elle quitte la relecture : vous pourrez la modifier, puis l’envoyer de nouveau.")
    submit_label = gettext_lazy("Reprendre ma fiche")
    success_message = gettext_lazy("Votre fiche est de nouveau en brouillon.")

    def act(self, form: Any) -> None:
        """Take it back."""
        services.take_back(profile=self.profile, actor=self.actor, now=self.now)


class Withdraw(OwnerAct):
    """Take the profile out of the catalogue."""

    right = "profile.withdraw"
    page_title = gettext_lazy("Retirer ma fiche")
    page_lead = gettext_lazy(
        "Elle quitte le catalogue dès maintenant. Sa page reste à son adresse, datée, sans moyen de vous contacter. "
        "Vous pourrez la remettre en ligne."
    )
    submit_label = gettext_lazy("Retirer ma fiche")
    success_message = gettext_lazy("Votre fiche est retirée du catalogue.")

    def act(self, form: Any) -> None:
        """Withdraw it."""
        services.withdraw(profile=self.profile, actor=self.actor, now=self.now)


class Restore(OwnerAct):
    """Put the profile online again."""

    right = "profile.withdraw"
    page_title = gettext_lazy("Remettre ma fiche en ligne")
    page_lead = gettext_lazy("Elle revient dans le catalogue telle qu’elle a été relue la dernière fois.")
    submit_label = gettext_lazy("Remettre ma fiche en ligne")
    success_message = gettext_lazy("Votre fiche est de nouveau en ligne.")

    def act(self, form: Any) -> None:
        """Restore it."""
        services.restore(profile=self.profile, actor=self.actor, now=self.now)


class Preview(OfCompany, Page):
    """The draft as visitors would read it, for the members of its organisation only."""

    template_name = "catalogue/editing/preview.html"

    def get_page_title(self) -> str:
        """Whose draft it is."""
        return _("Aperçu de %(name)s") % {"name": self.draft.name}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, kept by nobody on the way."""
        response = super().get(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The draft in the place of the profile."""
        return super().get_context_data(
            profile=self.draft,
            sheet=sheet_of(self.draft, now=self.now),
            presentation=presentation_of(self.draft, now=self.now),
            is_preview=True,
            **kwargs,
        )


def _words(value: Any) -> str:
    """A value of a field as text, to compare and to show."""
    if isinstance(value, (list, tuple)) or hasattr(value, "all"):
        return ", ".join(sorted(str(getattr(one, "pk", one)) for one in value))
    return "" if value is None else str(value)
