"""Looks at a demonstration from within, in a process of its own: `python -m tests.demo.showcase_probe`, JSON on output.

Stages as the site computes them now, and what a sign-in with password and code answers.
"""

import json
import sys

import django


def main() -> None:
    """Read the database of the environment and print what is there."""
    django.setup()
    from django.contrib.auth import get_user_model
    from django.test import Client, override_settings

    from cms.catalogue.models import Profile
    from marketplace.accounts.second_factor import is_set_up, reason_for
    from marketplace.demo.showcase import second_factors
    from marketplace.demo.showcase.places import places
    from marketplace.demo.showcase.troupe import PASSWORD
    from marketplace.journal import clock
    from marketplace.journal.outbox import waiting
    from marketplace.journal.verify import verify
    from procurement.calls.models import Lot
    from procurement.calls.stages import stage
    from procurement.contracts.models import Contract, PaymentDue, Signature
    from procurement.submissions.models import Deposit
    from procurement.submissions.progress import progress_of

    now = clock.now()
    users = get_user_model().objects.all()
    lots = Lot.objects.select_related("timeline", "call").order_by("call__reference")
    journal = verify()
    drafts = Deposit.objects.filter(submission=None, draft_key__isnull=False)

    def sign_in(email: str) -> list[int | str]:
        client = Client(HTTP_HOST="localhost", raise_request_exception=False)
        first = client.post("/connexion/", {"login": email, "password": PASSWORD})
        answer: list[int | str] = [first.status_code, first.headers.get("Location", "")]
        try:
            code = second_factors.code_of(email, places().root)
        except LookupError:
            return answer
        second = client.post(first.headers["Location"], {"code": code})
        return [*answer, second.status_code, second.headers.get("Location", "")]

    with override_settings(
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
    ):
        signed_in = {email: sign_in(email) for email in sys.argv[1:]}
    contracts = Contract.objects.with_stage(now).select_related("lot__call").order_by("number")
    found = {
        "stages": {lot.call.title: stage(lot.timeline, now).value for lot in lots},
        "contracts": [[one.call.title, one.stage_code, one.stage_phase] for one in contracts],
        "waiting": waiting(),
        "journal": [journal.verified, journal.entries],
        "without_second_factor": [user.email for user in users if reason_for(user) and not is_set_up(user)],
        "profiles": [Profile.objects.filter(live=True).count(), Profile.objects.count()],
        "payments": [PaymentDue.objects.exclude(paid_at=None).count(), PaymentDue.objects.filter(paid_at=None).count()],
        "drafts": sorted([one.done, one.count, one.file_count] for one in map(progress_of, drafts)),
        "signatures": Signature.objects.count(),
        "completed": [lot.call.completed_by_examples for lot in lots if lot.call.completed_by_examples],
        "people": users.count(),
        "signed_in": signed_in,
    }
    json.dump(found, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
