"""The sheet that town halls print: the same three questions, by hand."""

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from marketplace.ui.printing import render_pdf

KEPT = 24 * 3600
"""Seconds for which a rendering serves: it is the same for everybody, and takes a second to make."""


def printed() -> bytes:
    """The sheet as PDF, with the address of this site."""
    return cache.get_or_set(f"needs:sheet:{settings.SITE_URL}", _render, KEPT)


def _render() -> bytes:
    facts = {"site": settings.SITE_NAME, "address": f"{settings.SITE_URL.rstrip('/')}{reverse('needs:propose')}"}
    return render_pdf("pdf/needs/sheet.html", facts, title="Exprimer un besoin")
