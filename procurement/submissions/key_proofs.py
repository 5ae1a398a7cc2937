"""What a custodian shows of their key for one act: the key itself, or what their browser took out with it (B.3).

Without a program in the page the key is sent, and serves in memory. With one, the browser is handed the wraps that wait
for this custodian (`Handed`), removes their layer, and sends what was under it (`Proofs`): the key stays there. Acts
ask both in the same words, and check what they answer against the same records.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from marketplace.journal.errors import Refusal
from procurement.calls.models import SubmissionPeriod
from procurement.submissions import keywraps
from procurement.submissions.canonical import Unreadable
from procurement.submissions.keywraps import Custody
from procurement.submissions.models import Custodian, EnvelopeWrap, PeeledLayer

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, repr=False)
class GivenKey:
    """The custodian's own key, given to the site for the time of an act."""

    identity: str

    def check_belongs_to(self, custodian: Custodian) -> None:
        """Raise Refusal for what is no key, or not the key of this custodian."""
        try:
            recipient = keywraps.recipient_of(self.identity)
        except Unreadable as error:
            raise Refusal(str(error)) from error
        if recipient != custodian.recipient:
            raise Refusal(
                "Cette clé n’est pas la vôtre pour cet appel : prenez le kit qui porte l’empreinte "
                f"{custodian.fingerprint}."
            )

    def inner_layer(self, wrap: EnvelopeWrap) -> bytes:
        """What is left of a wrap without the outer layer. Raises Unreadable."""
        return keywraps.peel_outer(bytes(wrap.blob), self.identity, inner_sha256=wrap.inner_sha256)

    def prove(self, wrap: EnvelopeWrap) -> None:
        """Show that the outer layer of a wrap comes off. Raises Unreadable."""
        self.inner_layer(wrap)

    def envelope_key(self, layer: PeeledLayer) -> str:
        """The envelope's key, under the layer that another custodian left. Raises Unreadable."""
        return keywraps.peel_inner(bytes(layer.blob), self.identity, **_expected(layer.wrap))

    def for_opening(self, layer: PeeledLayer) -> dict[str, str]:
        """What the opening process needs to remove the inner layer itself."""
        return {
            "inner": bytes(layer.blob).hex(),
            "inner_sha256": layer.wrap.inner_sha256,
            "identity": self.identity,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Proofs:
    """What a browser took out with the custodian's key, by id of wrap.

    Attributes:
        layers: Inner layers, still sealed to the second custodian.
        hashes: SHA-256 of inner layers that have no reason to leave the browser.
        payloads: What was under an inner layer: the key of an envelope, with its context.
    """

    layers: Mapping[str, bytes] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    payloads: Mapping[str, bytes] = field(default_factory=dict)

    def check_belongs_to(self, custodian: Custodian) -> None:
        """Nothing here: only the key of this custodian takes out what the acts then compare."""

    def inner_layer(self, wrap: EnvelopeWrap) -> bytes:
        """The layer sent for a wrap, if it is the one recorded. Raises Unreadable, and Refusal without it."""
        return keywraps.check_inner(_sent(self.layers, wrap), inner_sha256=wrap.inner_sha256)

    def prove(self, wrap: EnvelopeWrap) -> None:
        """Compare the hash sent for a wrap. Raises Unreadable, and Refusal without it."""
        keywraps.check_inner_hash(_sent(self.hashes, wrap), inner_sha256=wrap.inner_sha256)

    def envelope_key(self, layer: PeeledLayer) -> str:
        """The key sent for a layer, if it is that of the envelope. Raises Unreadable, and Refusal without it."""
        return keywraps.read_payload(_sent(self.payloads, layer.wrap), **_expected(layer.wrap))

    def for_opening(self, layer: PeeledLayer) -> dict[str, str]:
        """What the opening process compares with the public key first. Raises Refusal without it."""
        return {"payload": _sent(self.payloads, layer.wrap).hex()}


ShownKey = GivenKey | Proofs


@dataclass(frozen=True, slots=True)
class Handed:
    """What the browser of one custodian is handed for one act.

    Attributes:
        custodian: To whom all of it is addressed.
        to_remove: Wraps whose inner layer is to be sent.
        to_prove: Wraps of which only the hash of the inner layer is to be sent.
        to_open: Layers that another custodian left: what is under them is to be sent.
    """

    custodian: Custodian
    to_remove: tuple[EnvelopeWrap, ...] = ()
    to_prove: tuple[EnvelopeWrap, ...] = ()
    to_open: tuple[PeeledLayer, ...] = ()

    def message(self) -> dict[str, Any]:
        """As the page writes it for its program."""
        return {
            "recipient": self.custodian.recipient,
            "fingerprint": self.custodian.fingerprint,
            "reference": self.custodian.call.reference,
            "position": self.custodian.position,
            "remove": {str(wrap.pk): _text(wrap.blob) for wrap in self.to_remove},
            "prove": {str(wrap.pk): _text(wrap.blob) for wrap in self.to_prove},
            "open": {str(layer.wrap_id): _text(layer.blob) for layer in self.to_open},
        }


def custody_of(period: SubmissionPeriod, envelope: str) -> Custody:
    """The ids that the wraps of an envelope carry."""
    return Custody(str(period.lot.call_id), str(period.pk), envelope)


def _expected(wrap: EnvelopeWrap) -> dict[str, Any]:
    """What the payload of a wrap must say."""
    return {
        "custody": custody_of(wrap.period, wrap.envelope),
        "pair": (str(wrap.first_id), str(wrap.second_id)),
        "recipient": wrap.recipient,
    }


def _sent(values: Mapping[str, Value], wrap: EnvelopeWrap) -> Value:
    try:
        return values[str(wrap.pk)]
    except KeyError as error:
        # The keys were made anew, or another custodian came, since the page was shown.
        raise Refusal(
            "Quelque chose a changé depuis que cette page est ouverte : donnez votre clé à nouveau sur celle-ci."
        ) from error


def _text(blob: bytes) -> str:
    return base64.b64encode(bytes(blob)).decode()
