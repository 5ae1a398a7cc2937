"""Looking for a co-contractor on an open call: said among firms, until the first deadline, never to the buyer (B.9).

Acts stand in the chain of the site and name the firm alone: the file of the call never tells who thinks of answering.
"""

import re
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.accounts.own_data import register_export
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send
from procurement.calls.models import Call, Lot, PartnerSearch
from procurement.calls.models.partners import first_deposit_ahead
from procurement.calls.services.following import forget_expired

MESSAGE = "calls.partner_message"
COPY = "calls.partner_message_copy"
LONGEST_MESSAGE = 500
"""Signs of a message: it travels whole in a mail."""

_ADDRESS = re.compile(r"@|https?:|www\.|(?:\d[ .\-\u00a0\u202f]?){9,}", re.IGNORECASE)


def is_time(call: Call, now: datetime) -> bool:
    """Whether firms may still look for one another on this call."""
    return call.is_published and Lot.objects.filter(first_deposit_ahead(now), call=call).exists()


def post(*, call: Call, firm: Organisation, kind: str, text: str, actor: Actor, now: datetime) -> PartnerSearch:
    """Say to the other firms what this one looks for, or offers; a second time replaces the first.

    Records `partner_search.posted`. Raises NotAllowed for people of the buyer or of another organisation, Refusal once
    the first deadline is over, for an empty text or one that holds an address or a telephone number.
    """
    require(actor, "partners.read", call)
    require(actor, "fit.note", firm)
    with act(SITE_CHAIN, "partner_search.posted", actor=actor, now=now, subject=firm) as entry:
        entry.data["erased"] = forget_expired(now)
        refuse_ended(call, now)
        text = " ".join(text.split())
        if not text:
            raise Refusal(_("Écrivez ce que vous cherchez ou proposez."))
        if _ADDRESS.search(text):
            raise Refusal(_("Retirez l’adresse ou le numéro : les entreprises vous écrivent par le site."))
        told = {"kind": PartnerSearch.Kind(kind), "text": text, "posted_at": now, "posted_by_id": actor.user_id}
        found, _created = PartnerSearch.objects.update_or_create(call=call, organisation=firm, defaults=told)
        found.full_clean(exclude=["call", "organisation", "posted_by"])
    return found


def withdraw(*, search: PartnerSearch, actor: Actor, now: datetime) -> None:
    """Take back what the firm said: it is erased. Doing it again is harmless.

    Records `partner_search.withdrawn`. Raises NotAllowed for people of another organisation.
    """
    require(actor, "fit.note", search.organisation)
    with act(SITE_CHAIN, "partner_search.withdrawn", actor=actor, now=now, subject=search.organisation) as entry:
        entry.data["erased"] = forget_expired(now)
        PartnerSearch.objects.filter(pk=search.pk).delete()


def write_to(*, search: PartnerSearch, sender: Organisation, text: str, actor: Actor, now: datetime) -> None:
    """Write to a firm that looks for a partner: its address is not shown, it answers if it wants to.

    The mail leaves for whoever wrote the words and for the owners of the account, with the address of the person who
    writes, who gets a copy. Records `partner_search.answered`. Raises NotAllowed for people of the buyer or of another
    organisation than the sender, Refusal once the first deadline is over, to oneself, or where nobody takes such mails.
    """
    require(actor, "partners.read", search.call)
    require(actor, "fit.note", sender)
    with act(SITE_CHAIN, "partner_search.answered", actor=actor, now=now, subject=sender):
        refuse_ended(search.call, now)
        if search.organisation_id == sender.pk:
            raise Refusal(_("C’est votre propre annonce : écrivez à une autre entreprise."))
        text = text.strip()
        if not text:
            raise Refusal(_("Écrivez votre message."))
        author = User.objects.get(pk=actor.user_id)
        context = {
            "reference": search.call.reference,
            "firm": sender.name,
            "name": author.get_full_name() or author.email,
            "email": author.email,
            "message": text,
            "path": reverse("desk:partners", args=[search.call.reference]),
        }
        reached = [send(MESSAGE, person, context, now) for person in _readers(search)]
        if not any(reached):
            raise Refusal(_("Cette entreprise ne reçoit pas de message par le site : écrivez-lui ailleurs."))
        send(COPY, author, {**context, "firm": search.organisation.name}, now)


def refuse_ended(call: Call, now: datetime) -> None:
    """Raises Refusal once the first deposit of the call is over."""
    if not is_time(call, now):
        raise Refusal(_("Le premier dépôt de cet appel est clos : les groupements ne se forment plus."))


def _readers(search: PartnerSearch) -> list[User]:
    """Whoever wrote the words, while they belong to the firm, and the owners of its account; each once."""
    wanted = Q(role=Membership.Role.OWNER) | Q(user=search.posted_by_id)
    rows = Membership.objects.active().filter(wanted, organisation=search.organisation_id).select_related("user")
    return list({row.user_id: row.user for row in rows.order_by("pk")}.values())


def _own_words(user: User) -> list[dict[str, str]]:
    rows = PartnerSearch.objects.filter(posted_by=user).select_related("call")
    return [{"appel": str(one.call), "texte": one.text, "le": one.posted_at.isoformat()} for one in rows]


register_export("recherches de cotraitants", _own_words)
