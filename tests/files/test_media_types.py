"""What is accepted is seen in the content; the rest is refused in words that help."""

import io
import zipfile

import pytest

from marketplace.files.media_types import RefusedFile, checked_media_type


def archive(*names, **contents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in contents.items():
            made.writestr(name, content)
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


ODT = archive(mimetype="application/vnd.oasis.opendocument.text")
DOCX = archive("[Content_Types].xml", "word/document.xml")


def found(content, name, expected=None):
    return checked_media_type(io.BytesIO(content), name=name, expected=expected)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"%PDF-1.7 ...", "offre.PDF", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "plan.png", "image/png"),
        (b"\xff\xd8\xff\xe0....", "photo.jpeg", "image/jpeg"),
        (archive("dossier/lisez-moi.txt"), "pieces.zip", "application/zip"),
        (ODT, "memoire.odt", "application/vnd.oasis.opendocument.text"),
        (DOCX, "memoire.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (archive("xl/workbook.xml"), "prix.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("Un été à Nîmes\n".encode(), "note.txt", "text/plain"),
        ("Un été à Nîmes\n".encode("cp1252"), "note.txt", "text/plain"),
        (("é" * 5000).encode(), "note.txt", "text/plain"),
        (b"a;b\n1;2\n", "prix.csv", "text/csv"),
        (b'\xef\xbb\xbfa;"b"\n', "prix.csv", "text/csv"),
        (b'{"a": [1]}', "dume.json", "application/json"),
        (b'<?xml version="1.0"?><espd/>', "dume.xml", "application/xml"),
        (b"<espd/>", "dume.xml", "application/xml"),
        (b"age-encryption.org/v1\n-> X25519 ...", "offre.age", "application/vnd.age"),
    ],
)
def test_the_types_of_the_list_are_seen_in_the_content(content, name, media_type):
    assert found(content, name) == media_type
    assert found(content, name, expected=media_type) == media_type


@pytest.mark.parametrize(
    ("content", "name", "advice"),
    [
        (b"", "vide.pdf", "Ce fichier est vide"),
        (b"MZ\x90\x00\x03", "outil.exe", "n’est pas accepté"),
        (b"MZ\x90\x00\x03", "offre.pdf", "n’est pas accepté"),
        (b"\x7fELF\x02\x01\x00", "offre.txt", "n’est pas accepté"),
        (b"%PDF-1.7", "offre.txt", "donnez-lui l’extension .pdf"),
        (b"du texte", "offre.pdf", "donnez-lui l’extension .md ou .txt"),
        (b"#!/bin/sh\n", "outil.sh", "donnez-lui l’extension .md ou .txt"),
        (b"<!DOCTYPE html><html>", "page.txt", "HTML et les images SVG"),
        (b"\xef\xbb\xbf\n <HTML>", "page.xml", "HTML et les images SVG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image.xml", "HTML et les images SVG"),
        (b"<?xml version='1.0'?><!-- --><svg/>", "image.xml", "HTML et les images SVG"),
        (b'{"a": ', "dume.json", "vérifiez qu’il est complet"),
        (b"PK\x03\x04" + b"\x00" * 40, "pieces.zip", "Cette archive est abîmée"),
        (archive("word/document.xml", "word/vbaProject.bin"), "memoire.docx", "contient des macros"),
        (archive("Basic/Standard/Module1.xml", mimetype="x"), "memoire.odt", "contient des macros"),
        (DOCX, "pieces.zip", "donnez-lui l’extension .docx"),
        (b"%PDF-1.7", "", "un nom de 1 à 200 signes"),
        (b"%PDF-1.7", "a" * 200 + ".pdf", "un nom de 1 à 200 signes"),
    ],
)
def test_everything_else_is_refused_with_what_to_do(content, name, advice):
    with pytest.raises(RefusedFile) as refused:
        found(content, name)
    assert advice in refused.value.reasons[0]


def test_another_type_than_the_one_asked_for_is_refused():
    with pytest.raises(RefusedFile, match=r"déposez un fichier \.pdf"):
        found(b"du texte", "note.txt", expected="application/pdf")
