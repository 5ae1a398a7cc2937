"""Pages travel compressed, small answers and files do not."""

import gzip

from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from marketplace.ui.middleware import PageCompression


def answer(response: HttpResponse) -> HttpResponse:
    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return PageCompression(lambda _: response)(request)


def test_a_page_is_compressed():
    page = "<p>Bonjour</p>" * 100
    got = answer(HttpResponse(page))
    assert got.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(got.content).decode() == page


def test_a_file_keeps_its_bytes_and_its_length():
    got = answer(
        StreamingHttpResponse([b"a" * 5000], content_type="application/pdf", headers={"Content-Length": "5000"})
    )
    assert "Content-Encoding" not in got.headers
    assert got.headers["Content-Length"] == "5000"
