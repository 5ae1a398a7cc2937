"""The page from which a buyer types the notice of a call at the BOAMP and the JOUE."""

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.accounts.permissions import Verdict, can
from marketplace.files.services import stage as stage_file
from procurement.calls.models import Publication
from procurement.calls.views import WorkspaceAct
from procurement.notices.forms import PublishedNoticeForm
from procurement.notices.models import PublishedNotice
from procurement.notices.published import Compared, compare, gaps, prepared
from procurement.notices.services import print_sheet, printed_sheets, record_published
from procurement.notices.sheet import sheet_facts


class Sheet(WorkspaceAct):
    """Every field of the notice, to read or to print."""

    section = "verifier"
    template_name = "notices/sheet.html"
    page_title = _("Fiche de saisie de l’avis")
    page_lead = _(
        "Recopiez ces champs dans le formulaire du BOAMP, qui transmet au JOUE. Notez ensuite l’heure d’envoi et le "
        "numéro reçu : ils sont demandés pour publier."
    )
    submit_label = _("Produire la fiche en PDF")
    success_message = _("La fiche est en préparation : elle est ici dans une minute au plus.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Selon la valeur, l’avis paraît au BOAMP ou dans un journal d’annonces légales, ou au BOAMP et au JOUE. "
            "Rien ne paraît en France avant le JOUE, sauf 48 heures après qu’il a confirmé la réception."
        ),
        "R2131-12 à R2131-19",
    )

    def allowed(self) -> Verdict:
        """The house reads; authors and validators print."""
        return can(self.actor, "notice.prepare", self.call) if self.request.method == "POST" else Verdict.yes()

    def act(self, form: forms.Form) -> Any:
        """Keep the sheet as it stands."""
        return print_sheet(call=self.call, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The check page."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """This page."""
        return reverse("notices:sheet", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Fields, and the sheets printed before."""
        return super().get_context_data(
            sheet=sheet_facts(self.call, now=self.now),
            printed=printed_sheets(self.call),
            readings=[
                (one, gaps(compared_of(one.published_notice)) if hasattr(one, "published_notice") else None)
                for one in self.call.publications.select_related("published_notice")
            ],
            can_print=can(self.actor, "notice.prepare", self.call),
            **kwargs,
        )


def compared_of(notice: PublishedNotice) -> list[Compared]:
    """The fields of a notice that came out, against those that were prepared when it was read."""
    return compare(notice.ours, notice.said, notice.text)


class Published(WorkspaceAct):
    """One notice as it came out: what is read there, and where it differs from what was sent."""

    section = "verifier"
    template_name = "notices/published.html"
    form_class = PublishedNoticeForm
    page_title = _("L’avis paru, comparé au nôtre")
    page_lead = _("Relevez l’avis là où il a paru : chaque champ est comparé à ce qui était préparé ici.")
    submit_label = _("Comparer")
    law = (
        _("Ce que dit la loi"),
        _(
            "L’avis paru fait foi pour les entreprises. Une heure limite, une valeur ou un objet différents se "
            "corrigent par un avis rectificatif, sur les mêmes supports. L’avis national n’en dit pas plus que celui "
            "du JOUE."
        ),
        _("Articles R. 2131-12 à R. 2131-20 et R. 2151-4 du code de la commande publique."),
    )

    def find(self) -> None:
        """The sending, of this call."""
        super().find()
        rows = Publication.objects.filter(call=self.call).select_related("published_notice__file")
        self.publication = get_object_or_404(rows, pk=self.kwargs["publication"])
        self.publication.call = self.call
        self.notice = getattr(self.publication, "published_notice", None)

    def allowed(self) -> Verdict:
        """The house reads; authors and validators record."""
        return can(self.actor, "notice.prepare", self.call) if self.request.method == "POST" else Verdict.yes()

    def get_form_kwargs(self) -> dict[str, Any]:
        """The fields depend on the lots."""
        return {**super().get_form_kwargs(), "ours": prepared(self.publication)}

    def get_initial(self) -> dict[str, Any]:
        """When it came out, if that was told at publication; never our own values: they must be read there."""
        return {"published_at": self.publication.published_at}

    def act(self, form: PublishedNoticeForm) -> PublishedNotice:
        """Keep and compare."""
        upload = form.cleaned_data["file"]
        return record_published(
            publication=self.publication,
            published_at=form.cleaned_data["published_at"],
            said=form.said(),
            text=form.cleaned_data["text"],
            url=form.cleaned_data["url"],
            file=stage_file(upload, name=upload.name) if upload else None,
            actor=self.actor,
            now=self.now,
        )

    success_message = _("L’avis paru est comparé.")

    def get_success_message(self) -> str:
        """How many fields differ."""
        found = len(gaps(compared_of(self.result)))
        if not found:
            return str(_("L’avis paru est comparé : aucun écart dans ce qui a été relevé."))
        return ngettext(
            "L’avis paru est comparé : %(n)s écart à examiner.",
            "L’avis paru est comparé : %(n)s écarts à examiner.",
            found,
        ) % {"n": found}

    def get_success_url(self) -> str:
        """This page, which shows the comparison."""
        return reverse("notices:published", args=[self.call.reference, self.publication.pk])

    def get_back_url(self) -> str:
        """The sheet of the notice."""
        return reverse("notices:sheet", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The last reading, and its rows."""
        return super().get_context_data(
            publication=self.publication,
            notice=self.notice,
            rows=compared_of(self.notice) if self.notice else [],
            can_record=can(self.actor, "notice.prepare", self.call),
            **kwargs,
        )
