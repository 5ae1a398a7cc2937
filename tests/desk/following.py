"""Links of the mails about calls, as people find them in their letter-box."""

import re

from django.conf import settings

from marketplace.mail.models import Message


def link_in_mail(address: str, part: str) -> str:
    """Path of the latest link to `part` (« suivi/confirmer », « suivi/arreter », « question ») sent to an address."""
    mails = Message.objects.filter(address=address, body__contains=f"/appels/{part}/")
    body = mails.order_by("-queued_at", "-pk").first().body
    return re.findall(rf"{re.escape(settings.SITE_URL)}(/appels/{part}/\S+)", body)[-1]


def told(kind: str = "calls.news") -> list[str]:
    """Addresses that were written to, in order."""
    return sorted(Message.objects.filter(kind__startswith=kind).values_list("address", flat=True))
