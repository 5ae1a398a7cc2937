"""Files at rest: whole, encrypted, checked whenever they are read."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.files import encryption
from marketplace.files.encryption import CHUNK, DamagedFile
from marketplace.files.models import StoredFile
from marketplace.files.services import RefusedFile, open_stored, stage, store
from marketplace.journal.errors import OutsideAct
from marketplace.journal.models import Entry
from tests.factories import within_act

SECRET = b"%PDF-1.7 Prix de la jeune pousse, 198 000 euros " * 10


@pytest.fixture
def root(settings, tmp_path):
    settings.PRIVATE_ROOT, settings.KEYS_DIR = tmp_path / "private", tmp_path / "keys"
    return settings.PRIVATE_ROOT


def keep(content=SECRET, name="offre.pdf"):
    staged = stage(content, name=name)
    return within_act(lambda: store(staged))


def on_disk(root) -> Path:
    (path,) = [path for path in root.rglob("*") if path.is_file()]
    return path


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_is_stored_is_what_is_read(root, size):
    content = b"a" * size
    stored = keep(content, "note.txt")
    assert open_stored(stored) == content
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert (stored.media_type, stored.scan_verdict, stored.name) == ("text/plain", "not_analysed", "note.txt")


@pytest.mark.django_db
def test_nothing_is_readable_on_disk(root, settings):
    stored = keep()
    for path in [*root.rglob("*"), *settings.KEYS_DIR.rglob("*")]:
        if path.is_file():
            assert path.stat().st_mode & 0o777 == 0o600
            assert SECRET[:20] not in path.read_bytes()
            assert stored.sha256 not in str(path)
    assert not list(root.rglob(".*"))


@pytest.mark.django_db
def test_the_same_content_lies_once(root):
    first, second = keep(), keep(name="autre.pdf")
    assert first.path == second.path
    assert on_disk(root)
    assert list(StoredFile.objects.holding(first.sha256)) == [first, second]


@pytest.mark.django_db
def test_the_entry_covers_the_row(root):
    stored = keep()
    entry = Entry.objects.get(act="test.arranged")
    assert f"files.storedfile:{stored.pk}" in entry.digests


def flipped(content, position):
    changed = bytearray(content)
    changed[position] ^= 1
    return bytes(changed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tamper",
    [
        lambda content: flipped(content, 0),
        lambda content: flipped(content, 12),
        lambda content: flipped(content, 20),
        lambda content: flipped(content, 100),
        lambda content: flipped(content, -1),
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content[: 32 + CHUNK + 16],
        lambda content: content[:32] + content[32 + CHUNK + 16 :],
        lambda content: content[:10],
        lambda content: b"",
    ],
)
def test_a_tampered_file_is_detected(root, tamper):
    stored = keep(SECRET * 200)
    path = on_disk(root)
    path.write_bytes(tamper(path.read_bytes()))
    with pytest.raises(DamagedFile):
        open_stored(stored)


@pytest.mark.django_db
def test_a_file_put_in_the_place_of_another_is_detected(root):
    stored, other = keep(), keep(b"%PDF-1.7 une autre offre")
    (root / stored.path).write_bytes((root / other.path).read_bytes())
    with pytest.raises(DamagedFile, match="altered"):
        open_stored(stored)


@pytest.mark.django_db
def test_a_row_that_tells_another_fingerprint_is_detected(root):
    stored = keep()
    stored.size += 1
    with pytest.raises(DamagedFile, match="fingerprint"):
        open_stored(stored)
    stored.sha256 = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(DamagedFile):
        open_stored(stored)


@pytest.mark.django_db
def test_a_missing_file_and_a_missing_key_are_said(root, settings):
    stored = keep()
    key = settings.KEYS_DIR / "files.key"
    key.rename(key.with_suffix(".kept"))
    with pytest.raises(DamagedFile, match="another server key"):
        open_stored(stored)
    key.with_suffix(".kept").replace(key)
    assert open_stored(stored) == SECRET
    key.write_bytes(b"short")
    with pytest.raises(DamagedFile, match="holds 5 bytes"):
        open_stored(stored)
    on_disk(root).unlink()
    with pytest.raises(DamagedFile, match="missing"):
        list(stored.chunks())


@pytest.mark.django_db
def test_staging_again_heals_a_damaged_file(root):
    stored = keep()
    on_disk(root).write_bytes(b"gone")
    stage(SECRET, name="offre.pdf")
    assert open_stored(stored) == SECRET


def test_a_file_outside_of_an_act_is_refused(root):
    staged = stage(SECRET, name="offre.pdf")
    with pytest.raises(OutsideAct):
        store(staged)


@pytest.mark.django_db
def test_bytes_and_open_files_are_stored_within_the_act(root):
    stored = within_act(lambda: store(io.BytesIO(SECRET), name="offre.pdf", media_type="application/pdf"))
    assert open_stored(stored) == SECRET
    with pytest.raises(TypeError, match="needs a name"):
        within_act(lambda: store(SECRET))


def test_a_refused_file_leaves_nothing(root):
    with pytest.raises(RefusedFile):
        stage(b"MZ\x00", name="outil.exe")
    assert not root.exists()


def test_a_name_has_no_folders(root):
    assert stage(SECRET, name="../../etc/offre.pdf").name == "offre.pdf"
    assert stage(SECRET, name="C:\\offres\\offre.pdf").name == "offre.pdf"


def test_content_that_changes_while_it_is_stored_is_refused(root):
    class Changing(io.BytesIO):
        def seek(self, *args):
            if self.getvalue():
                self.getbuffer()[-1] ^= 1
            return super().seek(*args)

    with pytest.raises(DamagedFile, match="changed while"):
        stage(Changing(SECRET), name="offre.pdf")
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_the_key_is_made_once(root):
    assert encryption.server_key() == encryption.server_key()


@given(st.integers(min_value=0, max_value=2), st.binary(min_size=1, max_size=200))
def test_encryption_is_undone_whatever_the_content(whole_chunks, tail):
    content = b"p" * (whole_chunks * CHUNK) + tail
    sha256 = hashlib.sha256(content).hexdigest()
    sealed = io.BytesIO()
    source = io.BytesIO(content)
    encryption.encrypt(iter(lambda: source.read(CHUNK), b""), sha256=sha256, to=sealed)
    sealed.seek(0)
    assert b"".join(encryption.decrypt(sealed, sha256=sha256)) == content


def test_pieces_that_could_not_be_read_back_are_refused():
    with pytest.raises(ValueError, match="last chunk"):
        encryption.encrypt([b"a", b"b"], sha256="00" * 32, to=io.BytesIO())
