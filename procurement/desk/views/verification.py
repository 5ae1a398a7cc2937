"""Verification by anyone: documents by their fingerprint, receipts by the public keys and a tool of their own."""

import re
from importlib import resources
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from marketplace.accounts.pages import Page
from marketplace.journal import keys
from procurement.desk.issued import issued
from procurement.submissions import program, standalone

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
VERIFIER = "verify_receipt.py"


class FingerprintForm(forms.Form):
    """The fingerprint of a document, computed by the browser or by the person."""

    fingerprint = forms.CharField(
        label=gettext_lazy("Empreinte SHA-256 du document"),
        help_text=gettext_lazy("64 caractères, de 0 à 9 et de a à f."),
        widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_fingerprint(self) -> str:
        """The 64 characters. Raises ValidationError for anything else."""
        text = "".join(self.cleaned_data["fingerprint"].lower().split())
        if not FINGERPRINT.fullmatch(text):
            raise forms.ValidationError(
                _("Une empreinte compte 64 caractères, de 0 à 9 et de a à f : vérifiez la copie.")
            )
        return text


class Verify(Page):
    """Say whether a document was issued here: who holds it has its fingerprint, nobody else learns anything."""

    public = True
    template_name = "desk/verify.html"
    page_title = gettext_lazy("Vérifier un document")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The answer, once asked."""
        form = FingerprintForm(self.request.GET if "fingerprint" in self.request.GET else None)
        was_asked = form.is_bound and form.is_valid()
        answer = issued(form.cleaned_data["fingerprint"]) if was_asked else None
        return super().get_context_data(form=form, answer=answer, was_asked=was_asked, **kwargs)


@require_safe
def public_keys(request: HttpRequest) -> JsonResponse:
    """The public keys of receipts, checkpoints and documents (sealed-bids B.7)."""
    return JsonResponse(keys.public_keys(), json_dumps_params={"ensure_ascii": False})


@require_safe
def sealing_program(request: HttpRequest) -> JsonResponse:
    """The program that seals in browsers today: its files, their SHA-256, and the fingerprint of receipts (B.10)."""
    files = {name: static(f"submissions/{name}") for name in program.FILES}
    return JsonResponse({**program.announcement(), "addresses": files}, json_dumps_params={"ensure_ascii": False})


@require_safe
def receipt_verifier(request: HttpRequest) -> HttpResponse:
    """The tool that verifies a receipt without this site, as one file."""
    source = resources.files(standalone).joinpath(VERIFIER).read_bytes()
    named = {"Content-Disposition": f'attachment; filename="{VERIFIER}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(source, content_type="text/x-python; charset=utf-8", headers=named)
