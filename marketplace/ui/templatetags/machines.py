"""What a public page says to machines: search engines, social networks, readers of feeds.

`public_meta` stands in the block `meta` of every public page; pages without it are not indexed (layout/base.html).
"""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from marketplace.ui import structured
from marketplace.ui.sharing import HEIGHT, WIDTH

register = template.Library()


@register.simple_tag(takes_context=True)
def public_meta(
    context: template.Context,
    title: str,
    description: str,
    *,
    kind: str = "site",
    subject: str = "accueil",
    type: str = "website",  # noqa: A002 - the word of Open Graph
    image: str = "",
) -> SafeString:
    """Description, canonical address, and words and image of shares.

    Args:
        context: The page, for its address: `?page=2` is a page of its own, other parameters are not.
        title: Title for shares.
        description: One or two sentences.
        kind: Kind of share image (`marketplace.ui.sharing`).
        subject: Which one of that kind, as the address of its image says.
        type: Open Graph type.
        image: Address of a picture chosen instead of the drawing, 1200 × 630.
    """
    request = context.get("request")
    path = request.path if request else "/"
    number = request.GET.get("page", "") if request else ""
    if number.isascii() and number.isdigit() and int(number[:6]) > 1:
        path = f"{path}?page={int(number[:6])}"
    shared = image or reverse("share_image", kwargs={"kind": kind, "subject": subject})
    return render_to_string(
        "components/public_meta.html",
        {
            "title": title,
            "description": " ".join(description.split()),
            "url": structured.whole(path),
            "image": structured.whole(shared),
            "width": WIDTH,
            "height": HEIGHT,
            "type": type,
            "site_name": context.get("site_name", ""),
        },
    )


@register.simple_tag
def structured_data(*things: Any) -> SafeString:
    """The data block of what the page is about, in schema.org's words."""
    return structured.script(*things)
