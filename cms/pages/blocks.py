"""What editors compose pages of. A panel is filled by a room above, which registers it: pages know nothing of calls."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from cms.catalogue.models import Domain
from cms.pages.content import CONTENT_BLOCKS, TermBlock, TextBlock, TitledBlock

Render = Callable[[HttpRequest], str]

_panels: dict[str, Render] = {}


def register_panel(name: str, render: Render) -> None:
    """Let pages show a panel; called in `AppConfig.ready` of the room that fills it.

    Args:
        name: Code that pages keep, e.g. "open-calls".
        render: Gives whole, safe HTML (a `<section>`) for a request, or nothing.
    """
    _panels[name] = render


def panel(name: str, request: HttpRequest) -> SafeString:
    """The panel as it is now; empty when no room fills it."""
    render = _panels.get(name)
    return mark_safe(render(request)) if render else SafeString()  # noqa: S308 - rendered by a room's template


class PanelBlock(blocks.StructBlock):
    """The place of a panel."""

    # Not a ChoiceBlock: a page keeps the place of a panel that no room fills at the moment.
    name = blocks.CharBlock(label=_("code"), help_text=_("Par exemple open-calls : les appels ouverts."))

    class Meta:
        template = "pages/blocks/panel.html"
        icon = "placeholder"
        label = _("Encart d’une autre partie du site")

    def get_context(self, value: Mapping[str, Any], parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fill the panel; in an editor without request there is nothing to show."""
        context = super().get_context(value, parent_context=parent_context)
        request = context.get("request")
        context["panel"] = panel(value["name"], request) if request else ""
        return context


class DomainsBlock(TitledBlock):
    """The sixteen domains, with how many profiles each holds."""

    class Meta:
        template = "pages/blocks/domains.html"
        icon = "grip"
        label = _("Domaines")


class DoorBlock(blocks.StructBlock):
    """One way to begin."""

    title = blocks.CharBlock(label=_("titre"), max_length=60)
    text = blocks.CharBlock(label=_("texte"), max_length=200)
    target = blocks.ChoiceBlock(
        label=_("bouton"),
        choices=[
            ("accounts:register_buyer", _("Inscrire ma collectivité ou mon administration")),
            ("accounts:register_company", _("Inscrire mon entreprise")),
            ("catalogue:list", _("Parcourir le catalogue")),
            ("needs:propose", _("Exprimer un besoin")),
        ],
    )
    button = blocks.CharBlock(label=_("texte du bouton"), max_length=40, help_text=_("Un verbe et un objet."))


class DoorsBlock(TitledBlock):
    """Where each kind of visitor begins."""

    doors = blocks.ListBlock(DoorBlock(), label=_("portes"), max_num=4)

    class Meta:
        template = "pages/blocks/doors.html"
        icon = "login"
        label = _("Par où commencer")


class StepBlock(blocks.StructBlock):
    """One step."""

    title = blocks.CharBlock(label=_("titre"), max_length=40)
    text = blocks.CharBlock(label=_("texte"), max_length=200)


class StepsBlock(TitledBlock):
    """What follows what."""

    lead = blocks.TextBlock(label=_("introduction"), max_length=400)
    steps = blocks.ListBlock(StepBlock(), label=_("étapes"), max_num=6)

    class Meta:
        template = "pages/blocks/steps.html"
        icon = "list-ol"
        label = _("Étapes")


class MarkBlock(blocks.StructBlock):
    """One mark and what it means."""

    label = blocks.CharBlock(label=_("mention"), max_length=60)
    is_verified = blocks.BooleanBlock(label=_("vérifié"), required=False)
    text = blocks.CharBlock(label=_("sens"), max_length=250)


class SealBlock(TitledBlock):
    """What the marks of profiles mean, and how bids stay closed."""

    marks = blocks.ListBlock(MarkBlock(), label=_("mentions"))
    aside_title = blocks.CharBlock(label=_("titre de l’encart"), max_length=60)
    aside_text = blocks.TextBlock(label=_("texte de l’encart"), max_length=400)

    class Meta:
        template = "pages/blocks/seal.html"
        icon = "check"
        label = _("Le sceau")


class FiguresBlock(TitledBlock):
    """Figures counted in the database when the page is read."""

    class Meta:
        template = "pages/blocks/figures.html"
        icon = "order"
        label = _("Chiffres publics")


class BriefBlock(blocks.StructBlock):
    """« En bref »: what to remember."""

    lines = blocks.ListBlock(blocks.CharBlock(max_length=200), label=_("lignes"), max_num=5)

    class Meta:
        template = "pages/blocks/brief.html"
        icon = "pick"
        label = _("En bref")


class GlossaryBlock(TitledBlock):
    """Words and their meanings."""

    terms = blocks.ListBlock(TermBlock(), label=_("mots"))

    class Meta:
        template = "pages/blocks/glossary.html"
        icon = "openquote"
        label = _("Glossaire")


class TreatmentBlock(blocks.StructBlock):
    """One line of the table of personal data (ux.md §17)."""

    data = blocks.CharBlock(label=_("données"))
    purpose = blocks.CharBlock(label=_("pourquoi"))
    basis = blocks.CharBlock(label=_("base légale"))
    duration = blocks.CharBlock(label=_("durée"))
    recipients = blocks.CharBlock(label=_("destinataires"))


class TreatmentsBlock(TitledBlock):
    """What is done with personal data."""

    treatments = blocks.ListBlock(TreatmentBlock(), label=_("traitements"))

    class Meta:
        template = "pages/blocks/treatments.html"
        icon = "table"
        label = _("Traitements de données")


CONTACT = ["name", "address", "email", "telephone"]
PUBLISHER_FACTS = {
    "notices": ["name", "legal_form", "identifier", "address", "director", "host", "email", "telephone"],
    "privacy": [*CONTACT, "data_officer"],
    "contact": CONTACT,
}


class PublisherBlock(TitledBlock):
    """Who runs this site, as written in its settings."""

    shown = blocks.ChoiceBlock(
        label=_("ce qui est montré"),
        choices=[
            ("notices", _("tout ce que demandent les mentions légales")),
            ("privacy", _("le contact, et le délégué à la protection des données")),
            ("contact", _("le contact")),
        ],
    )

    class Meta:
        template = "pages/blocks/publisher.html"
        icon = "home"
        label = _("Identité de l’exploitant")

    def get_context(self, value: Mapping[str, Any], parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """The facts to show, empty ones included."""
        context = super().get_context(value, parent_context=parent_context)
        context["facts"] = context["publisher"].lines(PUBLISHER_FACTS[value["shown"]])
        return context


class ChildrenBlock(blocks.StaticBlock):
    """The pages below this one."""

    class Meta:
        template = "pages/blocks/children.html"
        icon = "folder-open-inverse"
        label = _("Pages de cette rubrique")
        admin_text = _("La liste des pages de cette rubrique.")

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """The live pages below, each with its introduction, in one query."""
        context = super().get_context(value, parent_context=parent_context)
        below = context["page"].get_children().live().order_by("path")
        context["below"] = below.annotate(
            lead=Coalesce("standardpage__lead", "glossarypage__lead", Value(""), output_field=CharField())
        )
        return context


class SiteMapBlock(blocks.StaticBlock):
    """Every public page."""

    class Meta:
        template = "pages/blocks/site_map.html"
        icon = "site"
        label = _("Plan du site")
        admin_text = _("La liste de toutes les pages publiques.")

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """The domains, and the pages in two levels."""
        context = super().get_context(value, parent_context=parent_context)
        home = context["page"].get_site().root_page
        pages = list(home.get_descendants().live().public().order_by("path"))
        context["domains"] = Domain.objects.all()
        context["tree"] = [
            (page, [below for below in pages if below.is_descendant_of(page)])
            for page in pages
            if page.depth == home.depth + 1
        ]
        return context


HOME_BLOCKS = [
    ("domains", DomainsBlock()),
    ("panel", PanelBlock()),
    ("doors", DoorsBlock()),
    ("steps", StepsBlock()),
    ("seal", SealBlock()),
    ("figures", FiguresBlock()),
]
PAGE_BLOCKS = [
    ("brief", BriefBlock()),
    ("text", TextBlock()),
    *CONTENT_BLOCKS,
    ("glossary", GlossaryBlock()),
    ("treatments", TreatmentsBlock()),
    ("publisher", PublisherBlock()),
    ("children", ChildrenBlock()),
    ("site_map", SiteMapBlock()),
    ("panel", PanelBlock()),
]
