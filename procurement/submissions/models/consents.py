"""What a group asks of the firms that its lead names, and what each answered (R2142-19 s., LR-50)."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, Max, OuterRef, Subquery

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.submissions.models.parties import PartyMember, TenderingParty


class ConsentRequestQuerySet(JournalledQuerySet):
    """What firms were asked."""

    def visible_to(self, actor: Actor) -> "ConsentRequestQuerySet":
        """Those asked of the firm that one acts for, and nobody else's: before the opening a group is no rival's
        business (B.9).
        """
        if actor.organisation_id is None:
            return self.none()
        return self.filter(organisation=actor.organisation_id)

    def standing(self) -> "ConsentRequestQuerySet":
        """Those about the group as it is now: of its latest round, the firm being still a member."""
        rounds = ConsentRequest.objects.filter(party=OuterRef("party")).order_by().values("party")
        latest = Subquery(rounds.annotate(last=Max("round")).values("last"))
        member = PartyMember.objects.filter(party=OuterRef("party"), organisation=OuterRef("organisation"))
        return self.filter(Exists(member), round=latest)

    def with_answer(self) -> "ConsentRequestQuerySet":
        """With `is_given` and `answered_at` of the last answer; both None while there is none."""
        answers = GroupConsent.objects.filter(request=OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            is_given=Subquery(answers.values("is_given")[:1]), answered_at=Subquery(answers.values("at")[:1])
        )


class ConsentRequest(Journalled):
    """A member is asked whether it takes its part in a group, as the group was when `asked_at`.

    `round`: which composition of the group, from 1; each change asks every member again. `composition`: firms as
    {name, identifier, share in hundredths of a percent, is_lead}.
    """

    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="consent_requests", verbose_name="candidat")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="entreprise")
    round = models.PositiveIntegerField("composition n°")
    kind = models.CharField("forme", max_length=20, choices=TenderingParty.Kind.choices)
    share = models.PositiveIntegerField("part, en centièmes de %")
    composition = models.JSONField("composition")
    asked_at = models.DateTimeField("demandé le")

    objects = ConsentRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "accord demandé à un membre"
        verbose_name_plural = "accords demandés aux membres"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["party", "organisation", "round"], name="consent_asked_once_a_round")
        ]

    def __str__(self) -> str:
        return f"accord demandé à {self.organisation_id}, {self.party_id}"


class GroupConsent(Journalled):
    """An answer of a member; the last one counts. Covered by the chain of the site (see `consents.answer`)."""

    request = models.ForeignKey(ConsentRequest, models.PROTECT, related_name="answers", verbose_name="demande")
    is_given = models.BooleanField("accord donné")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "réponse d’un membre"
        verbose_name_plural = "réponses des membres"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{'accord' if self.is_given else 'refus'}, {self.request_id}"
