"""The rule book: dated parameters, legal calendar and rules of the innovation partnership. Pure Python, no Django.

One module per moment (`publication`, `selection`, `negotiation`, `deposits`, `opening`, `changes`, `award`, `letters`,
`signature`, `execution`): each `check…` function takes one frozen dataclass of `law.facts` and returns all findings.
"""
