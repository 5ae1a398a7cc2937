"""Public pages: calls, one call, and the verification of documents and receipts."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from cms.catalogue.domains import DOMAINS
from marketplace.accounts.pages import Page, now_of
from marketplace.files.models import Rendering, StoredFile
from marketplace.journal import keys
from marketplace.journal.clock import now as read_clock
from procurement.calls.models import Call
from procurement.desk import public_calls
from procurement.desk.public_calls import State
from procurement.submissions.models import Receipt

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
TABS = (
    (State.OPEN, gettext_lazy("Ouverts")),
    (State.COMING, gettext_lazy("À venir")),
    (State.CLOSED, gettext_lazy("Clos")),
)
PER_PAGE = 12


class Calls(Page):
    """Published calls, by state and domain; the state of the list lies in its address."""

    public = True
    template_name = "desk/calls.html"
    page_title = gettext_lazy("Appels")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of calls."""
        asked = self.request.GET.get("etat", State.OPEN)
        state = State(asked) if asked in set(State) else State.OPEN
        domain = self.request.GET.get("domaine", "")
        domain = domain if domain in DOMAINS else ""
        page = Paginator(public_calls.calls_in(state, self.now, domain=domain), PER_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(
            state=state,
            tabs=[(label, f"?etat={code}&domaine={domain}", code == state) for code, label in TABS],
            domain=domain,
            domains=DOMAINS.values(),
            page=page,
            cards=public_calls.cards(list(page.object_list)),
            **kwargs,
        )


class CallPage(Page):
    """One call, as everybody reads it."""

    public = True
    template_name = "desk/call.html"

    def load(self) -> None:
        """Read the call. Raises Http404 while it is not published."""
        call = public_calls.published_calls().filter(reference=self.kwargs["reference"]).first()
        if call is None:
            raise Http404
        self.call: Call = call

    def get_page_title(self) -> str:
        """Title of the call."""
        return self.call.title

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page."""
        call, now = self.call, self.now
        lots = public_calls.lot_views(call)
        return super().get_context_data(
            call=call,
            need=getattr(call, "need", None),
            lots=lots,
            value=sum(view.total for view in lots),
            domain=public_calls.domain_label(call),
            is_open=bool(call.opens_at and call.opens_at <= now <= call.closes_at and not call.cancelled_at),
            is_coming=bool(call.opens_at and call.opens_at > now),
            documents=public_calls.documents(call),
            dates=public_calls.key_dates(call, now),
            history=public_calls.history(call),
            cancellations=[view.lot.cancellation for view in lots if hasattr(view.lot, "cancellation")],
            reply_url=_reply_url(call),
            **kwargs,
        )


def _reply_url(call: Call) -> str:
    """Where one answers: here, or at the other buyer profile, the only address."""
    if call.deposit_at:
        return call.deposit_at
    try:
        return reverse("submissions:start", args=[call.reference])
    except NoReverseMatch:
        return ""


class CallFeed(Feed):
    """Atom feed of open calls."""

    feed_type = Atom1Feed
    title = gettext_lazy("Appels ouverts")
    link = "/appels/"

    def items(self) -> list[Call]:
        """The fifty open calls with the nearest deadlines."""
        return list(public_calls.calls_in(State.OPEN, read_clock())[:50])

    def item_title(self, item: Call) -> str:
        """Reference and title."""
        return f"{item.reference} : {item.title}"

    def item_description(self, item: Call) -> str:
        """The object."""
        return item.object

    def item_link(self, item: Call) -> str:
        """The public page."""
        return reverse("desk:call", args=[item.reference])

    def item_updateddate(self, item: Call) -> datetime:
        """When it was published."""
        return item.published_at


class FingerprintForm(forms.Form):
    """The fingerprint of a document, computed by the browser or by the person."""

    fingerprint = forms.CharField(
        label=gettext_lazy("Empreinte SHA-256 du document"),
        help_text=gettext_lazy(
            "64 caractères, de 0 à 9 et de a à f. Elle se calcule sans que le fichier quitte votre appareil."
        ),
        widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_fingerprint(self) -> str:
        """The 64 characters. Raises ValidationError for anything else."""
        text = "".join(self.cleaned_data["fingerprint"].lower().split())
        if not FINGERPRINT.fullmatch(text):
            raise forms.ValidationError(
                _("Une empreinte compte 64 caractères, de 0 à 9 et de a à f : vérifiez la copie.")
            )
        return text


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Say whether a document was issued here: who holds it has its fingerprint, nobody else learns anything."""
    form = FingerprintForm(request.GET if "fingerprint" in request.GET else None)
    answer = _issued(form.cleaned_data["fingerprint"]) if form.is_valid() else None
    context = {
        "form": form,
        "answer": answer,
        "was_asked": form.is_bound and form.is_valid(),
        "page_title": _("Vérifier un document"),
        "now": now_of(request),
    }
    return render(request, "desk/verify.html", context)


def _issued(fingerprint: str) -> dict[str, Any] | None:
    """Title and instant of the document that has these bytes, None when we issued none."""
    stored = StoredFile.objects.filter(sha256=fingerprint).values_list("pk", flat=True)
    rendering = Rendering.objects.filter(stored_file__in=list(stored)).select_related("document").first()
    if rendering is None:
        return None
    receipt = Receipt.objects.filter(document=rendering.document).first()
    return {"title": rendering.document.title, "at": rendering.rendered_at, "receipt": receipt}


@require_safe
def public_keys(request: HttpRequest) -> JsonResponse:
    """The public keys of receipts, checkpoints and documents (sealed-bids B.7)."""
    return JsonResponse(keys.public_keys(), json_dumps_params={"ensure_ascii": False})
