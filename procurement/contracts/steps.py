"""What stands between a chosen partner and the close of its contract, as tasks: done, to do, blocked and why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.ui.formats import day_words
from procurement.contracts.models import Signature
from procurement.contracts.reading import Dossier


@dataclass(frozen=True, slots=True)
class Step:
    """One task: `state` is one of the kit's (todo, doing, done, fix, blocked)."""

    label: str
    state: str
    href: str = ""
    hint: str = ""
    note: str = ""


def steps_of(dossier: Dossier) -> list[Step]:
    """Every step of a contract, in order, for the buyer's team; acts refuse by themselves what comes too early."""
    steps = [_complete(dossier), _holder(dossier), _identity(dossier), _buyer(dossier), _prefect(dossier)]
    steps += [_notification(dossier), _receipt(dossier), _close(dossier)]
    return [step for step in steps if step is not None]


def summary_of(steps: list[Step]) -> tuple[int, list[Step]]:
    """How many steps are done, and those that somebody can do now."""
    return sum(step.state == "done" for step in steps), [one for one in steps if one.state in {"todo", "doing", "fix"}]


def _address(dossier: Dossier, view: str) -> str:
    contract = dossier.contract
    return reverse(f"contracts:{view}", args=[contract.call.reference, contract.lot.number, contract.number])


def _complete(dossier: Dossier) -> Step:
    label = _("Compléter le contrat")
    if dossier.missing:
        hint = _("Il manque : %(fields)s.") % {"fields": " ; ".join(dossier.missing)}
        return Step(label, "todo", _address(dossier, "complete"), hint)
    return Step(label, "done", "" if dossier.signatures else _address(dossier, "complete"))


def _holder(dossier: Dossier) -> Step:
    label = _("Signature du partenaire")
    signed = dossier.holder_signature
    if signed is not None:
        return Step(label, "done", hint=_who(signed))
    if dossier.missing:
        return Step(label, "blocked", hint=_("Le contrat n’est pas complet."))
    refused = next((row for row in dossier.refusals if row.side == Signature.Side.HOLDER), None)
    hint = _("Il signe depuis son espace ; sur papier, vous consignez sa signature ici.")
    if refused is not None:
        hint = _("Refus de signer : %(reasons)s") % {"reasons": refused.reasons}
    return Step(label, "fix" if refused else "todo", _address(dossier, "record_paper"), hint)


def _identity(dossier: Dossier) -> Step | None:
    signed = dossier.holder_signature
    if signed is None or signed.road != Signature.Road.PADES:
        return None
    label = _("Confirmer l’identité du signataire")
    if signed.identity_checked_at is not None:
        return Step(label, "done", hint=_("Par %(person)s") % {"person": signed.identity_checked_by})
    return Step(label, "todo", _address(dossier, "confirm_identity"))


def _buyer(dossier: Dossier) -> Step:
    label = _("Signature de l’acheteur")
    signed = dossier.buyer_signature
    if signed is not None:
        return Step(label, "done", hint=_who(signed))
    if dossier.holder_signature is None:
        return Step(label, "blocked", hint=_("Le partenaire signe d’abord."))
    return Step(
        label, "todo", reverse("contracts:sign", args=[dossier.contract.pk]),
        _("Par un signataire de l’appel, une fois le délai de suspension passé."),
    )  # fmt: skip


def _prefect(dossier: Dossier) -> Step | None:
    if not dossier.must_be_transmitted:
        return None
    label, contract = _("Transmission au préfet"), dossier.contract
    if contract.transmitted_at is not None:
        receipt = contract.prefect_transmission.receipt_number
        return Step(label, "done", hint=_("Accusé n° %(number)s") % {"number": receipt})
    if contract.signed_at is None:
        return Step(label, "blocked", hint=_("Après les deux signatures."))
    hint = _("Avant le %(day)s.") % {"day": day_words(dossier.transmit_before)}
    return Step(label, "todo", _address(dossier, "transmit"), hint)


def _notification(dossier: Dossier) -> Step:
    label, contract = _("Notification au partenaire"), dossier.contract
    if contract.notification_letter is not None:
        left_at = contract.notification_letter.left_at
        if left_at is None:
            href = reverse("desk:messages", args=[contract.call.reference])
            return Step(label, "doing", href, _("À envoyer par l’autre profil d’acheteur, puis à consigner."))
        sent = day_words(left_at)
        return Step(label, "done", hint=_("Envoyée le %(day)s") % {"day": sent})
    if contract.signed_at is None:
        return Step(label, "blocked", hint=_("Après les deux signatures."))
    if dossier.must_be_transmitted and contract.transmitted_at is None:
        return Step(label, "blocked", hint=_("Après la transmission au préfet."))
    return Step(label, "todo", _address(dossier, "notify"))


def _receipt(dossier: Dossier) -> Step:
    label, contract = _("Réception par le partenaire"), dossier.contract
    if contract.notified_at is not None:
        return Step(label, "done", hint=_("Le %(day)s") % {"day": day_words(contract.notified_at)})
    if contract.notification_letter is None:
        return Step(label, "blocked", hint=_("Après la notification."))
    hint = _("Le partenaire accuse réception depuis son espace, ou vous consignez la date de son accusé.")
    return Step(label, "doing", _address(dossier, "record_receipt"), hint)


def _close(dossier: Dossier) -> Step:
    label, contract = _("Clôture"), dossier.contract
    if contract.stopped_at is not None:
        return Step(
            label, "done", hint=_("Arrêté le %(day)s") % {"day": day_words(contract.stopped_at)}, note=_("Arrêté")
        )
    if contract.closed_at is not None:
        return Step(label, "done", hint=_("Clos le %(day)s") % {"day": day_words(contract.closed_at)})
    if contract.notified_at is None:
        return Step(label, "blocked", hint=_("Après l’exécution."))
    return Step(label, "todo", _address(dossier, "close"), _("Quand tout est remis, décidé et reçu."), _("À venir"))


def _who(signature: Signature) -> str:
    return _("%(person)s, le %(day)s, %(road)s") % {
        "person": signature.signatory, "day": day_words(signature.signed_at),
        "road": _("sur papier") if signature.road == Signature.Road.WET_INK else _("signature PAdES vérifiée"),
    }  # fmt: skip
