"""What this room tells the rooms above, inside the transaction of the act. Arguments: `now`, and those named here."""

from django.dispatch import Signal

# organisation
organisation_registered = Signal()
# organisation
organisation_verified = Signal()
# organisation, with the reason in `verification_refusal`
verification_refused = Signal()
# request: the JoinRequest
join_requested = Signal()
# request: the JoinRequest, answered
join_answered = Signal()
# membership, by: the Actor who added it
member_added = Signal()
# invitation: the Invitation, path: its signed address on this site
member_invited = Signal()
# user: the person, still bearing their address
account_closing = Signal()
