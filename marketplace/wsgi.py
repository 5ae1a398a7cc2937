"""Entry point of the web server."""

import os
import sys

from django.core.wsgi import get_wsgi_application

# Seconds that a thread back from the database waits for one that computes (Python's own: 0.005). In a rush a seal
# comes back forty times while it holds the lock that all others wait for.
sys.setswitchinterval(0.0005)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
application = get_wsgi_application()
