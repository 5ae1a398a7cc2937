"""Texts that editors write, as pages show them."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import RichText, expand_db_html
from wagtail.whitelist import Whitelister

register = template.Library()


@register.filter
def prose(text: RichText | str) -> SafeString:
    """A rich text with its links, and no element nor attribute but those of Wagtail's own list.

    The editor already keeps nothing else; what came by another road (an import, a command) passes here as well.
    """
    source = text.source if isinstance(text, RichText) else text
    return mark_safe(Whitelister().clean(expand_db_html(source)))  # noqa: S308 - cleaned by the list above
