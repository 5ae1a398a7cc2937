"""A draft that begins with a model of its domain: everything is written at once, and stays to be changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from procurement.calls import clauses
from procurement.calls.models import Call, Lot, NeedStatement, PatternVersion
from procurement.calls.patterns import Pattern, PatternError, first_texts, read_pattern
from procurement.calls.services import drafts
from procurement.calls.services.clauses import first_phase_terms

SCREEN = "pattern"
SLUG_MAX = 40


def texts() -> dict[str, str]:
    """The text of every model in force: what the operator wrote last, else what comes with the site."""
    written = PatternVersion.objects.order_by("version").values_list("slug", "text")
    return {**first_texts(), **dict(written)}


def shelf() -> dict[str, Pattern]:
    """Every model in force by its slug, by domain and title.

    Where a version that the operator wrote is no whole model any more, the one that comes with the site stands; a
    model that the operator added is not proposed while it is not whole.
    """
    read = [one for slug, text in texts().items() if (one := _readable(slug, text)) is not None]
    return {one.slug: one for one in sorted(read, key=lambda one: (one.domain_label, one.title))}


def _readable(slug: str, text: str) -> Pattern | None:
    try:
        return read_pattern(slug, text)
    except PatternError:
        first = first_texts().get(slug)
        return read_pattern(slug, first) if first is not None else None


def add_pattern(*, text: str, actor: Actor, now: datetime) -> PatternVersion:
    """Add a model beside those that come with the site; its address is made from its title.

    Raises NotAllowed, Refusal for a text that is no whole model, or a title that another model has. Records
    `pattern.added`.
    """
    require(actor, "pattern.keep", PatternVersion())
    with act(SITE_CHAIN, "pattern.added", actor=actor, now=now) as entry:
        text, standing = _laid_out(text), shelf()
        pattern = _whole("", text)
        slug = slugify(pattern.title)[:SLUG_MAX].strip("-")
        if not slug:
            raise Refusal("Donnez au modèle un titre, avec des lettres (« title »).")
        if slug in texts() or pattern.title.casefold() in {one.title.casefold() for one in standing.values()}:
            raise Refusal(
                f"Un modèle s’appelle déjà « {pattern.title} » : changez le titre (« title »), ou écrivez une nouvelle "
                "version de celui-là."
            )
        row = PatternVersion(slug=slug, version=1, text=text, written_at=now, written_by_id=actor.user_id)
        row.save()
        entry.data["slug"] = slug
    return row


def _laid_out(text: str) -> str:
    return "\n".join(text.splitlines()).strip() + "\n"


def _whole(slug: str, text: str) -> Pattern:
    try:
        return read_pattern(slug, text)
    except PatternError as error:
        raise Refusal(str(error)) from error


def write_pattern(*, slug: str, text: str, actor: Actor, now: datetime) -> PatternVersion:
    """Write another version of a model; calls begun before keep theirs.

    Raises NotAllowed, Refusal for a text that is no whole model, or says the same. Records `pattern.written`.
    """
    require(actor, "pattern.keep", PatternVersion(slug=slug))
    with act(SITE_CHAIN, "pattern.written", actor=actor, now=now, slug=slug) as entry:
        standing = texts()
        text = _laid_out(text)
        if slug not in standing:
            raise Refusal("Ce modèle n’existe pas.")
        if text == standing[slug]:
            raise Refusal("Ce texte est déjà celui du modèle.")
        _whole(slug, text)
        # The file of the site, where there is one, is the first version.
        version = PatternVersion.objects.filter(slug=slug).count() + (2 if slug in first_texts() else 1)
        row = PatternVersion(slug=slug, version=version, text=text, written_at=now, written_by_id=actor.user_id)
        row.save()
        entry.data["version"] = version
    return row


def apply_pattern(*, call: Call, pattern: Pattern, actor: Actor, now: datetime) -> Call:
    """Write a model into a draft that holds no text yet; its title stays, money and dates stay empty.

    Raises NotAllowed, Refusal once something is written, or the call is published. Records `call.edited`.
    """
    require(actor, "call.edit", call)
    try:
        _write_call(call, pattern, {"actor": actor, "now": now})
    except ValidationError as error:
        raise Refusal(*error.messages) from error
    return Call.objects.get(pk=call.pk)


def _write_call(call: Call, pattern: Pattern, common: Mapping[str, Any]) -> None:
    with drafts.edit_screen(call=call, screen=SCREEN, **common):
        _refuse_written(call)
        # A model never takes one question away: what the buyer said of the procedure stays.
        fields = {
            "object": pattern.object,
            "domain": pattern.domain,
            "cpv": pattern.cpv,
            "partner_mode": pattern.partner_mode,
            "no_lots_reason": clauses.FIRST_NO_LOTS_REASON,
            **clauses.FIRST_INVITED,
        }
        drafts.save_call(call=call, fields=fields, **common)
        drafts.save_need(call=call, fields=pattern.need, **common)
        [lot] = drafts.save_lots(call=call, lots=[{"partners_max": pattern.partners_max}], **common)
        _write_lot(lot, pattern, common)


def _write_lot(lot: Lot, pattern: Pattern, common: Mapping[str, Any]) -> None:
    drafts.save_requirements(lot=lot, rows=pattern.requirements, **common)
    drafts.save_selection_criteria(lot=lot, rows=_without_why(pattern.selection), **common)
    drafts.save_award_criteria(lot=lot, rows=_without_why(pattern.award), **common)
    terms = first_phase_terms()
    drafts.save_phases(lot=lot, rows=[{**terms, **phase} for phase in pattern.phases], **common)
    drafts.save_acquisition(lot=lot, fields=pattern.acquisition, levels=pattern.levels, **common)


def _refuse_written(call: Call) -> None:
    lots = list(call.lots.all())
    is_written = NeedStatement.objects.filter(call=call).exists() or any(lot.phases.exists() for lot in lots)
    if is_written or len(lots) != 1:
        raise Refusal(
            "Cet appel a déjà des textes : un modèle les effacerait. Commencez un autre appel avec ce modèle."
        )


def _without_why(rows: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "why"} for row in rows]
