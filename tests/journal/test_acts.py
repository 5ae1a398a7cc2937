"""One act, one transaction, one entry; what happens outside of it is refused."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from marketplace.accounts.models import Organisation
from marketplace.journal import acts, canonical
from marketplace.journal.acts import REFUSALS_CHAIN, SITE_CHAIN, act, current_act, record_refusals
from marketplace.journal.errors import NestedAct, OutsideAct, Refusal
from marketplace.journal.models import GENESIS, Chain, Entry, Journalled, RowFingerprint, SealedText
from tests.journal.conftest import organisation

pytestmark = pytest.mark.django_db


def test_entries_are_linked(actor, now):
    for place in (1, 2, 3):
        with act("call:a", "thing.done", actor=actor, now=now, place=place):
            pass
    entries = list(Entry.objects.for_chain("call:a"))
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert all(entry.computed_hash("call:a") == entry.hash for entry in entries)
    chain = Chain.objects.get(key="call:a")
    assert (chain.length, chain.head) == (3, entries[2].hash)


def test_an_entry_says_who_what_when_and_covers_the_rows(actor, now):
    made = organisation(now)
    with act(SITE_CHAIN, "organisation.registered", actor=actor, now=now, subject=made, lots=2) as entry:
        assert entry.head == GENESIS
        made.save()
        entry.data["amount"] = Decimal("198000.00")
        assert (entry.chain, entry.now, entry.actor) == (SITE_CHAIN, now, actor)
    written = Entry.objects.get()
    key = f"accounts.organisation:{made.pk}"
    assert (written.act, written.actor, written.subject, written.at) == (
        "organisation.registered",
        "system:test",
        key,
        now,
    )
    assert written.data == {"lots": 2, "amount": "198000.00"}
    fingerprint = RowFingerprint.objects.get(row=key)
    assert written.digests == {key: canonical.row_digest(fingerprint.columns)}
    assert entry.written == written


def test_a_row_saved_twice_has_one_digest_of_its_last_state(actor, now):
    made = organisation(now, name="Avant")
    with act(SITE_CHAIN, "organisation.registered", actor=actor, now=now):
        made.save()
        made.name = "Après"
        made.save(update_fields=["name"])
        made.city = "en mémoire seulement"
    [(_, columns)] = canonical.read_columns(Organisation, [made.pk])
    assert list(Entry.objects.get().digests.values()) == [canonical.row_digest(columns)]


def test_a_deleted_row_leaves_a_null_digest(registered, actor, now):
    made = registered()
    key = canonical.row_key(made)
    with act(SITE_CHAIN, "organisation.removed", actor=actor, now=now):
        made.delete()
    assert Entry.objects.latest("seq").digests == {key: None}
    assert not RowFingerprint.objects.filter(row=key).exists()


@pytest.mark.django_db(transaction=True)
@isolate_apps("marketplace.journal")
def test_a_cascade_is_refused_outside_an_act_and_covered_inside(actor, now):
    class Parent(models.Model):  # noqa: DJ008 - lives for this test
        class Meta:
            app_label = "journal"

    class Child(Journalled):
        parent = models.ForeignKey(Parent, on_delete=models.CASCADE)

        class Meta:
            app_label = "journal"

    with connection.schema_editor() as editor:
        editor.create_model(Parent)
        editor.create_model(Child)
    try:
        parent = Parent.objects.create()
        with act(SITE_CHAIN, "child.born", actor=actor, now=now):
            child = Child.objects.create(parent=parent)
        with pytest.raises(OutsideAct):
            parent.delete()
        assert Child.objects.exists()
        with act(SITE_CHAIN, "parent.removed", actor=actor, now=now):
            parent.delete()
        assert Entry.objects.latest("seq").digests == {f"journal.child:{child.pk}": None}
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Child)
            editor.delete_model(Parent)


def test_bulk_create_covers_each_row(actor, now):
    made = [organisation(now) for _ in range(3)]
    with act(SITE_CHAIN, "organisations.imported", actor=actor, now=now):
        Organisation.objects.bulk_create(made)
    assert Entry.objects.get().digests.keys() == {canonical.row_key(row) for row in made}


def test_a_body_that_raises_leaves_nothing(actor, now):
    with pytest.raises(ZeroDivisionError), act(SITE_CHAIN, "organisation.registered", actor=actor, now=now):  # noqa: PT012 - writes, then fails
        organisation(now).save()
        raise ZeroDivisionError
    assert not Entry.objects.exists()
    assert not Organisation.objects.exists()


def test_a_part_that_was_rolled_back_is_not_covered(actor, now):
    with act(SITE_CHAIN, "organisation.registered", actor=actor, now=now):
        kept = organisation(now)
        kept.save()
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012 - writes, then fails
            kept.name = "Défait"
            kept.save()
            raise ZeroDivisionError
    [(_, columns)] = canonical.read_columns(Organisation, [kept.pk])
    assert Entry.objects.get().digests == {canonical.row_key(kept): canonical.row_digest(columns)}


class TestOutsideAnAct:
    def test_saving_is_refused(self, now):
        with pytest.raises(OutsideAct):
            organisation(now).save()
        assert not Organisation.objects.exists()

    def test_deleting_is_refused(self, registered):
        made = registered()
        with pytest.raises(OutsideAct):
            made.delete()
        assert Organisation.objects.exists()

    def test_bulk_create_is_refused(self, now):
        with pytest.raises(OutsideAct):
            Organisation.objects.bulk_create([organisation(now)])

    def test_there_is_no_current_act(self):
        with pytest.raises(OutsideAct):
            current_act()


class TestWritesInSql:
    """What would change rows without loading them is refused, inside an act as outside."""

    @pytest.mark.parametrize(
        "write",
        [
            lambda rows: rows.update(name="x"),
            lambda rows: rows.bulk_update(list(rows.all()), ["name"]),
            lambda rows: rows.all().delete(),
            lambda rows: rows.bulk_create([], ignore_conflicts=True),
            lambda rows: rows.bulk_create(
                [], update_conflicts=True, update_fields=["name"], unique_fields=["identifier"]
            ),
        ],
    )
    def test_is_refused(self, registered, actor, now, write):
        registered()
        with pytest.raises(TypeError), act(SITE_CHAIN, "thing.done", actor=actor, now=now):
            write(Organisation.objects)

    def test_of_a_related_manager_is_refused(self, membership, actor, now):
        with pytest.raises(TypeError), act(SITE_CHAIN, "thing.done", actor=actor, now=now):
            membership.organisation.memberships.all().update(role="member")


class TestNesting:
    def test_is_refused_by_name(self, actor, now):
        with (
            pytest.raises(NestedAct, match=r"inner\.done was opened inside outer\.done"),
            act(SITE_CHAIN, "outer.done", actor=actor, now=now),
            act(SITE_CHAIN, "inner.done", actor=actor, now=now),
        ):
            pass
        assert not Entry.objects.exists()

    def test_an_act_may_follow_one_that_failed(self, actor, now):
        with pytest.raises(ZeroDivisionError), act(SITE_CHAIN, "a.done", actor=actor, now=now):
            raise ZeroDivisionError
        with act(SITE_CHAIN, "b.done", actor=actor, now=now):
            pass
        assert Entry.objects.get().act == "b.done"

    @pytest.mark.django_db(transaction=True)
    def test_an_act_cannot_hide_in_another_transaction(self, actor, now):
        with (
            pytest.raises(RuntimeError, match="durable"),
            transaction.atomic(),
            act(SITE_CHAIN, "a.done", actor=actor, now=now),
        ):
            pass


class TestData:
    @pytest.mark.parametrize("text", ["Ada Lovelace", "ada@example.org", "échéance", "x" * 201, "a\nb"])
    def test_text_is_refused(self, actor, now, text):
        with pytest.raises(ValueError, match="never text"), act(SITE_CHAIN, "a.done", actor=actor, now=now, note=text):
            pass
        assert not Entry.objects.exists()

    def test_a_float_is_refused(self, actor, now):
        with pytest.raises(TypeError), act(SITE_CHAIN, "a.done", actor=actor, now=now, ratio=0.1):
            pass

    def test_ids_numbers_dates_codes_and_rows_pass(self, registered, actor, now):
        made, number = registered(), uuid4()
        with act(
            SITE_CHAIN,
            "a.done",
            actor=actor,
            now=now,
            id=number,
            at=now,
            day=now.date(),
            kind=Organisation.Kind.BUYER,
            row=made,
            nothing=None,
            several=(1, "K7M4-22PX"),
        ):
            pass
        assert Entry.objects.latest("seq").data == {
            "id": str(number),
            "at": "2027-01-12T09:00:00.000000Z",
            "day": "2027-01-12",
            "kind": "buyer",
            "row": canonical.row_key(made),
            "nothing": None,
            "several": [1, "K7M4-22PX"],
        }

    def test_free_text_is_kept_beside_and_may_be_erased(self, actor, now):
        with act(SITE_CHAIN, "a.done", actor=actor, now=now) as entry:
            entry.add_text("reasons", "Offre hors délai, dit Ada.")
        text = SealedText.objects.get()
        assert text.text == "Offre hors délai, dit Ada."
        assert Entry.objects.get().data == {"reasons": text.digest}
        text.delete()
        assert Entry.objects.get().computed_hash(SITE_CHAIN) == Entry.objects.get().hash


class TestRefusals:
    @staticmethod
    def refused(reason=None):
        @record_refusals("award.decide")
        def decide(*, lot, actor, now):
            with act("call:a", "award.decided", actor=actor, now=now, subject=lot):
                organisation(now).save()
                raise reason or Refusal("Le rapport manque : joignez-le avant d’attribuer (R2184-1).")

        return decide

    def test_outlive_the_rollback(self, registered, actor, now):
        lot = registered()
        with pytest.raises(Refusal) as refusal:
            self.refused()(lot=lot, actor=actor, now=now)
        assert refusal.value.reasons == ["Le rapport manque : joignez-le avant d’attribuer (R2184-1)."]
        assert not Entry.objects.for_chain("call:a").exists()
        entry = Entry.objects.for_chain(REFUSALS_CHAIN).get()
        assert (entry.act, entry.actor, entry.subject) == (
            "award.decide.refused",
            "system:test",
            canonical.row_key(lot),
        )
        assert entry.data == {"refusal": "Refusal", "rules": []}

    def test_keep_the_ids_of_the_rules(self, registered, actor, now):
        refusal = Refusal("non")
        refusal.findings = [SimpleNamespace(rule="LR-71"), SimpleNamespace(rule="PR-02")]
        with pytest.raises(Refusal):
            self.refused(refusal)(lot=registered(), actor=actor, now=now)
        assert Entry.objects.for_chain(REFUSALS_CHAIN).get().data["rules"] == ["LR-71", "PR-02"]

    def test_are_limited_per_actor_and_hour(self, registered, actor, now, monkeypatch):
        monkeypatch.setattr(acts, "REFUSALS_PER_HOUR", 3)
        lot, decide = registered(), self.refused()
        for _ in range(5):
            with pytest.raises(Refusal):
                decide(lot=lot, actor=actor, now=now)
        entries = Entry.objects.for_chain(REFUSALS_CHAIN)
        assert ["further_ones_dropped" in entry.data for entry in entries] == [False, False, True]
        with pytest.raises(Refusal):
            decide(lot=lot, actor=actor, now=now + timedelta(hours=2))
        assert Entry.objects.for_chain(REFUSALS_CHAIN).count() == 4

    def test_other_errors_are_not_recorded(self, registered, actor, now):
        with pytest.raises(ZeroDivisionError):
            self.refused(ZeroDivisionError())(lot=registered(), actor=actor, now=now)
        assert not Entry.objects.for_chain(REFUSALS_CHAIN).exists()
