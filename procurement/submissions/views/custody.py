"""Who keeps the keys of a call: appointed, given their kits, asked to try them. Each custodian's own page."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import can
from procurement.calls.models import Call, SubmissionPeriod
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.law.opening import GRACE
from procurement.submissions.custody import (
    Appointee,
    RecoveryKit,
    appoint_custodians,
    prepare_keys,
    rehearse_custodian,
    renew_key,
    to_rehearse,
)
from procurement.submissions.forms.custody import AppointForm, KitForm, RenewForm
from procurement.submissions.key_proofs import Handed
from procurement.submissions.models import Custodian, EnvelopeWrap, KeyRehearsal
from procurement.submissions.periods import code_of, period_of
from procurement.submissions.views.key_acts import KeyAct
from procurement.submissions.views.opening import SealedHereMixin

READ_ME = (
    "Clés de secours de l’appel %(reference)s\r\n\r\n"
    "Remettez à chaque gardien sa clé, et à lui seul : en main propre, sur une clé USB ou imprimée.\r\n"
    "La troisième se garde sur papier, sous enveloppe fermée.\r\n"
    "Puis effacez ce dossier de votre poste. Le site n’a pas gardé ces clés et ne peut pas les refaire.\r\n"
    "Chaque gardien peut aussi refaire la sienne dans « Mes clés », tant que les plis n’ont pas leurs clés.\r\n"
)


@dataclass(frozen=True, slots=True)
class PeriodKeys:
    """The keys of a period: shared or not, and who tried theirs."""

    period: SubmissionPeriod
    code: str
    is_prepared: bool
    tried: list[tuple[Custodian, datetime | None]]


def keys_of(lots: list[Any], custodians: list[Custodian]) -> list[PeriodKeys]:
    """Each period of the lots with the state of its keys; a constant number of queries."""
    periods = list(SubmissionPeriod.objects.filter(lot__in=lots).select_related("lot").prefetch_related("deadlines"))
    prepared = set(EnvelopeWrap.objects.filter(period__in=periods).values_list("period_id", flat=True))
    tried = {
        (row.period_id, row.custodian_id): row.at
        for row in KeyRehearsal.objects.filter(period__in=periods, partner=None)
    }
    return [
        PeriodKeys(
            period,
            code_of(period),
            period.pk in prepared,
            [(one, tried.get((period.pk, one.pk))) for one in custodians],
        )
        for period in periods
    ]


class Custodians(SealedHereMixin, WorkspacePage):
    """The three custodians of a call, and the keys of each period."""

    template_name = "submissions/custodians.html"
    section = "gardiens"
    page_title = _("Gardiens des clés")
    page_lead = _("Trois personnes gardent chacune une clé. Il en faut deux, ensemble, pour ouvrir les plis.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Custodians and periods."""
        custodians = list(Custodian.objects.serving(self.call).select_related("user", "outside_body"))
        return super().get_context_data(
            custodians=custodians,
            keys=keys_of(self.lots, custodians),
            can_appoint=bool(can(self.actor, "custodians.appoint", self.call)),
            **kwargs,
        )


class Appoint(SealedHereMixin, WorkspaceAct):
    """Appoint three custodians. Their keys are made in the browser, else here and given once, in the answer."""

    section = "gardiens"
    action = "custodians.appoint"
    form_class = AppointForm
    template_name = "submissions/appoint.html"
    page_title = _("Désigner les trois gardiens")
    page_lead = _("Trois personnes, trois clés : il en faudra deux, ensemble, pour ouvrir les plis.")
    submit_label = _("Désigner et télécharger les trois clés")
    success_message = _("Les trois gardiens sont désignés. Remettez à chacun sa clé, et à lui seul.")
    law = (
        _("Ce que dit la loi"),
        _("L’accès aux réponses est limité aux personnes désignées, à deux, et jamais avant l’heure limite."),
        "Annexe 8, article 2",
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The call, whose team may be chosen."""
        return {**super().get_form_kwargs(), "call": self.call}

    def get_back_url(self) -> str:
        """The custodians."""
        return reverse("submissions:custodians", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The custodians."""
        return self.get_back_url()

    def act(self, form: AppointForm) -> list[RecoveryKit]:
        """Appoint, with the keys that the browser made if it did."""
        appointees = [Appointee(person, recipient=key) for person, key in form.appointees()]
        return appoint_custodians(call=self.call, appointees=appointees, actor=self.actor, now=self.now)

    def form_valid(self, form: AppointForm) -> HttpResponse:
        """The kits made here as one archive, one file a custodian: the only answer that ever holds them."""
        response = super().form_valid(form)
        if not self.result:
            return response
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as target:
            target.writestr("LISEZ-MOI.txt", READ_ME % {"reference": self.call.reference})
            for kit in self.result:
                target.writestr(_file_name(kit), kit.file)
        return _download(archive.getvalue(), f"cles-{self.call.reference}.zip", "application/zip")


class PrepareKeys(SealedHereMixin, WorkspaceAct):
    """Make the keys of the envelopes of a period, and share them among the custodians."""

    section = "gardiens"
    action = "custodians.appoint"
    page_title = _("Préparer les clés des plis")
    page_lead = _(
        "Chaque pli reçoit sa clé, partagée entre les trois gardiens. Chacun devra ensuite essayer la sienne : la "
        "période n’ouvre pas avant."
    )
    submit_label = _("Préparer les clés")
    success_message = _("Les clés sont prêtes. Chaque gardien doit maintenant essayer la sienne.")

    def load(self) -> None:
        """Read the period. Raises Http404."""
        super().load()
        period = period_of(self.lot, self.kwargs["period"])
        if period is None:
            raise Http404
        self.period = period

    def act(self, form: forms.Form) -> Any:
        """Prepare."""
        return prepare_keys(period=self.period, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The custodians."""
        return reverse("submissions:custodians", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The custodians."""
        return self.get_back_url()


@dataclass(frozen=True, slots=True)
class Guarded:
    """A call of which a person keeps a key, and what it asks of them."""

    custodian: Custodian
    periods: list[tuple[PeriodKeys, str]]
    can_renew: bool


class CustodyHome(Page):
    """What I keep, and what is asked of me. Before a deadline nothing but the deadline is told."""

    template_name = "submissions/custody_home.html"
    page_title = _("Mes clés")
    page_lead = _("Ce que vous gardez, et ce qu’on attend de vous.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One block a call."""
        kept = Custodian.objects.filter(user_id=self.actor.user_id, ended_at__isnull=True, call__deposit_at="")
        kept = kept.select_related("call__lead_buyer")
        return super().get_context_data(guarded=[self._guarded(one) for one in kept], **kwargs)

    def _guarded(self, custodian: Custodian) -> Guarded:
        keys = keys_of(list(custodian.call.lots.all()), [custodian])
        asked = [(one, self._asked(one)) for one in keys if one.is_prepared]
        return Guarded(custodian, asked, can_renew=not asked)

    def _asked(self, keys: PeriodKeys) -> str:
        """« try », « open », « done » or « wait »."""
        if keys.tried[0][1] is None:
            return "try"
        if self.now <= keys.period.closes_at() + GRACE:
            return "wait"
        return "open"


class OwnKey(ActView):
    """An act of a custodian upon the call whose key they keep; anybody else gets 404."""

    custodian: Custodian
    call: Call

    def load(self) -> None:
        """Read the custodian. Raises Http404."""
        kept = Custodian.objects.filter(user_id=self.actor.user_id, ended_at__isnull=True)
        kept = kept.filter(call__reference=self.kwargs["reference"], call__deposit_at="")
        found = kept.select_related("call__lead_buyer").first()
        if found is None:
            raise Http404
        self.custodian, self.call = found, found.call

    def allowed(self) -> Any:
        """Custodians of the team."""
        return can(self.actor, "keys.use", self.call)

    def get_back_url(self) -> str:
        """One's keys."""
        return reverse("submissions:custody_home")

    def get_success_url(self) -> str:
        """One's keys."""
        return self.get_back_url()


class RenewKey(OwnKey):
    """Make one's own key anew: then nobody but the custodian ever held it."""

    form_class = RenewForm
    template_name = "submissions/renew_key.html"
    page_title = _("Refaire ma clé")
    page_lead = _("La clé qu’on vous avait remise ne servira plus à rien : vous serez seul à avoir la nouvelle.")
    submit_label = _("Refaire et télécharger ma clé")
    success_message = _("Votre nouvelle clé est inscrite. Rangez-la hors de ce site.")

    def act(self, form: RenewForm) -> RecoveryKit | None:
        """Renew, with the key that the browser made if it did."""
        return renew_key(call=self.call, actor=self.actor, now=self.now, recipient=form.cleaned_data["key"])

    def form_valid(self, form: RenewForm) -> HttpResponse:
        """The kit made here: the only answer that ever holds it."""
        response = super().form_valid(form)
        if not self.result:
            return response
        return _download(self.result.file.encode(), _file_name(self.result), "text/plain; charset=utf-8")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whose key."""
        return super().get_context_data(custodian=self.custodian, call=self.call, **kwargs)


class Rehearse(KeyAct, OwnKey):
    """Try one's key on the real shared keys of a period."""

    template_name = "submissions/key_act.html"
    page_title = _("Essayer ma clé")
    submit_label = _("Essayer ma clé")

    def load(self) -> None:
        """Read the period. Raises Http404."""
        super().load()
        lot = self.call.lots.filter(number=self.kwargs["number"]).first()
        period = period_of(lot, self.kwargs["period"]) if lot else None
        if period is None:
            raise Http404
        self.period = period

    def get_page_lead(self) -> str:
        """Which period."""
        return say(
            "%(kind)s, appel %(reference)s. Vous prouvez que votre clé ouvre bien sa part, sans rien ouvrir."
        ) % {
            "kind": self.period.get_kind_display(),
            "reference": self.call.reference,
        }

    def hand_out(self) -> Handed:
        """The wraps where this custodian comes first, and what others left for them."""
        return to_rehearse(period=self.period, actor=self.actor)

    def act(self, form: KitForm) -> Any:
        """Rehearse."""
        return rehearse_custodian(period=self.period, actor=self.actor, now=self.now, **form.cleaned_data["shown"])

    def get_success_message(self) -> str:
        """How many are still to come."""
        if self.result.is_complete:
            return say("Votre clé est bonne. Les trois sont essayées : la période peut recevoir des réponses.")
        return say("Votre clé est bonne. Il reste à d’autres gardiens d’essayer la leur.")

    success_message = _("Votre clé est bonne.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The fingerprint to compare."""
        return super().get_context_data(custodian=self.custodian, **kwargs)


def _file_name(kit: RecoveryKit) -> str:
    return f"cle-de-secours-{kit.custodian.position}-{slugify(str(kit.custodian.user))}.txt"


def _download(content: bytes, name: str, media_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Cache-Control": "private, no-store",
        },
    )
