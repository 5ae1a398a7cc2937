"""A true object for every argument of the addresses of an open call, and of an answer that is being prepared."""

from datetime import datetime, timedelta
from typing import Any

from cms.needs import links
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from procurement.calls.models import (
    Call,
    Follower,
    PartnerSearch,
    ProposedDeadline,
    QuestionDraft,
    TeamRole,
)
from procurement.calls.models import (
    Question as FirmQuestion,
)
from procurement.calls.services import following
from procurement.submissions import trials
from procurement.submissions.draft_box import read_draft, write_draft
from procurement.submissions.models import Deposit, DepositFile, UnfinishedFile
from tests.factories import within_act


def of_open(call: Call, draft: Deposit, now: datetime) -> dict[str, Any]:
    """Objects of an open call, by the name of the argument; `draft`: an answer that a firm prepares."""
    lot = call.lots.get()
    period = draft.period
    validator = call.team.get(role=TeamRole.VALIDATOR).user
    proposal = ProposedDeadline(
        period=period, closes_at=period.closes_at() + timedelta(days=7), reason="Une panne.", proposed_at=now,
        proposed_by=validator,
    )  # fmt: skip
    within_act(proposal.save, chain=call.chain, at=now)
    question = FirmQuestion(call=call, number=1, text="Combien de quais ?", asked_at=now)
    within_act(question.save, chain=call.chain, at=now)
    search = PartnerSearch.objects.create(
        call=call, organisation=draft.party.lead, kind="looks", text="Un capteur de quai.", posted_at=now
    )
    return (
        _links_of(call, now)
        | _of_uploads(draft, now)
        | {
            "reference": call.reference,
            "number": lot.number,
            "publication": call.publications.first().pk,
            "question": question.number,
            "step": "besoin",
            "search": search.pk,
            "deposit": draft.pk,
            "envelope": "candidature",
            "file": draft.files.filter(kind=DepositFile.Kind.DOCUMENT).first().pk,
            "task": "capacites",
        }
    )


def _of_uploads(draft: Deposit, now: datetime) -> dict[str, Any]:
    """A file under way in the draft, which stays read again, and another in a trial of its firm."""
    owner = Actor.of(Membership.objects.active().filter(organisation=draft.party.lead).order_by("since", "pk").first())
    trial = trials.begin_trial(actor=owner, now=now)
    tried = trials.begin_trial_upload(trial=trial, name="essai.pdf", size=10, actor=owner, now=now)
    file = UnfinishedFile.objects.create(deposit=draft, envelope="candidature", size=10, begun_at=now)
    draft = Deposit.objects.get(pk=draft.pk)
    kept = read_draft(draft)
    kept["unfinished"] = {str(file.pk): {"name": "envoi.pdf", "media_type": "application/pdf", "salt": "00" * 32}}
    write_draft(draft, kept)
    draft.save(update_fields=["draft"])
    return {
        "upload": file.pk,
        "n": 1,
        "trial": trial.pk,
        **{f"submissions:trial_{page}.upload": tried.file.pk for page in ("part", "finish", "drop_upload")},
    }


def _links_of(call: Call, now: datetime) -> dict[str, Any]:
    """The links of mails about an open call."""
    follower, draft, until = links.new_token(), links.new_token(), now + links.VALID
    waiting = Follower.objects.create(
        call=call, email="abonne@exemple.fr", address_key="abonne", token_digest=follower[1], asked_at=now,
        expires_at=until,
    )  # fmt: skip
    QuestionDraft.objects.create(
        call=call, text="Quels quais ?", email="abonne@exemple.fr", token_digest=draft[1], asked_at=now,
        expires_at=until,
    )  # fmt: skip
    return {
        "desk:confirm_following.token": follower[0],
        "desk:confirm_question.token": draft[0],
        "desk:stop_following.token": following.stop_path(waiting).rstrip("/").rpartition("/")[2],
    }
