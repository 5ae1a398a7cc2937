"""Keys of the house: made once, kept private, each for one purpose, followed by one that they signed."""

import stat
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from marketplace.journal import canonical, checkpoints, keys
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.models import Chain, Checkpoint, Entry, SigningKey
from marketplace.journal.verify import verify as verify_journal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _new_house(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"


def test_a_key_is_made_at_first_use_and_only_its_owner_reads_it(settings, now):
    key_id, signature = keys.sign("receipt", b"payload", now)
    [file] = settings.KEYS_DIR.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.KEYS_DIR.stat().st_mode) == 0o700
    assert keys.verify("receipt", key_id, b"payload", signature)
    assert keys.sign("receipt", b"payload", now) == (key_id, signature)
    assert SigningKey.objects.get().made_at == now


def test_a_signature_counts_for_its_payload_and_purpose_only(now):
    key_id, signature = keys.sign("receipt", b"payload", now)
    assert not keys.verify("receipt", key_id, b"payloaD", signature)
    assert not keys.verify("checkpoint", key_id, b"payload", signature)
    assert not keys.verify("receipt", "unknown", b"payload", signature)
    assert not keys.verify("receipt", key_id, b"payload", signature[:-1])


def test_an_unknown_purpose_is_refused(now):
    with pytest.raises(ValueError, match="postcard"):
        keys.sign("postcard", b"payload", now)


def test_a_key_made_in_an_act_that_fails_is_used_the_next_time(actor, now):
    with pytest.raises(ZeroDivisionError), act(SITE_CHAIN, "a.done", actor=actor, now=now):  # noqa: PT012 - writes, then fails
        key_id, _ = keys.sign("receipt", b"payload", now)
        raise ZeroDivisionError
    assert not SigningKey.objects.exists()
    assert keys.sign("receipt", b"payload", now)[0] == key_id


def test_signed_json_carries_its_key_and_breaks_when_edited(now):
    signed = keys.sign_json("receipt", {"number": "K7M4-22PX", "amount": "12.00"}, now)
    assert keys.verify_json("receipt", signed)
    assert not keys.verify_json("receipt", {**signed, "amount": "13.00"})
    assert not keys.verify_json("receipt", {**signed, "signature": "zz"})
    assert not keys.verify_json("receipt", {"number": "K7M4-22PX"})


def test_a_rotation_is_signed_by_the_old_key_and_recorded(actor, now):
    old_id, old_signature = keys.sign("receipt", b"payload", now)
    new = keys.rotate("receipt", actor=actor, now=now)
    assert keys.sign("receipt", b"payload", now)[0] == new.key_id != old_id
    assert keys.verify("receipt", old_id, b"payload", old_signature)
    old = SigningKey.objects.get(key_id=old_id)
    statement = canonical.canonical_json(keys.succession(old=old, new=new))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(old.public_key)).verify(
        bytes.fromhex(new.signed_by_previous), statement
    )
    entry = Entry.objects.get(act="key.rotated")
    assert entry.data == {"purpose": "receipt", "old": old_id, "new": new.key_id}


def test_a_revoked_key_counts_before_its_date_only(actor, now):
    key_id, signature = keys.sign("receipt", b"payload", now)
    later = now + timedelta(days=1)
    with pytest.raises(ValueError, match="rotate first"):
        keys.revoke(key_id, actor=actor, now=later)
    keys.rotate("receipt", actor=actor, now=later)
    keys.revoke(key_id, actor=actor, now=later)
    assert keys.verify("receipt", key_id, b"payload", signature, at=now)
    assert not keys.verify("receipt", key_id, b"payload", signature, at=later)


def test_public_keys_tell_everything_but_the_secret(actor, now):
    old_id, _ = keys.sign("receipt", b"payload", now)
    keys.rotate("receipt", actor=actor, now=now)
    keys.revoke(old_id, actor=actor, now=now)
    published = keys.public_keys()
    assert published["format"] == "preau-keys/1"
    old, new = published["keys"]
    assert (old["key_id"], old["revoked_at"]) == (old_id, "2027-01-12T09:00:00.000000Z")
    assert new["previous"] == old_id
    assert set(new) == {
        "key_id",
        "purpose",
        "algorithm",
        "public_key",
        "made_at",
        "revoked_at",
        "previous",
        "signed_by_previous",
    }


class TestCheckpoints:
    @pytest.fixture(autouse=True)
    def _history(self, actor, now):
        with act(SITE_CHAIN, "a.done", actor=actor, now=now):
            pass

    def test_sign_the_head_and_the_keys_of_the_house(self, now):
        made = checkpoints.checkpoint(SITE_CHAIN, now)
        assert (made.seq, made.head) == (1, Chain.objects.get().head)
        assert made.key_id in made.keys
        [document] = checkpoints.exported([made])
        assert checkpoints.is_genuine(document)
        assert not checkpoints.is_genuine({**document, "seq": 2})
        assert not checkpoints.is_genuine({})

    def test_inside_an_act_tell_the_head_before_it(self, actor, now):
        before = Chain.objects.get().head
        with act(SITE_CHAIN, "b.done", actor=actor, now=now):
            made = checkpoints.checkpoint(SITE_CHAIN, now)
        assert (made.seq, made.head) == (1, before)
        assert verify_journal().verified

    def test_are_made_for_chains_that_moved(self, actor, now):
        assert len(checkpoints.checkpoint_all(now)) == 1
        assert checkpoints.checkpoint_all(now) == []
        with act("call:a", "a.done", actor=actor, now=now):
            pass
        assert [made.chain.key for made in checkpoints.checkpoint_all(now)] == ["call:a"]
        assert Checkpoint.objects.count() == 2

    def test_of_an_unknown_chain_do_not_exist(self, now):
        with pytest.raises(Chain.DoesNotExist):
            checkpoints.checkpoint("call:x", now)
