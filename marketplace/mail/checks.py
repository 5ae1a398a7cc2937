"""A system check: every kind of mail has its texts, and a subject that fits."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from marketplace.mail.kinds import LONGEST_SUBJECT, Kind, all_kinds

_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")


def check_kinds(**kwargs: Any) -> list[CheckMessage]:
    """What is missing or too long among the texts of the registered kinds."""
    return [fault for kind in all_kinds() for fault in _faults(kind)]


def _faults(kind: Kind) -> Iterator[CheckMessage]:
    for name in (kind.subject_template, kind.template):
        try:
            source = get_template(name).template.source
        except (TemplateDoesNotExist, TemplateSyntaxError) as error:
            yield Error(f"mail {kind.code}: {name} cannot be read ({error})", id="mail.E001")
            continue
        if name == kind.subject_template and len(_TAG.sub("", source).strip()) > LONGEST_SUBJECT:
            yield Error(f"mail {kind.code}: the subject is longer than {LONGEST_SUBJECT} signs", id="mail.E002")
    if not kind.because.endswith("."):
        yield Error(f"mail {kind.code}: `because` ends a sentence, full stop included", id="mail.E003")
