"""The register of backup copies: arrivals, then senders, openings at two, contents, destructions (LR-55)."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from marketplace.files import scanning
from marketplace.files.services import stage
from procurement.calls.models import SubmissionPeriod
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.submissions import backup_copies as copies
from procurement.submissions.forms.backup import (
    ContentForm,
    CopyOpeningForm,
    DestructionForm,
    RecordCopyForm,
    SenderForm,
)
from procurement.submissions.models import BackupCopy, CopyFile, CopyOpening
from procurement.submissions.views.opening import SealedHereMixin

LAW = (
    _("Ce que dit la loi"),
    _(
        "La copie de sauvegarde est facultative et suit la même heure limite. Elle ne s’ouvre que si un programme "
        "malveillant est trouvé dans le pli électronique, ou si ce pli, dont l’envoi a commencé à temps, est "
        "incomplet, tardif ou illisible. Ouverte, elle est conservée ; fermée ou écartée, elle est détruite."
    ),
    _("Article R. 2132-11 du code de la commande publique et annexe 6, article 2"),
)


class Copies(SealedHereMixin, WorkspacePage):
    """Every copy that came. Before the opening of its period, its arrival alone."""

    template_name = "submissions/copies.html"
    section = "ouverture"
    page_title = _("Copies de sauvegarde")
    page_lead = _("Inscrivez chaque copie qui arrive chez vous. Elle reste fermée, et sans nom jusqu’à l’ouverture.")

    def allowed(self) -> Verdict:
        """Those who receive them and those who decide."""
        return can(self.actor, "backup.read", self.call)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The register, and what its reader may do."""
        rows = (
            BackupCopy.objects.filter(call=self.call)
            .select_related(
                "period__lot", "party__lead", "opening__proposed_by", "opening__confirmed_by",
                "certificate__rendering__stored_file",
            )
            .prefetch_related("period__deadlines", "files__stored_file")
        )  # fmt: skip
        return super().get_context_data(
            copies=[(row, row.received_at > row.period.closes_at()) for row in rows],
            may_record=bool(can(self.actor, "backup.record", self.call)),
            may_open=bool(can(self.actor, "backup.open", self.call)),
            law=LAW,
            **kwargs,
        )


class CopyAct(SealedHereMixin, WorkspaceAct):
    """An act of the register."""

    section = "ouverture"
    law = LAW

    def get_back_url(self) -> str:
        """The register."""
        return reverse("submissions:copies", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The register."""
        return self.get_back_url()


class RecordCopy(CopyAct):
    """A copy has come."""

    action = "backup.record"
    page_title = _("Inscrire une copie de sauvegarde")
    page_lead = _("N’ouvrez pas l’enveloppe et n’écrivez pas ici de qui elle vient : le site le demandera plus tard.")
    submit_label = _("Inscrire cette copie")
    success_message = _("La copie est inscrite au registre.")

    def get_form(self, form_class: Any = None) -> RecordCopyForm:
        """Of one of the periods that received something."""
        periods = (
            SubmissionPeriod.objects.filter(lot__call=self.call, opens_at__lte=self.now)
            .select_related("lot__call")
            .order_by("lot__number", "opens_at")
        )
        data = self.request.POST if self.request.method == "POST" else None
        return RecordCopyForm(data, periods=periods)

    def act(self, form: RecordCopyForm) -> BackupCopy:
        """Enter it."""
        return copies.record_copy(**form.cleaned_data, actor=self.actor, now=self.now)


class OneCopyAct(CopyAct):
    """An act on one copy, once the submissions of its period are opened; before, it does not exist there."""

    copy: BackupCopy

    def load(self) -> None:
        """Read the copy. Raises Http404 for one of another call, or while the period is sealed."""
        super().load()
        rows = BackupCopy.objects.select_related("call", "period__lot", "party__lead", "opening__proposed_by")
        found = rows.filter(call=self.call, pk=self.kwargs["copy"], period__opening_began_at__isnull=False).first()
        if found is None:
            raise Http404
        found.call = found.period.lot.call = self.call
        self.copy = found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The copy."""
        return super().get_context_data(copy=self.copy, closes_at=self.copy.period.closes_at(), **kwargs)


class NameSender(OneCopyAct):
    """Whose copy it is."""

    action = "backup.record"
    template_name = "submissions/copy.html"
    page_title = _("Expéditeur de la copie")
    submit_label = _("Enregistrer l’expéditeur")
    success_message = _("L’expéditeur est inscrit.")

    def get_form(self, form_class: Any = None) -> SenderForm:
        """What is known."""
        known = {"party": self.copy.party_id, "name": self.copy.sender_name, "siren": self.copy.sender_siren}
        data = self.request.POST if self.request.method == "POST" else None
        return SenderForm(data, initial=known, period=self.copy.period)

    def act(self, form: SenderForm) -> BackupCopy:
        """Say so."""
        return copies.name_sender(copy=self.copy, **form.cleaned_data, actor=self.actor, now=self.now)


class OpenCopy(OneCopyAct):
    """Open a copy: one person proposes with reasons, another one confirms."""

    action = "backup.open"
    template_name = "submissions/copy.html"
    page_title = _("Ouvrir une copie de sauvegarde")
    success_message = _("C’est inscrit.")

    def load(self) -> None:
        """Read what was proposed."""
        super().load()
        self.opening: CopyOpening | None = getattr(self.copy, "opening", None)
        self.submit_label = say("Ouvrir, comme seconde personne") if self.opening else say("Proposer de l’ouvrir")

    def get_form_class(self) -> type[forms.Form]:
        """A case to choose, or a decision to confirm."""
        return CopyOpeningForm if self.opening is None else forms.Form

    def act(self, form: forms.Form) -> CopyOpening | None:
        """Propose, confirm, or give the proposal up."""
        common = {"actor": self.actor, "now": self.now}
        if self.opening is not None and "drop" in self.request.POST:
            return copies.drop_opening(opening=self.opening, **common)
        if self.opening is not None:
            return copies.confirm_opening(opening=self.opening, **common)
        return copies.propose_opening(copy=self.copy, **form.cleaned_data, **common)

    def get_success_message(self) -> str:
        """What is next."""
        if self.result is None:
            return say("La proposition est abandonnée : la copie reste fermée.")
        if self.opening is None:
            return say("La proposition est inscrite. Une seconde personne doit la confirmer.")
        return say("La copie est ouverte à deux : versez maintenant ce qu’elle contient.") + told(self.copy)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was proposed."""
        return super().get_context_data(opening=self.opening, **kwargs)


class CopyContent(OneCopyAct):
    """Bring a file of one envelope of an opened copy; for the prices, the amounts that it gives."""

    action = "backup.record"
    template_name = "submissions/copy.html"
    page_title = _("Verser le contenu de la copie")
    submit_label = _("Verser ce fichier")
    success_message = _("Le fichier est versé.")

    def load(self) -> None:
        """Read the envelope. Raises Http404 for a copy that stays closed."""
        super().load()
        envelope = self.copy.period.envelopes.filter(name=self.kwargs["envelope"]).first()
        if envelope is None or not self.copy.is_opened:
            raise Http404
        envelope.period = self.copy.period
        self.envelope = envelope

    def get_page_lead(self) -> str:
        """Which envelope."""
        return say(
            "%(envelope)s. Un fichier à la fois : il rejoint les pièces du candidat, marqué « copie de sauvegarde »."
        ) % {"envelope": self.envelope.get_name_display()}

    def get_form(self, form_class: Any = None) -> ContentForm:
        """The file, and the amounts where nothing gave them."""
        sent = (self.request.POST, self.request.FILES) if self.request.method == "POST" else ()
        asks_prices = copies.lacks_prices(self.copy, self.envelope)
        return ContentForm(*sent, period=self.copy.period, envelope=self.envelope, asks_prices=asks_prices)

    def act(self, form: ContentForm) -> CopyFile:
        """Ask the antivirus, then bring it."""
        file = form.cleaned_data["file"]
        scanned = scanning.scan(file)
        file.seek(0)
        return copies.record_content(
            copy=self.copy, envelope=self.envelope, label=form.cleaned_data["label"], scanned=scanned,
            file=stage(file, name=file.name), answers=form.answers(), actor=self.actor, now=self.now,
        )  # fmt: skip

    def get_success_url(self) -> str:
        """The same page: there may be others."""
        return self.request.path

    def get_success_message(self) -> str:
        """What the antivirus found in it, if anything."""
        if self.result.stored_file.is_quarantined:
            return say("Un programme malveillant y est trouvé : la copie est écartée, et doit être détruite.")
        return say("Le fichier est versé.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was brought already."""
        return super().get_context_data(files=self.copy.files.select_related("stored_file", "envelope"), **kwargs)


class DestroyCopy(OneCopyAct):
    """A copy that stayed closed, or was discarded, is destroyed."""

    action = "backup.open"
    template_name = "submissions/copy.html"
    form_class = DestructionForm
    page_title = _("Détruire une copie de sauvegarde")
    page_lead = _("Détruisez-la d’abord, puis inscrivez-le : le site en établit le certificat. C’est sans retour.")
    submit_label = _("Inscrire la destruction")
    success_message = _("La destruction est inscrite. Le certificat est en préparation.")

    def act(self, form: DestructionForm) -> BackupCopy:
        """Record it."""
        return copies.destroy_copy(copy=self.copy, how=form.cleaned_data["how"], actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether nobody would be told of it, as long as nothing says whose it was."""
        return super().get_context_data(is_nameless=not self.copy.sender, **kwargs)

    def get_success_message(self) -> str:
        """What is next."""
        return super().get_success_message() + told(self.copy)


def told(copy: BackupCopy) -> str:
    """Whether the sender was told, or has to be."""
    if copies.reader_of(copy) is not None:
        return " " + say("L’entreprise est prévenue par courriel.")
    if not copy.sender:
        return " " + say("Son expéditeur n’est pas inscrit : personne n’est prévenu.")
    return " " + say("Personne n’a de compte pour cet expéditeur : prévenez-le vous-même.")
