"""Wagtail's admin, alone under a looser content policy: its own pages hold inline scripts and styles.

The loosened policy is carried by the views themselves: every other address of the site keeps the strict one.
"""

from csp.decorators import csp_replace
from django.urls import include, path
from wagtail.admin.urls import urlpatterns as admin_patterns
from wagtail.utils.urlpatterns import decorate_urlpatterns

POLICY = {
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    # The preview of a page is a frame of the editor.
    "frame-ancestors": ["'self'"],
}

urlpatterns = [path("", include(decorate_urlpatterns(admin_patterns, csp_replace(POLICY))))]
