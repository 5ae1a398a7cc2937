"""One bid or nine: whoever reads, whatever they can reach, nothing differs by a byte before the opening.

Readers begin at every address of the site that needs no more than the call's reference, and follow every link.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from cms.pages.site import EDITORS
from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.models import TeamRole
from procurement.calls.services.drafts import give_role
from procurement.calls.steps import STEPS
from procurement.evaluation.services.interests import declare
from tests.calls.builders import make_team, team_user
from tests.contracts.walk import client_of
from tests.desk.builders import a_firm, published
from tests.desk.crawling import addresses, crawl, differing
from tests.factories import MembershipFactory, UserFactory, actor_for, make

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="pages are the same on both: read once, on SQLite"),
]
MANY = 1_500
OK = 200


def browser(**fields) -> Client:
    """Somebody of Wagtail's own groups."""
    groups = fields.pop("groups", ())
    user = UserFactory(**fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


def readers(stage, drafting) -> dict[str, Client]:
    """A browser for each kind of person who must learn nothing."""
    team = stage.team
    actors = {
        "author": team.author,
        "validator": team.validator,
        "evaluator": team.evaluator,
        "custodian": team.custodians[0],
        "signatory": team.signatory,
        "auditor": Actor.of(make(MembershipFactory, organisation=team.buyer)),
        "colleague": Actor.of(make(MembershipFactory, organisation=team.buyer)),
        "other buyer": make_team().author,
        "rival with a draft": drafting.actor,
        "company": a_firm("Spectatrice"),
        "operator": actor_for(organisation__operator=True),
    }
    give_role(
        call=stage.call, user=team_user(actors["auditor"]), role=TeamRole.AUDITOR, actor=team.author, now=stage.now
    )
    for declared in ("author", "validator", "evaluator", "signatory"):
        declare(call=stage.call, has_interest=False, actor=actors[declared], now=stage.now)
    wagtail = {
        "editor": browser(groups=[EDITORS]),
        "superuser": browser(is_superuser=True, is_staff=True),
    }
    return {"visitor": Client()} | {name: client_of(actor) for name, actor in actors.items()} | wagtail


def told(one, other):
    """What is not the same in both worlds, a line for each reader and address."""
    return "\n".join(f"{name}: {address}" for name in one for address in differing(one[name], other[name]))


@pytest.mark.law("LR-57")
def test_no_page_that_anybody_reaches_tells_how_many_answer(moving):
    stage = published(moving)
    stage.deposit(drafting := stage.bidder("Rivale en brouillon"))
    people = readers(stage, drafting)
    starts = addresses(
        {
            "reference": [stage.call.reference],
            "number": ["1"],
            "period": ["candidature"],
            "kind": ["candidature", "single_step"],
            "envelope": ["candidature"],
            "step": [*STEPS],
            "phase": ["1"],
        }
    )
    after = stage.deadline + timedelta(hours=2)

    def read():
        return {name: crawl(client, starts) for name, client in people.items()}

    def read_after():
        """Two hours after the deadline, begin at the pages that each could read before it."""
        still = ("visitor", "author", "evaluator", "custodian", "rival with a draft", "rival who answered", "superuser")
        with clock.rehearsal(after):
            return {
                name: crawl(client, [at for at, page in one[name].items() if page[0] == OK])
                for name, client in ((name, people[name]) for name in still)
            }

    # All have an account in both worlds: that they answer is what nobody learns.
    firms = [stage.bidder(f"Rivale {number}") for number in range(9)]
    undecided = [stage.bidder(f"Brouillon {number}") for number in range(4)]
    people["rival who answered"] = client_of(firms[0].actor)
    stage.submit(firms[0])
    drain()
    one = read()
    one_after = read_after()
    for firm in firms[1:]:
        stage.submit(firm)
    for firm in undecided:
        stage.deposit(firm)
    drain()
    nine = read()
    nine_after = read_after()
    assert told(one, nine) == ""
    assert told(one_after, nine_after) == ""
    assert sum(map(len, nine.values())) > MANY
