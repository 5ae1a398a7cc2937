"""What rooms above are told of, or may stand against, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `envelope` and `now` when a first custodian begins an opening. A receiver refuses it by raising Refusal:
# prices wait for the end of the technical evaluation where the call says so.
opening_begins = Signal()
