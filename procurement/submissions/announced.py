"""Limits of a deposit, checked before the first byte: names, types, sizes, counts, room on the disk (B.8, LR-58).

`limits` is whatever announces them: a period, or a trial that borrows those of one.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from django.conf import settings

from marketplace.files.media_types import EXTENSIONS
from marketplace.journal.errors import Refusal
from procurement.submissions.codes import Code

MEBIBYTE = 1024 * 1024
LONGEST_NAME = 200


class Limits(Protocol):
    """What a period announces; sizes in bytes."""

    bytes_per_file: int
    bytes_in_all: int
    files_max: int
    media_types: list[str]


class NotReceived(Refusal):
    """A file or a part is not received. `code` says why in the journal of attempts, `status` is the HTTP answer.

    `retry_after`: seconds after which the same may pass, 0 when it would not.
    """

    def __init__(self, code: Code, *reasons: str, status: int = 422, retry_after: int = 0) -> None:
        super().__init__(*(reasons or (str(code.label),)))
        self.code, self.status, self.retry_after = code, status, retry_after


def checked_name(name: str) -> str:
    """The last element of a path, as every part of the site can write it. Raises NotReceived."""
    name = Path(name.replace("\\", "/")).name
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NotReceived(
            Code.NAME,
            f"Donnez à ce fichier un nom de {LONGEST_NAME} signes au plus, sans retour à la ligne ni signe invisible.",
        )
    return name


def checked_type(name: str, announced: Sequence[str]) -> str:
    """The media type that a name says, when it is announced. Raises NotReceived."""
    extension = Path(name).suffix.lower()
    media_type = next((one for one, extensions in EXTENSIONS.items() if extension in extensions), "")
    if not media_type:
        raise NotReceived(
            Code.TYPE, f"Le type de « {name} » n’est pas accepté : convertissez le fichier, en PDF par exemple."
        )
    if announced and media_type not in announced:
        raise NotReceived(
            Code.TYPE,
            f"Le règlement n’accepte pas ce type de fichier (« {name} ») : convertissez-le, en PDF par exemple.",
        )
    return media_type


def check_count(limits: Limits, held: int) -> None:
    """One more file beside those held or under way. Raises NotReceived."""
    if held >= limits.files_max:
        raise NotReceived(
            Code.COUNT,
            f"Le règlement accepte {limits.files_max} fichiers : réunissez-en plusieurs dans un PDF ou un ZIP.",
        )


def check_size(limits: Limits, name: str, size: int) -> None:
    """A file of `size` bytes. Raises NotReceived when it is empty or larger than announced."""
    if size <= 0:
        raise NotReceived(Code.EMPTY, f"« {name} » est vide : vérifiez-le sur votre poste et déposez-le à nouveau.")
    if size > limits.bytes_per_file:
        raise NotReceived(
            Code.FILE_SIZE,
            f"« {name} » dépasse la limite annoncée de {limits.bytes_per_file // MEBIBYTE} Mio par fichier.",
        )


def check_room(limits: Limits, held: int, size: int) -> None:
    """`size` more bytes beside those held or promised. Raises NotReceived."""
    if held + size > limits.bytes_in_all:
        raise NotReceived(
            Code.QUOTA,
            f"Le dépôt dépasserait la limite annoncée de {limits.bytes_in_all // MEBIBYTE} Mio en tout : allégez un "
            "fichier.",
        )


def check_free_space(size: int) -> None:
    """Whether the disk takes a file of `size` bytes and keeps its reserve for seals. Raises NotReceived."""
    folder = Path(settings.SUBMISSION_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(folder).free - size < settings.SUBMISSION_RESERVE:
        raise NotReceived(Code.DISK, status=507)
