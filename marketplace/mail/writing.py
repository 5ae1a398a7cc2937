"""The text of a mail: a subject of one short line, a text without markup, and why the person receives it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template

from marketplace.mail.kinds import LONGEST_SUBJECT, Kind

LONGEST_VALUE = 500
"""Signs of a text put into a mail: it announces and points to the site, where the content is read."""

_VOWELS = tuple("aeiouyéèêàâîôù")

LEGAL_FOOTER = "Cette notification fait partie de la procédure : elle ne peut pas être désactivée."
OPTIONAL_FOOTER = "Pour ne plus la recevoir, décochez-la dans votre compte, rubrique Courriels, ou ouvrez ce lien :"
VISITOR_FOOTER = "Votre adresse n’est montrée à personne et ne sert à rien d’autre."


def write(kind: Kind, context: Mapping[str, Any], *, greeting: str = "", stop_path: str = "") -> tuple[str, str]:
    """Subject and text of a mail.

    Args:
        kind: What is announced.
        context: Texts of `LONGEST_VALUE` signs at most, numbers, dates. Never a file, a row or a bid.
        greeting: Name of the person, empty when unknown.
        stop_path: Where the person switches this kind off, empty when they cannot.

    Raises:
        TypeError: A value is neither a short text nor a number nor a date.
    """
    for name, value in context.items():
        _refuse_content(name, value)
    values = {"site": settings.SITE_NAME, "site_url": settings.SITE_URL, **context}
    subject = shortened(" ".join(_render(kind.subject_template, values).split()))
    text = _render(
        "mail/layout.txt",
        values
        | {
            "greeting": greeting,
            "text": _render(kind.template, values).strip(),
            "because": f"parce qu’{kind.because}" if kind.because.startswith(_VOWELS) else f"parce que {kind.because}",
            "footer": _footer(kind, stop_path),
        },
    )
    return subject, text


def _footer(kind: Kind, stop_path: str) -> str:
    if kind.is_for_visitors:
        return VISITOR_FOOTER
    if kind.is_legal_notice or not stop_path:
        return LEGAL_FOOTER if kind.is_legal_notice else ""
    return f"{OPTIONAL_FOOTER}\n{settings.SITE_URL}{stop_path}"


def shortened(subject: str) -> str:
    """The subject cut at a word when a name made it longer than a telephone shows: a mail is never held up by that."""
    if len(subject) <= LONGEST_SUBJECT:
        return subject
    return subject[: LONGEST_SUBJECT - 1].rsplit(" ", 1)[0].rstrip(" ,:;–") + "…"


def _render(template: str, values: Mapping[str, Any]) -> str:
    # Text, not HTML: escaping would send « &amp; » and « &#x27; » to people.
    return get_template(template).template.render(Context(dict(values), autoescape=False))


def _refuse_content(name: str, value: Any) -> None:
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        raise TypeError(f"{name} is longer than {LONGEST_VALUE} signs: link to it")
    if value is not None and not isinstance(value, (str, int, Decimal, date)):
        raise TypeError(f"{name} is a {type(value).__name__}: a mail holds short texts, numbers and dates")
