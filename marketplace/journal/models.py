"""The chain over the rows: every write of a journalled row is covered by an entry that nobody can alter unseen."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, NoReturn, Self

from django.core import checks
from django.db import models
from django.db.models.signals import class_prepared, pre_delete

from marketplace.journal import canonical, clock
from marketplace.journal.context import current_act
from marketplace.journal.triggers import append_only

GENESIS = "0" * 64


class JournalledQuerySet(models.QuerySet):
    """A queryset whose writes all pass through an act. What SQL would change behind its back is refused."""

    def bulk_create(self, objs: Iterable[models.Model], batch_size: int | None = None, **conflicts: Any) -> list:
        """Insert rows inside an act. Raises OutsideAct; TypeError when asked to ignore or update conflicts."""
        if any(conflicts.values()):
            raise TypeError("a journalled row is inserted or it is not: conflicts cannot be ignored")
        opened = current_act()
        created = super().bulk_create(objs, batch_size=batch_size)
        for row in created:
            opened.touch(row)
        return created

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused: load the rows and save them."""
        raise TypeError(f"load the rows of {self.model.__name__} and save them: the journal covers each of them")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: load the rows and save them."""
        self.update()

    def delete(self) -> NoReturn:
        """Refused: load the rows and delete them."""
        raise TypeError(f"load the rows of {self.model.__name__} and delete them: the journal covers each of them")

    update.alters_data = True
    bulk_update.alters_data = True
    delete.alters_data = True
    delete.queryset_only = True


class Journalled(models.Model):
    """A row covered by the chain. `save()`, `delete()` and `bulk_create()` raise OutsideAct where no act is open."""

    is_journalled: ClassVar[bool] = True

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)

    objects = JournalledQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save inside an act, which covers the row. Raises OutsideAct."""
        opened = current_act()
        super().save(*args, **kwargs)
        opened.touch(self)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete inside an act, which covers the absence of the row. Raises OutsideAct."""
        current_act()
        return super().delete(*args, **kwargs)

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse what would let a row change without an entry."""
        return [*super().check(**kwargs), *cls._check_queryset(), *cls._check_relations()]

    @classmethod
    def _check_queryset(cls) -> list[checks.CheckMessage]:
        if issubclass(cls._default_manager._queryset_class, JournalledQuerySet):
            return []
        return [checks.Error(f"{cls.__name__}.objects must be a JournalledQuerySet", obj=cls, id="journal.E002")]

    @classmethod
    def _check_relations(cls) -> list[checks.CheckMessage]:
        silent = {models.SET_NULL, models.SET_DEFAULT}
        return [
            checks.Error("this deletion rule would change a journalled row in SQL", obj=field, id="journal.E003")
            for field in cls._meta.concrete_fields
            if field.remote_field is not None and field.remote_field.on_delete in silent
        ] + [
            checks.Error("a journalled model needs a journalled `through` model", obj=field, id="journal.E004")
            for field in cls._meta.local_many_to_many
            if not (isinstance(field.remote_field.through, type) and issubclass(field.remote_field.through, Journalled))
        ]


def _cover_deletion(instance: Journalled, **kwargs: Any) -> None:
    current_act().touch(instance)


def _watch_deletions(sender: type[models.Model], **kwargs: Any) -> None:
    # A cascade never calls delete() of the row it takes along; this signal it sends.
    if issubclass(sender, Journalled):
        pre_delete.connect(_cover_deletion, sender=sender, dispatch_uid=f"journal:{sender._meta.label_lower}")


class_prepared.connect(_watch_deletions, dispatch_uid="journal")


class Chain(models.Model):
    """One chain of entries; its row is the only lock of an act. `call:<uuid>` for a call, `site` for the rest."""

    key = models.CharField("clé", max_length=80, unique=True)
    length = models.PositiveBigIntegerField("nombre d’écritures", default=0)
    head = models.CharField("empreinte de la dernière écriture", max_length=64, default=GENESIS)

    class Meta:
        verbose_name = "chaîne"

    def __str__(self) -> str:
        return self.key


class EntryQuerySet(models.QuerySet):
    """Entries of the journal."""

    def for_chain(self, chain: str) -> Self:
        """Return the entries of a chain, oldest first."""
        return self.filter(chain__key=chain).order_by("seq")


@append_only
class Entry(models.Model):
    """What happened, in the order in which it happened, with the digest of every row it left behind."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="entries", verbose_name="chaîne")
    seq = models.PositiveBigIntegerField("rang")
    at = models.DateTimeField("instant")
    act = models.CharField("acte", max_length=80)
    actor = models.CharField("auteur", max_length=120)
    subject = models.CharField("objet", max_length=120, blank=True)
    data = models.JSONField("données", default=dict)
    digests = models.JSONField("empreintes des lignes", default=dict)
    previous_hash = models.CharField("empreinte de l’écriture précédente", max_length=64)
    hash = models.CharField("empreinte", max_length=64, unique=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "écriture"
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="entry_place_in_chain")]
        indexes = [models.Index(fields=["act", "actor", "at"], name="entry_act_actor_at")]

    def __str__(self) -> str:
        return f"{self.act} ({self.seq})"

    def computed_hash(self, chain: str) -> str:
        """Recompute the hash from everything the entry says; `chain` is the chain's key."""
        return canonical.sha256(
            canonical.canonical_json(
                {
                    "tag": "preau/entry/1",
                    "chain": chain,
                    "seq": self.seq,
                    "at": clock.canonical(self.at),
                    "act": self.act,
                    "actor": self.actor,
                    "subject": self.subject,
                    "data": self.data,
                    "digests": self.digests,
                    "previous_hash": self.previous_hash,
                }
            )
        )


class RowFingerprint(models.Model):
    """Hashes of the columns of a row as its last entry knows it. Not chained: it combines into the chained digest.

    It lets the verifier name the column that was altered, and read rows written before a column was added.
    """

    row = models.CharField("ligne", max_length=120, unique=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="fingerprints", verbose_name="écriture")
    columns = models.JSONField("empreintes des colonnes")

    class Meta:
        verbose_name = "empreinte de ligne"

    def __str__(self) -> str:
        return self.row


class SealedText(models.Model):
    """Free text of an entry, which keeps SHA-256(salt ‖ text) only: erased, it leaves the chain whole."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="texts", verbose_name="écriture")
    name = models.CharField("nom", max_length=80)
    salt = models.BinaryField("sel")
    text = models.TextField("texte")

    class Meta:
        verbose_name = "texte scellé"
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="sealed_text_once_per_entry")]

    def __str__(self) -> str:
        return self.name

    @property
    def digest(self) -> str:
        """SHA-256(salt ‖ text), as the entry keeps it under `data[name]`."""
        return canonical.sha256(bytes(self.salt) + self.text.encode())


class SigningKey(models.Model):
    """Public part of a key of the house.

    Not Journalled, because it may be made at first use, under whatever act or none. It vouches for itself instead: its
    id is its own hash, a new key is signed by the old one, and every checkpoint signs the list of keys.
    """

    class Purpose(models.TextChoices):
        """What a key signs; one key never signs two kinds of things."""

        RECEIPT = "receipt", "accusé de réception"
        CHECKPOINT = "checkpoint", "point de contrôle"
        PDF_SEAL = "pdf-seal", "cachet de document"

    key_id = models.CharField("identifiant", max_length=32, unique=True)
    purpose = models.CharField("usage", max_length=16, choices=Purpose)
    public_key = models.CharField("clé publique Ed25519 (hexadécimal)", max_length=64)
    made_at = models.DateTimeField("créée le")
    revoked_at = models.DateTimeField("révoquée le", null=True, blank=True)
    previous = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next", verbose_name="clé précédente"
    )
    signed_by_previous = models.CharField("signature de la clé précédente", max_length=128, blank=True)

    class Meta:
        verbose_name = "clé de signature"

    def __str__(self) -> str:
        return f"{self.purpose} {self.key_id}"


@append_only
class Checkpoint(models.Model):
    """A signed statement: at this instant, the chain had this many entries and this head."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="checkpoints", verbose_name="chaîne")
    seq = models.PositiveBigIntegerField("nombre d’écritures")
    head = models.CharField("empreinte de la dernière écriture", max_length=64)
    at = models.DateTimeField("instant")
    keys = models.JSONField("clés publiques de la maison")
    key_id = models.CharField("clé de signature", max_length=32)
    signature = models.CharField("signature (hexadécimal)", max_length=128)

    class Meta:
        verbose_name = "point de contrôle"
        indexes = [models.Index(fields=["chain", "seq"], name="checkpoint_chain_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.at:%Y-%m-%dT%H:%M:%SZ}"

    def statement(self, chain: str) -> dict[str, Any]:
        """Return what is signed; `chain` is the chain's key."""
        return checkpoint_statement(chain=chain, seq=self.seq, head=self.head, at=self.at, keys=self.keys)


def checkpoint_statement(*, chain: str, seq: int, head: str, at: datetime, keys: dict[str, str]) -> dict[str, Any]:
    """Build the statement of a checkpoint: {tag, chain, seq, head, at, keys {key id: public key}}."""
    return {
        "tag": "preau/checkpoint/1",
        "chain": chain,
        "seq": seq,
        "head": head,
        "at": clock.canonical(at),
        "keys": keys,
    }
