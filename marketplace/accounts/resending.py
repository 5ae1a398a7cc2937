"""A form sent once its session or its token is over: the page that answers holds what was typed, to send it again.

Without JavaScript it is the only copy. Nothing of it is kept by the server.
"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.csrf import csrf_failure

# Of a second factor; the key of a custodian, or what it took out.
SECRETS = frozenset({"code", "credential", "key_line", "proofs"})
# Upon what a page was typed: sent again with the text, and no text by themselves.
APART = frozenset({"version", "written"})


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What was posted, as hidden inputs; empty when there is nothing to lose, or a secret among it."""
    if request.method != "POST" or any("password" in name or name in SECRETS for name in request.POST):
        return []
    fields = [(name, text) for name, texts in request.POST.lists() for text in texts if name != "csrfmiddlewaretoken"]
    return fields if any(text.strip() and name not in APART for name, text in fields) else []


def session_over(request: HttpRequest) -> HttpResponse | None:
    """The page that holds what a visitor typed while signed in; None when they typed nothing."""
    # The programs of pages keep their own text, and read a redirection; a view without the common check of the token
    # reads its body by itself, and only for people whom it knows.
    match = request.resolver_match
    if request.headers.get("X-Autosave") or (match and getattr(match.func, "csrf_exempt", False)):
        return None
    if not (fields := typed_fields(request)):
        return None
    address = request.get_full_path()
    door = f"{reverse('account_login')}?{urlencode({'next': address})}"
    return _held(request, fields, door=door, status=HTTPStatus.UNAUTHORIZED)


def token_over(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is another session's. What another site sent is never offered to be sent again."""
    own = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") == own and (fields := typed_fields(request)):
        return _held(request, fields, status=HTTPStatus.FORBIDDEN)
    return csrf_failure(request, reason=reason)


def _held(request: HttpRequest, fields: list[tuple[str, str]], *, status: int, door: str = "") -> HttpResponse:
    shown = {
        "fields": fields,
        "texts": [text for name, text in fields if text.strip() and name not in APART],
        "door": door,
        "has_files": bool(request.FILES),
        "address": request.get_full_path(),
    }
    answer = render(request, "accounts/resend.html", shown, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
