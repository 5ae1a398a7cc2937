"""From the catalogue to the study of a call: a buyer files what was examined (LR-01)."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.sourcing.models import Export
from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import visible_or_404
from marketplace.files.models import GeneratedDocument
from marketplace.journal.errors import Refusal
from marketplace.ui.formats import day_words
from procurement.calls.models import Call, StudyAttachment, SupplySource, TeamMember, TeamRole
from procurement.calls.services import drafts


class FileForm(forms.Form):
    """Which call, and why what was examined does not answer its need."""

    call = forms.ChoiceField(label=gettext_lazy("Appel en préparation"))
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi ces solutions ne répondent pas au besoin"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Dites pourquoi : l’étude doit pouvoir être relue sans vous.")},
    )

    def __init__(self, *args: Any, calls: list[Call], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["call"].choices = [(call.reference, f"{call.reference}, {call.title}") for call in calls]


class FileExport(ActView):
    """File an export of the catalogue with the study of one of one's calls in preparation."""

    form_class = FileForm
    page_title = gettext_lazy("Verser l’export à l’étude d’un appel")
    page_lead = gettext_lazy("Le PDF rejoint l’étude, avec une ligne « Catalogue d’entreprises » à compléter.")
    submit_label = gettext_lazy("Verser à l’étude")
    success_message = gettext_lazy("L’export est versé. Relisez et signez à nouveau l’étude.")
    law = (
        gettext_lazy("Ce que dit la loi"),
        gettext_lazy("Le catalogue seul ne suffit pas : l’étude réunit au moins quatre sortes de sources."),
        "L2172-3",
    )

    def load(self) -> None:
        """Read the export and the calls that the actor writes. Raises Http404 for an export of others."""
        self.export = visible_or_404(Export.objects, self.actor, uid=self.kwargs["uid"])
        if self.export.organisation_id is None:
            raise Http404
        written = TeamMember.objects.filter(user=self.actor.user_id, role=TeamRole.AUTHOR, until=None).values("call")
        mine = Call.objects.filter(lead_buyer=self.actor.organisation_id, pk__in=written)
        self.calls = [call for call in mine.order_by("-created_at") if not call.is_published]

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the calls to choose from."""
        return super().get_form_kwargs() | {"calls": self.calls}

    def get_back_url(self) -> str:
        """The export."""
        return reverse("sourcing:export", args=[self.export.uid])

    def act(self, form: FileForm) -> StudyAttachment:
        """File it. Raises Refusal while its PDF is not ready."""
        document = GeneratedDocument.objects.of_subject(self.export).select_related("rendering__stored_file").first()
        if document is None or not document.is_rendered:
            raise Refusal("Le PDF de l’export se prépare encore : réessayez dans une minute.")
        self.call = next(call for call in self.calls if call.reference == form.cleaned_data["call"])
        names = ", ".join(item["name"] for item in self.export.items)
        return drafts.attach_to_study(
            call=self.call,
            title=document.title,
            stored_file=document.rendering.stored_file,
            source={
                "kind": SupplySource.Kind.CATALOGUE,
                "searched_on": localdate(self.export.made_at),
                "query": self.export.searches or self.export.need,
                "result": _("%(count)d solutions examinées le %(day)s : %(names)s")
                % {"count": len(self.export.items), "day": day_words(self.export.made_at), "names": names},
                "reason": form.cleaned_data["reason"],
            },
            actor=self.actor,
            now=self.now,
        )

    def get_success_url(self) -> str:
        """The screen of the study."""
        return reverse("calls:write", args=[self.call.reference, "sourcage"])
