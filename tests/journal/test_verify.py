"""Whoever rewrites history in SQL is named: chain, entry, table, row, column."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import Membership, Organisation
from marketplace.journal import canonical, checkpoints, keys
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.models import Chain, Entry, RowFingerprint, SealedText
from marketplace.journal.verify import Fault, _snapshot, journalled_models, verify
from tests.conftest import lift_triggers
from tests.journal.conftest import organisation
from tests.queries import counted

pytestmark = pytest.mark.django_db


def tamper(sql: str, *parameters) -> None:
    """Write as somebody with the database in their hands would, triggers lifted."""
    lift_triggers()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def stored(pk) -> str:
    """A UUID as this database keeps it."""
    return pk.hex if connection.vendor == "sqlite" else str(pk)


def test_journalled_models_are_found():
    assert {Organisation, Membership} <= set(journalled_models())


def test_an_untouched_history_is_whole(membership, now):
    checkpoints.checkpoint(SITE_CHAIN, now)
    report = verify()
    assert report.verified
    assert (report.entries, report.rows, report.checkpoints) == (2, 2, 1)
    assert report.heads == {SITE_CHAIN: Chain.objects.get().head}


def test_deleted_rows_and_erased_texts_leave_it_whole(registered, actor, now):
    with act(SITE_CHAIN, "a.done", actor=actor, now=now) as entry:
        entry.add_text("reasons", "Parce que.")
    made = registered()
    with act(SITE_CHAIN, "organisation.removed", actor=actor, now=now):
        made.delete()
    SealedText.objects.all().delete()
    assert verify().faults == []


def test_a_row_that_two_chains_speak_of_is_compared_with_the_later_word(registered, actor, now):
    made = registered(chain="call:z")
    made.name = "Changée dans une autre chaîne"
    with act("call:a", "organisation.renamed", actor=actor, now=now):
        made.save()
    assert verify().faults == []
    assert verify("call:z").faults == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("name", "Autre"), ("verified_at", "2027-01-12 09:00:00+00:00"), ("country", "BE"), ("postcode", "75001")],
)
def test_an_edited_column_is_named(registered, column, value):
    registered()
    made = registered()
    tamper(f"UPDATE accounts_organisation SET {column} = %s WHERE id = %s", value, stored(made.pk))  # noqa: S608 - our own names
    assert verify().faults == [
        Fault(
            chain=SITE_CHAIN,
            seq=2,
            table="accounts.organisation",
            row=str(made.pk),
            column=column,
            message="cette colonne a été modifiée sans écriture",
        )
    ]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no such value")
class TestUnreadable:
    @pytest.mark.parametrize(
        ("column", "value"), [("registered_at", "2027-99-99 00:00:00"), ("registered_at", 5), ("name", b"\xff")]
    )
    def test_a_value_is_named(self, registered, column, value):
        registered()
        made = registered()
        tamper(f"UPDATE accounts_organisation SET {column} = %s WHERE id = %s", value, made.pk.hex)  # noqa: S608 - our own names
        assert [(fault.row, fault.column) for fault in verify().faults] == [(str(made.pk), column)]

    def test_a_primary_key_is_named(self, registered):
        registered()
        made = registered()
        tamper("UPDATE accounts_organisation SET id = 'junk' WHERE id = %s", made.pk.hex)
        assert [(fault.row, fault.message) for fault in verify().faults] == [
            ("junk", "cette ligne n’a aucune écriture"),
            (str(made.pk), "cette ligne a été supprimée sans écriture"),
        ]


def test_a_row_without_entry_is_named(registered):
    made = registered()
    extra = organisation(made.registered_at)
    extra.save_base(force_insert=True)
    [fault] = verify().faults
    assert (fault.table, fault.row, fault.message) == (
        "accounts.organisation",
        str(extra.pk),
        "cette ligne n’a aucune écriture",
    )


def test_a_row_deleted_in_sql_is_named(registered):
    made = registered()
    tamper("DELETE FROM accounts_organisation")
    [fault] = verify().faults
    assert (fault.seq, fault.row, fault.message) == (1, str(made.pk), "cette ligne a été supprimée sans écriture")


def test_a_row_that_came_back_is_named(registered, actor, now):
    made = registered()
    pk = made.pk
    with act(SITE_CHAIN, "organisation.removed", actor=actor, now=now):
        made.delete()
    made.pk = pk
    made.save_base(force_insert=True)
    [fault] = verify().faults
    assert fault.message == "cette ligne était supprimée et elle est revenue sans écriture"


@pytest.mark.parametrize(
    "sql", ["DELETE FROM journal_rowfingerprint", "UPDATE journal_rowfingerprint SET columns = '{}'"]
)
def test_without_its_fingerprint_a_row_is_still_judged_as_a_whole(registered, sql):
    made = registered()
    tamper(sql)
    assert verify().faults == []
    tamper("UPDATE accounts_organisation SET name = 'Autre'")
    [fault] = verify().faults
    assert (fault.row, fault.column, fault.message) == (str(made.pk), "", "cette ligne n’est plus celle de l’écriture")


def test_a_column_added_by_a_later_version_is_not_a_fault(registered, monkeypatch):
    fields = canonical.digested_fields(Organisation)
    with monkeypatch.context() as earlier:
        earlier.setattr(canonical, "digested_fields", lambda model: fields[:-1])
        registered()
    assert RowFingerprint.objects.get().columns.keys() == {field.attname for field in fields[:-1]}
    assert verify().faults == []


class TestEntries:
    @pytest.fixture(autouse=True)
    def _history(self, actor, now):
        for place in (1, 2, 3):
            with act("call:a", "thing.done", actor=actor, now=now, place=place) as entry:
                entry.add_text("reasons", "Parce que.")

    @pytest.mark.parametrize(
        "change",
        [
            "act = 'forged'",
            "actor = 'x'",
            "at = '2020-01-01 00:00:00+00:00'",
            "data = '{}'",
            "digests = '{\"a\": null}'",
        ],
    )
    def test_an_edited_entry_is_the_first_named(self, change):
        tamper(f"UPDATE journal_entry SET {change} WHERE seq = 2")  # noqa: S608 - our own names
        first = verify().faults[0]
        assert (first.chain, first.seq, first.message) == ("call:a", 2, "cette écriture a été modifiée")

    def test_a_rehashed_entry_breaks_the_link(self):
        forged = Entry.objects.get(seq=2)
        forged.act = "forged"
        tamper("UPDATE journal_entry SET act = 'forged', hash = %s WHERE seq = 2", forged.computed_hash("call:a"))
        assert [(fault.seq, fault.message) for fault in verify().faults] == [
            (3, "cette écriture ne suit pas la précédente")
        ]

    def test_a_removed_entry_is_missed(self):
        tamper("DELETE FROM journal_sealedtext")
        tamper("DELETE FROM journal_entry WHERE seq = 2")
        assert verify().faults[0].message == "il manque l’écriture 2"

    def test_a_removed_end_is_missed(self):
        tamper("DELETE FROM journal_sealedtext")
        tamper("DELETE FROM journal_entry WHERE seq = 3")
        assert verify().faults[0].message == "la fin de la chaîne n’est pas sa dernière écriture"

    def test_an_edited_text_is_named(self):
        tamper("UPDATE journal_sealedtext SET text = 'Autre' WHERE id = (SELECT min(id) FROM journal_sealedtext)")
        [fault] = verify().faults
        assert (fault.seq, fault.table, fault.column) == (1, "journal.sealedtext", "reasons")

    def test_a_chain_rewritten_to_the_end_contradicts_its_checkpoints(self, now, tmp_path):
        kept = checkpoints.exported([checkpoints.checkpoint("call:a", now)])
        self.rewrite()
        assert [fault.message for fault in verify().faults] == ["la chaîne contredit ce point de contrôle signé"]
        tamper("DELETE FROM journal_checkpoint")
        assert verify().verified
        witnesses = tmp_path / "checkpoints.json"
        witnesses.write_text(json.dumps(kept))
        assert [fault.seq for fault in verify(witnesses=witnesses).faults] == [3]

    def test_a_checkpoint_that_was_edited_is_not_genuine(self, now):
        checkpoints.checkpoint("call:a", now)
        tamper("UPDATE journal_checkpoint SET seq = 2")
        [fault] = verify().faults
        assert fault.message == "la signature de ce point de contrôle est fausse"

    def test_receipts_are_witnesses(self, now, tmp_path):
        head = Entry.objects.get(seq=2).hash
        receipt = keys.sign_json("receipt", {"number": "K7M4-22PX", "call": "a", "head": head}, now)
        (tmp_path / "good.json").write_text(json.dumps(receipt))
        report = verify(receipts=tmp_path)
        assert report.verified
        assert report.receipts == 1
        (tmp_path / "edited.json").write_text(json.dumps({**receipt, "number": "AAAA-AAAA"}))
        (tmp_path / "junk.json").write_text("[")
        assert [fault.message for fault in verify(receipts=tmp_path).faults] == [
            "la signature du reçu edited.json est fausse",
            "la signature du reçu junk.json est fausse",
        ]
        (tmp_path / "edited.json").unlink()
        (tmp_path / "junk.json").unlink()
        self.rewrite()
        assert [fault.message for fault in verify(receipts=tmp_path).faults] == [
            "le reçu good.json témoigne d’une écriture que la chaîne n’a plus"
        ]

    @staticmethod
    def rewrite() -> None:
        """Forge the second entry and every hash after it, as somebody who knows the format would."""
        previous = Entry.objects.get(seq=1).hash
        for entry in Entry.objects.filter(seq__gt=1).order_by("seq"):
            entry.actor = "forged"
            entry.previous_hash = previous
            previous = entry.computed_hash("call:a")
            tamper(
                "UPDATE journal_entry SET actor = 'forged', previous_hash = %s, hash = %s WHERE id = %s",
                entry.previous_hash,
                previous,
                entry.pk,
            )
        tamper("UPDATE journal_chain SET head = %s", previous)


class TestCommand:
    @staticmethod
    def run(*arguments) -> str:
        out = StringIO()
        call_command("verify_journal", *arguments, stdout=out)
        return out.getvalue()

    def test_says_that_nothing_changed(self, registered):
        registered()
        assert self.run() == "1 écritures, 1 lignes, 0 points de contrôle relus.\nRien n’a été modifié.\n"

    def test_names_the_first_fault_and_leaves_with_one(self, registered):
        made = registered()
        tamper("UPDATE accounts_organisation SET city = 'Lens'")
        out = StringIO()
        with pytest.raises(SystemExit) as stopped:
            call_command("verify_journal", stdout=out)
        assert stopped.value.code == 1
        assert (
            f"Première anomalie : chaîne site, écriture 1, table accounts.organisation, ligne {made.pk}, colonne city"
        ) in out.getvalue()

    def test_reads_as_json(self, registered):
        registered()
        report = json.loads(self.run("--json", "--chain", "site"))
        assert report["verified"]
        assert report["entries"] == 1

    def test_an_unknown_chain_is_an_error(self):
        with pytest.raises(CommandError, match="Aucune chaîne"):
            self.run("--chain", "call:x")

    def test_a_file_that_is_no_list_of_checkpoints_is_an_error(self, tmp_path):
        file = tmp_path / "checkpoints.json"
        file.write_text("{}")
        with pytest.raises(CommandError, match="témoins"):
            self.run("--checkpoints", str(file))


@pytest.mark.django_db(transaction=True)
def test_a_verification_sees_one_instant_and_lets_others_write(actor, now):
    def write() -> None:
        try:
            with act(SITE_CHAIN, "thing.done", actor=actor, now=now):
                pass
        finally:
            connections.close_all()

    write()
    with _snapshot():
        assert Entry.objects.count() == 1
        other = threading.Thread(target=write)
        other.start()
        other.join(timeout=10)
        assert not other.is_alive()
        assert Entry.objects.count() == 1
    assert Entry.objects.count() == 2


def test_a_thousand_entries_are_verified_with_the_queries_of_ten(actor, now):
    asked = []
    for count in (10, 1000):
        for place in range(Entry.objects.count(), count):
            with act(SITE_CHAIN, "thing.done", actor=actor, now=now, place=place):
                pass
        with CaptureQueriesContext(connection) as queries:
            assert verify().entries == count
        asked.append(counted(queries))
    assert asked[0] == asked[1]
