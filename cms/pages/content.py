"""Blocks of text: what articles, studies, events and guides are made of."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from cms.catalogue.models import Profile
from cms.pages.links import LinkBlock

RICH_TEXT = ["h3", "bold", "italic", "link", "document-link", "ol", "ul"]
"""What a text may hold: neither pictures nor anything that would ask another site."""
SHORT_TEXT = ["bold", "italic", "link", "ol", "ul"]


class TitledBlock(blocks.StructBlock):
    """A part of the page with a title."""

    title = blocks.CharBlock(label=_("titre"), max_length=90)


class TextBlock(TitledBlock):
    """A part with a title and a text."""

    text = blocks.RichTextBlock(label=_("texte"), features=RICH_TEXT)

    class Meta:
        template = "pages/blocks/text.html"
        icon = "pilcrow"
        label = _("Texte avec un titre")


class ParagraphsBlock(blocks.StructBlock):
    """A text without a title, which goes on from the part before."""

    text = blocks.RichTextBlock(label=_("texte"), features=RICH_TEXT)

    class Meta:
        template = "pages/blocks/paragraphs.html"
        icon = "pilcrow"
        label = _("Texte sans titre")


class PictureBlock(blocks.StructBlock):
    """A picture with its caption; its credit is that of the picture."""

    picture = ImageBlock(label=_("image"))
    caption = blocks.CharBlock(label=_("légende"), max_length=250, required=False)

    class Meta:
        template = "pages/blocks/picture.html"
        icon = "image"
        label = _("Image")


class QuoteBlock(blocks.StructBlock):
    """Somebody's words."""

    text = blocks.TextBlock(label=_("citation"), max_length=600)
    author = blocks.CharBlock(label=_("qui"), max_length=120)
    role = blocks.CharBlock(label=_("fonction"), max_length=160, required=False)

    class Meta:
        template = "pages/blocks/quote.html"
        icon = "openquote"
        label = _("Citation")


class CalloutBlock(blocks.StructBlock):
    """What must not be missed."""

    tone = blocks.ChoiceBlock(
        label=_("ton"),
        choices=[("info", _("À savoir")), ("ok", _("Bonne nouvelle")), ("warn", _("Attention"))],
        default="info",
    )
    title = blocks.CharBlock(label=_("titre"), max_length=90)
    text = blocks.RichTextBlock(label=_("texte"), features=SHORT_TEXT)

    class Meta:
        template = "pages/blocks/callout.html"
        icon = "warning"
        label = _("Encadré")


class QuestionBlock(blocks.StructBlock):
    """One question and its answer."""

    question = blocks.CharBlock(label=_("question"), max_length=160)
    answer = blocks.RichTextBlock(label=_("réponse"), features=RICH_TEXT)


class FaqBlock(TitledBlock):
    """Questions, their answers folded."""

    questions = blocks.ListBlock(QuestionBlock(), label=_("questions"), max_num=20)

    class Meta:
        template = "pages/blocks/faq.html"
        icon = "help"
        label = _("Questions et réponses")


class StageBlock(blocks.StructBlock):
    """One thing to do."""

    title = blocks.CharBlock(label=_("titre"), max_length=60)
    text = blocks.TextBlock(label=_("texte"), max_length=400)


class StagesBlock(TitledBlock):
    """What to do, in order."""

    steps = blocks.ListBlock(StageBlock(), label=_("étapes"), max_num=10)

    class Meta:
        template = "pages/blocks/stages.html"
        icon = "list-ol"
        label = _("Étapes")


class ButtonsBlock(blocks.StructBlock):
    """What the reader can do next."""

    buttons = blocks.ListBlock(LinkBlock(), label=_("boutons"), max_num=3)

    class Meta:
        template = "pages/blocks/buttons.html"
        icon = "link"
        label = _("Boutons")


class LinkCardBlock(blocks.StructBlock):
    """A way to another page."""

    link = LinkBlock(label=_("lien"))
    text = blocks.CharBlock(label=_("texte"), max_length=200)


class LinkCardsBlock(TitledBlock):
    """Ways to other pages."""

    cards = blocks.ListBlock(LinkCardBlock(), label=_("cartes"), max_num=6)

    class Meta:
        template = "pages/blocks/link_cards.html"
        icon = "grip"
        label = _("Cartes de liens")


class ProfilesBlock(TitledBlock):
    """Profiles of the catalogue, in alphabetical order: no place is better than another."""

    profiles = blocks.ListBlock(SnippetChooserBlock(Profile), label=_("fiches"), max_num=6)

    class Meta:
        template = "pages/blocks/profiles.html"
        icon = "group"
        label = _("Fiches du catalogue")

    def get_context(self, value: Mapping[str, Any], parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Those that are published when the page is read."""
        context = super().get_context(value, parent_context=parent_context)
        chosen = [profile.pk for profile in value["profiles"] if profile]
        context["profiles"] = Profile.objects.published().with_parts().filter(pk__in=chosen).order_by("sort_name", "pk")
        return context


class TableBlock(TitledBlock):
    """A table; its first column names the rows."""

    table = TypedTableBlock(
        [("text", blocks.CharBlock(label=_("texte"), required=False, max_length=300))], label=_("tableau")
    )

    class Meta:
        template = "pages/blocks/table.html"
        icon = "table"
        label = _("Tableau")


class DocumentBlock(blocks.StructBlock):
    """A file to download."""

    document = DocumentChooserBlock(label=_("document"))
    note = blocks.CharBlock(
        label=_("précision"), max_length=120, required=False, help_text=_("Par exemple : PDF accessible, 12 pages.")
    )

    class Meta:
        template = "pages/blocks/document.html"
        icon = "doc-full"
        label = _("Document à télécharger")


class TestimonyBlock(blocks.StructBlock):
    """Words of somebody who was there."""

    text = blocks.TextBlock(label=_("témoignage"), max_length=800)
    author = blocks.CharBlock(label=_("qui"), max_length=120)
    role = blocks.CharBlock(label=_("fonction"), max_length=160, required=False)
    organisation = blocks.CharBlock(label=_("organisation"), max_length=160)
    profile = SnippetChooserBlock(Profile, label=_("fiche du catalogue"), required=False)

    class Meta:
        template = "pages/blocks/testimony.html"
        icon = "openquote"
        label = _("Témoignage")


class TermBlock(blocks.StructBlock):
    """A word and its meaning."""

    term = blocks.CharBlock(label=_("mot"), max_length=80)
    meaning = blocks.TextBlock(label=_("sens"), max_length=500)

    class Meta:
        icon = "openquote"
        label = _("Mot")


CONTENT_BLOCKS = [
    ("paragraphs", ParagraphsBlock()),
    ("picture", PictureBlock()),
    ("quote", QuoteBlock()),
    ("callout", CalloutBlock()),
    ("faq", FaqBlock()),
    ("stages", StagesBlock()),
    ("buttons", ButtonsBlock()),
    ("link_cards", LinkCardsBlock()),
    ("profiles", ProfilesBlock()),
    ("table", TableBlock()),
    ("document", DocumentBlock()),
]
ARTICLE_BLOCKS = [("text", TextBlock()), *CONTENT_BLOCKS]
STUDY_BLOCKS = [*ARTICLE_BLOCKS, ("testimony", TestimonyBlock())]
TERMS = [("term", TermBlock())]
