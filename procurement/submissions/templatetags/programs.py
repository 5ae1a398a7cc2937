"""Scripts that seal or use keys: a browser runs them only as the site announces them."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from procurement.submissions.program import integrity

register = template.Library()


@register.simple_tag
def checked_script(name: str) -> SafeString:
    """The element that loads one of the scripts of this room, with the hash that the browser compares."""
    return format_html(
        '<script src="{}" integrity="{}" defer></script>', static(f"submissions/{name}"), integrity(name)
    )
