"""What was added to a PDF before it was signed: a signer could otherwise change a price in the same breath."""

from collections.abc import Iterator

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, SuspiciousModification
from pyhanko.sign.diff_analysis.commons import compare_dicts
from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON


def adds_only_signatures(reader: PdfFileReader, *, given_revisions: int) -> bool:
    """Whether everything after the first `given_revisions` revisions is signatures and what comes with them.

    A document that already has a form is judged by pyHanko’s policy. One without it (the first signature makes the
    form) is out of its reach: then no object of the document may differ, except the lists that lead to the signature.
    """
    before = reader.get_historical_resolver(given_revisions - 1)
    try:
        if "/AcroForm" in before.root:
            review = DEFAULT_DIFF_POLICY.review_file(reader, before)
            return not isinstance(review, SuspiciousModification)
        after = reader.get_historical_resolver(reader.xrefs.total_revisions - 1)
        compare_dicts(before.root, after.root, ROOT_EXEMPT_STRICT_COMPARISON)
        allowed = _references_that_may_change(before, after)
        return all(
            reference in allowed or before(reference) == after(reference)
            for reference in _overridden(reader, before, since=given_revisions)
        )
    except (SuspiciousModification, PdfReadError):
        return False


def _overridden(reader: PdfFileReader, before: HistoricalResolver, *, since: int) -> Iterator[generic.Reference]:
    """Objects of the given document that a later revision writes anew, or frees."""
    for revision in range(since, reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            if reader.xrefs.get_historical_ref(reference, before.revision) is not None:
                yield reference


def _references_that_may_change(before: HistoricalResolver, after: HistoricalResolver) -> set[generic.Reference]:
    """The catalogue (compared apart), the metadata, and the pages that only gained signature widgets.

    Raises SuspiciousModification when a page changed otherwise.
    """
    allowed = {before.root_ref, *_targets(before.trailer_view, "/Info"), *_targets(before.root, "/Metadata")}
    for page in _pages(before.root.raw_get("/Pages")):
        old, new = before(page), after(page)
        compare_dicts(old, new, frozenset({"/Annots"}))
        kept, found = old.get("/Annots", ()), new.get("/Annots", ())
        added = list(found)[len(kept) :]
        if list(found)[: len(kept)] != list(kept) or not all(_is_signature_widget(widget) for widget in added):
            raise SuspiciousModification("a page gained something else than a signature")
        allowed |= {page, *_targets(old, "/Annots")}
    return allowed


def _targets(holder: generic.DictionaryObject, key: str) -> set[generic.Reference]:
    """Where an entry points to, when it is written as a reference."""
    value = holder.raw_get(key) if key in holder else None
    return {value.reference} if isinstance(value, generic.IndirectObject) else set()


def _pages(node: generic.IndirectObject) -> Iterator[generic.Reference]:
    content = node.get_object()
    if "/Kids" not in content:
        yield node.reference
    for kid in content.get("/Kids", ()):
        yield from _pages(kid)


def _is_signature_widget(annotation: generic.PdfObject) -> bool:
    content = annotation.get_object()
    return content.get("/Subtype") == "/Widget" and content.get("/FT") == "/Sig"
