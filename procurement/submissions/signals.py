"""What rooms above are told of, or may stand against, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `envelope` and `now` when a first custodian begins an opening, or when prices opened on
# another buyer profile are brought; also before their browser is handed what it removes its layer from. A receiver
# changes nothing and refuses by raising Refusal: prices wait for the end of the technical evaluation where the call
# says so.
opening_begins = Signal()

# Sent with `envelopes` (each with its period) and `now` by pages that say beforehand what `opening_begins` refuses.
# A receiver answers {id of envelope: reason} for those that wait.
openings_held = Signal()

# Sent with `period` and `envelope` (None: the whole register) before what was brought from another buyer profile is
# replaced. A receiver refuses it by raising Refusal: the evaluation has begun on what came first.
received_changes = Signal()

# Sent with `party` and `now` when the buyer lets a candidate change after its deposit. A receiver refuses it by raising
# Refusal: the contract is signed.
group_changes = Signal()
