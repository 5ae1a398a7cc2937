"""What pages of the catalogue say to machines, in schema.org's words (`cms.catalogue.schema`)."""

from django import template
from django.utils.safestring import SafeString

from cms.catalogue import schema
from cms.catalogue.models import Profile, Solution
from marketplace.ui import structured

register = template.Library()


@register.simple_tag
def profile_data(profile: Profile) -> SafeString:
    """The organisation of a profile."""
    return structured.script(schema.organisation(profile))


@register.simple_tag
def solution_data(solution: Solution) -> SafeString:
    """A solution and who offers it."""
    return structured.script(schema.solution(solution))
