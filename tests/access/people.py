"""Who asks. « Ours » is the buyer of the objects called one's own; « theirs » is another buyer, with its own firms."""

VISITOR = "visitor"
PERSON = "person without organisation"
WINNER = "firm that holds a contract"
RIVAL = "firm that was not chosen"
BYSTANDER = "firm that took no part"
AUTHOR = "author"
VALIDATOR = "validator"
EVALUATOR = "evaluator who declared"
SILENT = "evaluator who did not declare"
SET_ASIDE = "evaluator who stepped aside"
SIGNATORY = "signatory"
CUSTODIAN = "custodian of the house"
OUTSIDE_CUSTODIAN = "custodian from outside"
AUDITOR = "auditor from outside"
COLLEAGUE = "colleague without role"
THEIR_AUTHOR = "author of another buyer"
THEIR_WINNER = "firm that holds a contract of another buyer"
UNVERIFIED = "owner of an unverified buyer"
EDITOR = "editor"
OPERATOR = "operator"
SUPERUSER = "superuser without organisation"

MEMBERS = frozenset({AUTHOR, VALIDATOR, EVALUATOR, SILENT, SET_ASIDE, SIGNATORY, CUSTODIAN, COLLEAGUE})
"""People of our buyer."""

HOUSE = MEMBERS | {OUTSIDE_CUSTODIAN, AUDITOR}
"""Those who see the file of our call."""

TEAM = HOUSE - {COLLEAGUE, SET_ASIDE}
"""Those who have a role in our call; whoever steps aside has none any more (L2141-10)."""

READERS = frozenset({AUTHOR, VALIDATOR, EVALUATOR, SIGNATORY, AUDITOR})
"""Those who read what firms handed in: a part in the choice, and interests declared (LR-70)."""

SCORERS = frozenset({EVALUATOR})
REGISTER = frozenset({AUTHOR, VALIDATOR, EVALUATOR})
DECIDE = frozenset({VALIDATOR, SIGNATORY})
CLEAR = PREPARE = frozenset({AUTHOR, VALIDATOR, SIGNATORY})
FOLLOW = frozenset({AUTHOR, VALIDATOR, EVALUATOR, SILENT, SIGNATORY})
KEEPERS = frozenset({CUSTODIAN, OUTSIDE_CUSTODIAN})

SUPPLIERS = frozenset({WINNER, RIVAL, BYSTANDER, THEIR_WINNER})
BUYERS = MEMBERS | {THEIR_AUTHOR, UNVERIFIED}
WITH_ORGANISATION = SUPPLIERS | BUYERS | {OPERATOR}
SIGNED_IN = WITH_ORGANISATION | {PERSON, OUTSIDE_CUSTODIAN, AUDITOR, EDITOR, SUPERUSER}
EVERYBODY = SIGNED_IN | {VISITOR}

OWNERS = SUPPLIERS | {AUTHOR, THEIR_AUTHOR, UNVERIFIED, OPERATOR}
"""Owners of the account of their organisation."""

ACROSS = {AUTHOR: THEIR_AUTHOR, WINNER: THEIR_WINNER}
"""Who is to the objects of the other buyer what the first is to ours."""
