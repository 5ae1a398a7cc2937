"""What a rush left: nothing lost, doubled or mislabelled, by rows, receipts handed out and the clocks of both."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.rush_bidders import Company

# Of both clocks: one machine, read at two places.
CLOCK = timedelta(milliseconds=5)
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


def faults_of(companies: Sequence[Company]) -> dict[str, int]:
    """Count each kind of fault; every one must be zero."""
    from marketplace.journal import keys, verify
    from procurement.submissions.deposits import part_store
    from procurement.submissions.models import Part, Receipt, SealOutcome, SealRequest, Submission
    from procurement.submissions.standalone import verify_receipt

    kept = {
        str(one.deposit_id): one
        for one in Submission.objects.select_related("period").prefetch_related("period__deadlines")
    }
    receipts = {str(one.submission_id): one for one in Receipt.objects.filter(kind=Receipt.Kind.SUBMISSION)}
    found: Counter[str] = Counter(
        {
            "failed": sum(bool(one.failure) for one in companies),
            "doubled": _doubled(Submission, Receipt),
            "unfinished": SealRequest.objects.filter(outcome__isnull=True).count()
            + SealOutcome.objects.exclude(status=SealOutcome.Status.SEALED).count(),
        }
    )
    published, sealed_at = keys.public_keys(), _places("submission.sealed", "submission")
    for company in companies:
        accepted = [one for one in company.seals if one.is_accepted]
        submission = kept.get(company.deposit)
        found["lost"] += bool(accepted) and (submission is None or company.receipt is None)
        found["refused"] += bool(company.seals) and not accepted
        found["ghosts"] += not accepted and submission is not None
        if submission is None or company.receipt is None:
            continue
        row = receipts[str(submission.pk)]
        found["unlike its receipt"] += company.receipt != row.content or company.receipt["root"] != submission.root
        found["receipt not valid"] += verify_receipt.verify(company.receipt, published).answer != verify_receipt.VALID
        found["mislabelled"] += not _is_labelled(company.receipt, submission, _deadlines_before(submission, sealed_at))
        found["out of its time"] += not any(_came_within(one, submission) for one in company.seals)
    store = part_store()
    for part in Part.objects.select_related("file").filter(file__deposit__in=kept):
        sealed = store.read(str(part.file.deposit_id), str(part.file_id), part.n, "part")
        found["altered"] += hashlib.sha256(sealed).hexdigest() != part.sealed_sha256
    found["breaks of the journal"] = len(verify.verify().faults)
    return dict(found)


def labels_of(companies: Sequence[Company]) -> Counter[str]:
    """How many receipts bear each verdict."""
    return Counter(one.receipt["verdict"] for one in companies if one.receipt)


def complements() -> tuple[int, int]:
    """How many complements there are, and how many bidders lack one that the extension owes them."""
    from procurement.submissions.models import Receipt, Submission

    owed = 0
    for submission in Submission.objects.select_related("period").prefetch_related("period__deadlines", "receipts"):
        told = max(one.content["deadline"] for one in submission.receipts.all())
        in_time = submission.received_at <= submission.period.closes_at()
        owed += in_time and told != submission.period.closes_at().astimezone(UTC).strftime(MOMENT)
    return Receipt.objects.filter(kind=Receipt.Kind.COMPLEMENT).count(), owed


def queued_before_its_instant(companies: Sequence[Company]) -> list[float]:
    """Seconds between the moment at which a seal had left whole and the instant that the site gave it."""
    waits = []
    for company in companies:
        if company.receipt and company.seals:
            at = datetime.strptime(company.receipt["received_at"], MOMENT).replace(tzinfo=UTC).timestamp()
            own = [at - one.sent for one in company.seals if one.began <= at <= one.ended]
            waits += [min(own, key=abs)] if own else []
    return waits


def stages(companies: Sequence[Company]) -> dict[str, list[float]]:
    """Seconds that the seals of these companies spent between two instants that the site wrote down."""
    from procurement.submissions.models import SealRequest

    sealed = SealRequest.objects.filter(deposit_id__in=[one.deposit for one in companies], outcome__isnull=False)
    instants = sealed.values_list("received_at", "inserted_at", "outcome__submission__committed_at")
    return {
        "received to inscribed": [(inscribed - received).total_seconds() for received, inscribed, _ in instants],
        "inscribed to lock held": [(held - inscribed).total_seconds() for _, inscribed, held in instants if held],
    }


def _doubled(*models: Any) -> int:
    submissions, receipts = models
    twice = Counter(submissions.objects.values_list("party_id", flat=True))
    numbers = Counter(receipts.objects.filter(kind="submission").values_list("submission_id", flat=True))
    return sum(count - 1 for count in twice.values()) + sum(count - 1 for count in numbers.values())


def _places(act: str, name: str) -> dict[str, int]:
    """Where the entries of an act stand in the journal, by an id of their data."""
    from marketplace.journal.models import Entry

    return {entry.data[name]: entry.seq for entry in Entry.objects.filter(act=act)}


def _deadlines_before(submission: Any, sealed_at: dict[str, int]) -> list[datetime]:
    """The deadlines that the journal knew when it sealed a submission, in its order."""
    from marketplace.journal.models import Entry

    moved = Entry.objects.filter(act="period.extended", seq__lt=sealed_at[str(submission.pk)]).count()
    rows = sorted(submission.period.deadlines.all(), key=lambda row: row.closes_at)
    return [row.closes_at for row in rows][: moved + 1]


def _is_labelled(receipt: dict[str, Any], submission: Any, deadlines: list[datetime]) -> bool:
    """Whether verdict and deadline are those of the instants recorded, by a rule written here once more."""
    known, last = deadlines[-1], max(row.closes_at for row in submission.period.deadlines.all())

    def label(deadline: datetime) -> str:
        if submission.received_at <= deadline:
            return "on_time"
        return "late_started_in_time" if submission.first_byte_at <= deadline else "late"

    instants = [
        datetime.strptime(receipt[name], MOMENT).replace(tzinfo=UTC)
        for name in ("first_byte_at", "complete_at", "received_at", "committed_at", "deadline")
    ]
    recorded = [
        submission.first_byte_at, submission.complete_at, submission.received_at, submission.committed_at, known,
    ]  # fmt: skip
    return instants == recorded and receipt["verdict"] == label(known) and submission.verdict.value == label(last)


def _came_within(seal: Any, submission: Any) -> bool:
    """Whether the instant of a submission lies between its click and the answer."""
    began = datetime.fromtimestamp(seal.began, UTC) - CLOCK
    return began <= submission.received_at <= datetime.fromtimestamp(seal.ended, UTC) + CLOCK
