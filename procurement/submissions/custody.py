"""Custodians, the keys of a period, and the rehearsal that proves them on the real wraps (sealed-bids B.3, LR-57)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.journal.keys import Purpose, current_key_id
from marketplace.journal.models import Entry
from procurement.calls.models import Call, PeriodEnvelope, SubmissionPeriod, TeamMember, TeamRole
from procurement.submissions import keywraps
from procurement.submissions.canonical import Unreadable
from procurement.submissions.key_proofs import GivenKey, Handed, Proofs, ShownKey, custody_of
from procurement.submissions.keywraps import CUSTODIANS, Holder, Wrap
from procurement.submissions.models import (
    REHEARSAL_ENVELOPE,
    Custodian,
    Deposit,
    EnvelopeWrap,
    KeyRehearsal,
    PeeledLayer,
    RehearsalBid,
)
from procurement.submissions.sealing import open_bytes, seal_bytes, sha256

REHEARSAL_TEXT = "Pli d’essai : si vous lisez cette phrase, vos deux clés ouvrent les plis de cet appel."
# The inner layer of the dummy bid protects nothing: custodians try their keys on different days.
REHEARSAL_LAYER_LASTS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Appointee:
    """A person to appoint.

    `outside_body`: the body for which an outsider keeps the key. `recipient`: the public half of a key made elsewhere;
    without it the site makes the key.
    """

    user: User
    outside_body: Organisation | None = None
    recipient: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class _NewKey:
    """The public half of a new key; the private one when the site made it."""

    recipient: str
    identity: str = ""

    @property
    def origin(self) -> Custodian.KeyOrigin:
        return Custodian.KeyOrigin.SITE if self.identity else Custodian.KeyOrigin.BROWSER

    @property
    def fingerprint(self) -> str:
        return keywraps.fingerprint(self.recipient)

    def told(self) -> dict[str, str]:
        """As the journal tells it."""
        return {"made": self.origin.value, "fingerprint": self.fingerprint.replace(" ", "-")}


@dataclass(frozen=True, slots=True)
class RecoveryKit:
    """What a custodian is handed once and nobody stores: the private key, and the fingerprint to compare."""

    custodian: Custodian
    identity: str
    fingerprint: str

    def __repr__(self) -> str:
        # An error report must never print the key.
        return f"RecoveryKit(custodian={self.custodian.pk})"

    @property
    def file(self) -> str:
        """The kit as a file that the standard `age` tool reads too."""
        return (
            f"# Clé de secours, appel {self.custodian.call.reference}, gardien n° {self.custodian.position}\n"
            f"# Empreinte : {self.fingerprint}\n"
            f"# public key: {self.custodian.recipient}\n"
            f"{self.identity}\n"
        )


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one custodian's rehearsal proved: with which others a dummy bid was opened, and whether all is proved."""

    custodian: Custodian
    opened_with: tuple[Custodian, ...]
    is_complete: bool


@record_refusals("custodians.appoint")
def appoint_custodians(
    *, call: Call, appointees: Sequence[Appointee], actor: Actor, now: datetime
) -> list[RecoveryKit]:
    """Appoint the three custodians of a call, with keys made here or elsewhere.

    The kits of the keys made here are returned once and never stored; of a key made elsewhere the site never holds more
    than the public half. The third custodian keeps theirs on paper and neither writes nor signs the call. Raises
    NotAllowed, and Refusal for other than three distinct members of the team, for keys that are no age keys, alike or
    known here already, or once keys were shared among the present custodians. Records `custodians.appointed`.
    """
    require(actor, "custodians.appoint", call)
    _check_appointees(call, appointees)
    keys = [_new_key(appointee.recipient) for appointee in appointees]
    with act(call.chain, "custodians.appointed", actor=actor, now=now, subject=call) as entry:
        _check_new(call, keys)
        _end_present_custodians(call, now)
        custodians = [
            _appoint(call, position, appointee, key, now)
            for position, (appointee, key) in enumerate(zip(appointees, keys, strict=True), start=1)
        ]
        entry.data["keys"] = {str(custodian.pk): key.told() for custodian, key in zip(custodians, keys, strict=True)}
    return [
        RecoveryKit(custodian, key.identity, key.fingerprint)
        for custodian, key in zip(custodians, keys, strict=True)
        if key.identity
    ]


@record_refusals("custodian.renew_key")
def renew_key(*, call: Call, actor: Actor, now: datetime, recipient: str = "") -> RecoveryKit | None:
    """Make one's own key anew, before keys are shared: nobody who appointed the custodians holds it then.

    The former key opens nothing any more. With `recipient`, the public half of a key made elsewhere, nothing is
    returned; else the kit is, once, and never stored. Raises NotAllowed, and Refusal for somebody who keeps no key
    here, for a key that is no age key or known here already, or once keys were shared. Records `custodian.key_renewed`.
    """
    require(actor, "keys.use", call)
    custodian = own_custodian(call, actor)
    key = _new_key(recipient)
    with act(
        call.chain, "custodian.key_renewed", actor=actor, now=now, subject=call,
        custodian=custodian.pk, keys={str(custodian.pk): key.told()},
    ):  # fmt: skip
        if EnvelopeWrap.objects.filter(Q(first=custodian) | Q(second=custodian)).exists():
            raise Refusal("Les clés des plis sont déjà partagées avec cette clé : elle ne se refait plus.")
        _check_new(call, [key])
        custodian.recipient, custodian.fingerprint, custodian.key_origin = key.recipient, key.fingerprint, key.origin
        custodian.save()
    return RecoveryKit(custodian, key.identity, key.fingerprint) if key.identity else None


@record_refusals("keys.prepare")
def prepare_keys(*, period: SubmissionPeriod, actor: Actor, now: datetime) -> list[PeriodEnvelope]:
    """Make the keys of every envelope of a period and share each among the custodians, six times.

    The private keys are forgotten here. Custodians then rehearse, and the period opens. Raises NotAllowed, and Refusal
    without three custodians or when a deposit was begun under the present keys. Records `keys.prepared`.
    """
    call = period.lot.call
    require(actor, "custodians.appoint", call)
    refuse_elsewhere(call)
    custodians = _serving(call)
    holders = [Holder(str(custodian.pk), custodian.recipient) for custodian in custodians]
    prepared = {name: _prepare(period, name, holders) for name in [*_envelope_names(period), REHEARSAL_ENVELOPE]}
    with act(call.chain, "keys.prepared", actor=actor, now=now, subject=period):
        _forget_former_keys(period, now)
        for name, (recipient, wraps) in prepared.items():
            EnvelopeWrap.objects.bulk_create(_wrap_row(period, name, recipient, wrap, custodians) for wrap in wraps)
        trial = REHEARSAL_TEXT.encode()
        RehearsalBid(
            period=period, sealed=seal_bytes(trial, prepared[REHEARSAL_ENVELOPE][0]), plain_sha256=sha256(trial)
        ).save()
        envelopes = list(PeriodEnvelope.objects.filter(period=period))
        for envelope in envelopes:
            envelope.recipient = prepared[envelope.name][0]
            envelope.save()
        _set_keys_ready(period, None)
    # Firms can then keep the keys of their receipts; made by the first receipt, they would tell of it (B.9).
    current_key_id(Purpose.RECEIPT, now)
    current_key_id(Purpose.PDF_SEAL, now)
    return envelopes


@record_refusals("keys.rehearse")
def rehearse_custodian(
    *, period: SubmissionPeriod, actor: Actor, now: datetime, identity: str = "", proofs: Proofs | None = None
) -> Rehearsed:
    """Prove, on the real wraps of a period, that a custodian holds their key (LR-57).

    Their outer layer is removed from every wrap where they come first, and the hash compared. Together with each
    custodian who came before, they open the dummy bid. After the third one the keys of the period are ready. The key
    (`identity`) is used in memory only; with `proofs`, what a browser took out of `to_rehearse`, it never comes here.
    Raises NotAllowed, and Refusal for a key that is not theirs. Records `keys.rehearsed`.
    """
    call = period.lot.call
    require(actor, "keys.use", call)
    key = proofs or GivenKey(identity)
    custodian = custodian_showing(call, key, actor)
    handed = _addressed_to(custodian, period)
    try:
        for wrap in handed.to_prove:
            key.prove(wrap)
        layers = [(wrap, key.inner_layer(wrap)) for wrap in handed.to_remove]
        partners = _open_dummy_with_partners(period, handed.to_open, key)
    except Unreadable as error:
        raise Refusal(f"L’essai a échoué : {error} Faites préparer de nouvelles clés.") from error
    with act(call.chain, "keys.rehearsed", actor=actor, now=now, subject=period, custodian=custodian.pk):
        for wrap, inner in layers:
            PeeledLayer.objects.update_or_create(
                wrap=wrap, defaults={"blob": inner, "expires_at": now + REHEARSAL_LAYER_LASTS}
            )
        for partner in (None, *partners):
            KeyRehearsal(period=period, custodian=custodian, partner=partner, at=now).save()
        complete = is_proved(period)
        if complete:
            _set_keys_ready(period, now)
    return Rehearsed(custodian, partners, complete)


def to_rehearse(*, period: SubmissionPeriod, actor: Actor) -> Handed:
    """What a custodian's browser is handed to prove their key; nobody else is handed it. Raises NotAllowed, Refusal."""
    call = period.lot.call
    require(actor, "keys.use", call)
    return _addressed_to(own_custodian(call, actor), period)


def own_custodian(call: Call, actor: Actor) -> Custodian:
    """The custodian that the actor is. Raises Refusal."""
    custodian = Custodian.objects.serving(call).filter(user_id=actor.user_id).select_related("call").first()
    if custodian is None:
        raise Refusal("Vous ne gardez pas de clé de cet appel : demandez à l’un de ses trois gardiens.")
    return custodian


def custodian_showing(call: Call, key: ShownKey, actor: Actor) -> Custodian:
    """The custodian that the actor is and whose key is shown. Raises Refusal, telling which of both is wrong."""
    custodian = own_custodian(call, actor)
    key.check_belongs_to(custodian)
    return custodian


def is_proved(period: SubmissionPeriod) -> bool:
    """Whether all three custodians proved their key, and every pair opened the dummy bid."""
    custodians = _serving(period.lot.call)
    proofs = KeyRehearsal.objects.filter(period=period)
    alone = set(proofs.filter(partner__isnull=True).values_list("custodian_id", flat=True))
    pairs = {frozenset(pair) for pair in proofs.exclude(partner=None).values_list("custodian_id", "partner_id")}
    ids = [custodian.pk for custodian in custodians]
    return alone >= set(ids) and pairs >= {frozenset(pair) for pair in combinations(ids, 2)}


def refuse_elsewhere(call: Call) -> None:
    """Raise Refusal for a call whose deposits are on another buyer profile: nothing is sealed here."""
    if call.deposit_at:
        raise Refusal(f"Les plis de cet appel se déposent ailleurs, sur {call.deposit_at} : aucune clé n’y sert.")


def _check_appointees(call: Call, appointees: Sequence[Appointee]) -> None:
    refuse_elsewhere(call)
    people = [appointee.user for appointee in appointees]
    if len(people) != CUSTODIANS or len({user.pk for user in people}) != CUSTODIANS:
        raise Refusal("Désignez trois gardiens distincts : deux d’entre eux ouvriront les plis (annexe 8, art. 2 I).")
    roles: dict[object, set[str]] = {user.pk: set() for user in people}
    for user_id, role in TeamMember.objects.filter(call=call, user__in=people, until=None).values_list(
        "user_id", "role"
    ):
        roles[user_id].add(role)
    if strangers := [user for user in people if TeamRole.CUSTODIAN not in roles[user.pk]]:
        raise Refusal(f"Donnez d’abord le rôle de gardien des clés à {strangers[0]} dans l’équipe de l’appel.")
    if roles[people[-1].pk] & {TeamRole.AUTHOR, TeamRole.SIGNATORY}:
        raise Refusal(
            "Le troisième gardien garde la clé de secours : choisissez une personne qui ne rédige ni ne signe "
            "cet appel."
        )


def _end_present_custodians(call: Call, now: datetime) -> None:
    present = Custodian.objects.serving(call)
    if EnvelopeWrap.objects.filter(Q(first__in=present) | Q(second__in=present)).exists():
        raise Refusal(
            "Des clés sont déjà partagées entre les gardiens de cet appel : ils ne se remplacent plus sans elles."
        )
    for custodian in present:
        custodian.ended_at = now
        custodian.save()


def _new_key(recipient: str) -> _NewKey:
    """A key made elsewhere, by its public half, or one made here. Raises Refusal."""
    if not recipient:
        made = keywraps.generate()
        return _NewKey(made.recipient, made.identity)
    try:
        return _NewKey(keywraps.read_recipient(recipient))
    except Unreadable as error:
        raise Refusal(f"{error} Rechargez la page et refaites la clé.") from error


def _check_new(call: Call, keys: Sequence[_NewKey]) -> None:
    """Raise Refusal for a key that another custodian has, or that was known for this call before."""
    fingerprints = {key.fingerprint for key in keys}
    if len(fingerprints) != len(keys):
        raise Refusal("Deux gardiens auraient la même clé : il en faut une par gardien. Refaites-les.")
    told = Entry.objects.filter(chain__key=call.chain, act__in=("custodians.appointed", "custodian.key_renewed"))
    # Rows know the keys of today; the journal those that were renewed since.
    entries = told.values_list("data", flat=True)
    known = {one["fingerprint"].replace("-", " ") for data in entries for one in data.get("keys", {}).values()}
    known.update(Custodian.objects.filter(call=call).values_list("fingerprint", flat=True))
    if known & fingerprints:
        raise Refusal("Cette clé a déjà servi pour cet appel : refaites-en une.")


def _appoint(call: Call, position: int, appointee: Appointee, key: _NewKey, now: datetime) -> Custodian:
    custodian = Custodian(
        call=call,
        position=position,
        user=appointee.user,
        outside_body=appointee.outside_body,
        recipient=key.recipient,
        fingerprint=key.fingerprint,
        key_origin=key.origin,
        appointed_at=now,
    )
    custodian.save()
    return custodian


def _serving(call: Call) -> list[Custodian]:
    custodians = list(Custodian.objects.serving(call))
    if len(custodians) != CUSTODIANS:
        raise Refusal("Désignez d’abord les trois gardiens des clés de cet appel.")
    return custodians


def _envelope_names(period: SubmissionPeriod) -> list[str]:
    return list(PeriodEnvelope.objects.filter(period=period).values_list("name", flat=True))


def _prepare(period: SubmissionPeriod, name: str, holders: Sequence[Holder]) -> tuple[str, list[Wrap]]:
    key = keywraps.generate()
    return key.recipient, keywraps.wrap_key(key.identity, custody_of(period, name), holders)


def _wrap_row(
    period: SubmissionPeriod, name: str, recipient: str, wrap: Wrap, custodians: Iterable[Custodian]
) -> EnvelopeWrap:
    by_id = {str(custodian.pk): custodian for custodian in custodians}
    return EnvelopeWrap(
        period=period,
        envelope=name,
        recipient=recipient,
        first=by_id[wrap.first],
        second=by_id[wrap.second],
        blob=wrap.blob,
        inner_sha256=wrap.inner_sha256,
    )


def _forget_former_keys(period: SubmissionPeriod, now: datetime) -> None:
    # Once the period is open the answer is the same with and without deposits: it tells nobody whether one exists.
    current = SubmissionPeriod.objects.get(pk=period.pk)
    is_open = current.keys_ready_at is not None and current.opens_at <= now
    if is_open or Deposit.objects.filter(period=period).exists():
        raise Refusal(
            "Cette période a déjà servi : ses clés ne changent plus. Prévoyez une nouvelle période, la même pour tous."
        )
    for row in [
        *EnvelopeWrap.objects.filter(period=period),
        *RehearsalBid.objects.filter(period=period),
        *KeyRehearsal.objects.filter(period=period),
    ]:
        row.delete()


def _set_keys_ready(period: SubmissionPeriod, at: datetime | None) -> None:
    current = SubmissionPeriod.objects.get(pk=period.pk)
    current.keys_ready_at = at
    current.save()
    period.keys_ready_at = at


def _addressed_to(custodian: Custodian, period: SubmissionPeriod) -> Handed:
    """The wraps where a custodian comes first, and the layers of the dummy bid that others left for them."""
    wraps = list(EnvelopeWrap.objects.filter(period=period, first=custodian).select_related("period__lot"))
    if not wraps:
        raise Refusal("Les clés de cette période ne sont pas préparées : demandez-le à la rédaction de l’appel.")
    left = PeeledLayer.objects.filter(
        wrap__period=period, wrap__second=custodian, wrap__envelope=REHEARSAL_ENVELOPE
    ).select_related("wrap__first", "wrap__period__lot")
    return Handed(
        custodian,
        to_remove=tuple(wrap for wrap in wraps if wrap.envelope == REHEARSAL_ENVELOPE),
        to_prove=tuple(wrap for wrap in wraps if wrap.envelope != REHEARSAL_ENVELOPE),
        to_open=tuple(left),
    )


def _open_dummy_with_partners(
    period: SubmissionPeriod, layers: Iterable[PeeledLayer], key: ShownKey
) -> tuple[Custodian, ...]:
    """Open the dummy bid with each custodian who has left their layer for this one."""
    trial = RehearsalBid.objects.filter(period=period).first()
    for layer in layers:
        if sha256(open_bytes(bytes(trial.sealed), key.envelope_key(layer), "pli d’essai")) != trial.plain_sha256:
            raise Unreadable("pli d’essai : son contenu n’est pas celui qui a été scellé.")
    return tuple(layer.wrap.first for layer in layers)
