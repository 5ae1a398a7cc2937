"""All that the pages of the payment of one contract show, to its buyer and to its holder alike."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from procurement.contracts.bills import bills
from procurement.contracts.models import Contract, Penalty
from procurement.contracts.payment_terms import advance_of, held_back, stored_rates, terms_facts, terms_of
from procurement.law import advance, payment, price


def payment_sheet(contract: Contract, now: datetime) -> dict[str, Any]:
    """Terms, invoices, penalties and certificate of a contract read by `with_details`, and what the law makes of them.

    `next_instalment`: day by which the holder may claim again; `retention_until`: last day to give the retention back,
    None while the contract runs.
    """
    terms = terms_of(contract)
    facts = terms_facts(contract, terms)
    rows = list(contract.payments_due.all())
    for row in rows:
        row.contract = contract
    standing = [row for row in rows if row.returned_at is None]
    begun = [phase.started_at for phase in contract.phases.all() if phase.started_at is not None]
    claimed = [row.invoice_received_at or row.prepared_at for row in standing]
    last = max([*begun, *filter(None, claimed)], default=None)
    ended = contract.closed_at or contract.stopped_at
    return {
        "terms": terms,
        "terms_are_set": terms.pk is not None and not terms._state.adding,
        "rhythm": advance.rhythm(facts),
        "advance_ttc": advance_of(contract, facts) if facts.advance_accepted and facts.advance_rate else None,
        "minimum_rate": advance.minimum_rate(facts),
        "retention_cap": price.retention_cap(facts),
        "bills": bills(rows, now=now, rates=stored_rates()),
        "retained_ttc": held_back(contract),
        "releases": list(contract.retention_releases.all()),
        "retention_until": ended
        and price.retention_released_on(
            timezone.localdate(ended), guarantee_months=terms.guarantee_months, on=facts.launch_date
        ),
        "next_instalment": last and payment.next_instalment(timezone.localdate(last), months=terms.instalment_months),
        "penalties": list(Penalty.objects.filter(contract=contract)),
        "certificate": getattr(contract, "assignment_certificate", None),
    }
