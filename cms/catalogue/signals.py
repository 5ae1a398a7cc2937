"""What rooms above are told of, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `at`, the instant that an import wrote on each profile which it laid or changed.
imported = Signal()
