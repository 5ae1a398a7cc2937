"""What people type survives: a killed browser, a session that ends, a colleague on the same page."""

import re

import pytest
from django.conf import settings as site
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import TypingDraft
from procurement.calls.models import TeamRole
from procurement.calls.services.drafts import give_role
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import DepositFile
from tests.calls.builders import make_team, team_user
from tests.calls.pages import NOW, begin, client_of, rows, url_of, write
from tests.factories import MembershipFactory, make
from tests.journeys.conftest import session_of
from tests.journeys.typists import (
    end_sessions,
    kill,
    may_sign_in,
    open_profile,
    pass_until_sent,
    said,
    sign_in,
    wait_until_written,
    with_stopped_clock,
)
from tests.submissions.browsing import Firm, publish
from tests.submissions.stage import PDF, make_stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def firm(moving_clock, settings, tmp_path) -> Firm:
    """A firm that answers a published call."""
    settings.SUBMISSION_ROOT = tmp_path / "submissions"
    stage = make_stage(moving_clock, kind="candidature")
    publish(stage)
    firm = Firm(stage, "Tramélys")
    firm.begin()
    return firm


def kept(firm: Firm, task: str = "selection-1") -> dict[str, list[str]]:
    """What the server holds of a task, in the sealed draft."""
    return read_draft(firm.deposit)["typed"][task]["data"]


def test_a_killed_browser_loses_at_most_three_seconds_of_typing_and_no_file(firm, chromium, live_server, tmp_path):
    profile = tmp_path / "profile"
    user = team_user(firm.actor)
    context = open_profile(chromium, profile, live_server.url)
    session = [{"name": site.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}]
    context.add_cookies(session)
    files = context.new_page()
    files.goto(firm.page("files"))
    with files.expect_navigation():
        files.locator("input[type=file]").nth(0).set_input_files(
            {"name": "equipe.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
    files.get_by_text("Reçu entier").first.wait_for()
    page = with_stopped_clock(context.new_page())
    page.goto(firm.page("task", "selection-1"))
    text = page.locator("textarea[name=text]")
    text.press_sequentially("Trois chercheuses, ")
    page.clock.run_for(2_000)
    # No pause of three seconds: whoever types on and on is kept all the same.
    text.press_sequentially("douze brevets, ")
    assert pass_until_sent(page, 1_000) == 200
    said(page, "Brouillon enregistré à")
    text.press_sequentially("neuf licences.")
    offline = with_stopped_clock(context.new_page())
    offline.goto(firm.page("task", "selection-2"))
    context.set_offline(True)
    offline.locator("textarea[name=text]").press_sequentially("Quatre bancs d'essai")
    offline.clock.run_for(3_000)
    said(offline, "Non enregistré. Nouvel essai dans 5 s.")
    wait_until_written(profile, "Quatre bancs d'essai")
    kill(context, profile)

    assert kept(firm) == {"text": ["Trois chercheuses, douze brevets, "]}
    assert "selection-2" not in read_draft(firm.deposit)["typed"]
    assert DepositFile.objects.get(kind=DepositFile.Kind.DOCUMENT).size == len(PDF)

    context = open_profile(chromium, profile, live_server.url)
    context.add_cookies(session)
    page = context.new_page()
    page.goto(firm.page("task", "selection-2"))
    said(page, "Texte retrouvé dans ce navigateur.")
    assert page.locator("textarea[name=text]").input_value() == "Quatre bancs d'essai"
    said(page, "Brouillon enregistré à")
    assert kept(firm, "selection-2") == {"text": ["Quatre bancs d'essai"]}
    page.goto(firm.page("task", "selection-1"))
    said(page, "Texte retrouvé dans ce navigateur.")
    assert page.locator("textarea[name=text]").input_value() == "Trois chercheuses, douze brevets, neuf licences."
    page.goto(firm.page("files"))
    page.get_by_text("equipe.pdf").first.wait_for()
    context.close()


def test_a_session_that_ends_gives_the_text_back_in_its_field(firm, visit):
    user = may_sign_in(team_user(firm.actor))
    page = with_stopped_clock(visit(user).new_page())
    address = firm.page("task", "capacites")
    page.goto(address)
    end_sessions()
    page.locator("[name=turnover_ht]").press_sequentially("96 000,50")
    page.locator("[name=research_staff]").press_sequentially("3")
    page.locator("[name=staff]").press_sequentially("8")
    page.clock.run_for(3_000)
    said(page, "Votre session a expiré. Votre texte est gardé dans ce navigateur")
    assert read_draft(firm.deposit).get("typed", {}) == {}
    page.goto(address)
    sign_in(page, user)
    page.wait_for_url(f"**{address}")
    said(page, "Texte retrouvé dans ce navigateur.")
    assert page.locator("[name=turnover_ht]").input_value() == "96 000,50"
    assert page.evaluate("document.activeElement.name") == "staff"
    page.keyboard.press("End")
    page.keyboard.type("0")
    page.get_by_role("button", name="Enregistrer et revenir").click()
    page.wait_for_url(f"**{firm.page('tasks')}")
    assert kept(firm, "capacites")["staff"] == ["80"]
    assert read_draft(firm.deposit)["answers"]["candidature"]["capacities"]["turnover_ht"] == "96000.50"


def test_without_javascript_the_text_sent_after_the_session_is_sent_again(firm, visit):
    user = may_sign_in(team_user(firm.actor))
    page = visit(user, java_script_enabled=False).new_page()
    page.goto(firm.page("task", "selection-1"))
    page.locator("textarea[name=text]").fill("Trois « chercheuses »\net <douze> brevets")
    end_sessions()
    page.get_by_role("button", name="Enregistrer et revenir").click()
    page.get_by_role("heading", name="Votre session a expiré").wait_for()
    with page.context.expect_page() as other:
        page.get_by_role("link", name="Me connecter dans un autre onglet").click()
    sign_in(other.value, user)
    other.value.get_by_role("button", name="Enregistrer et revenir").wait_for()
    page.get_by_role("button", name="Renvoyer ce que j’ai tapé").click()
    page.get_by_role("heading", name="Ce formulaire a expiré").wait_for()
    page.get_by_role("button", name="Renvoyer ce que j’ai tapé").click()
    page.wait_for_url(f"**{firm.page('tasks')}")
    assert kept(firm) == {"text": ["Trois « chercheuses »\r\net <douze> brevets"]}


def test_two_colleagues_see_who_wrote_and_when_and_choose(firm, visit):
    ines = team_user(Actor.of(make(MembershipFactory, organisation=firm.organisation, user__first_name="Inès")))
    address = firm.page("task", "capacites")
    hers, mine = (with_stopped_clock(visit(user).new_page()) for user in (ines, team_user(firm.actor)))
    hers.goto(address)
    mine.goto(address)
    hers.locator("[name=turnover_ht]").press_sequentially("96 000")
    assert pass_until_sent(hers, 3_000) == 200
    mine.locator("[name=turnover_ht]").press_sequentially("95 000")
    mine.locator("[name=staff]").press_sequentially("8")
    assert pass_until_sent(mine, 3_000) == 409
    line = said(mine, "Inès").inner_text()
    assert re.match(rf"{ines} a modifié cette page à 10\s?h\s?00", line)
    assert kept(firm, "capacites")["turnover_ht"] == ["96 000"]
    choices = mine.locator(".versions")
    turnover, staff = choices.filter(has_text="95 000"), choices.filter(has_text="(vide)")
    assert choices.count() == 2
    assert [part.inner_text() for part in turnover.locator("pre").all()] == ["95 000", "96 000"]
    assert [part.inner_text() for part in staff.locator("pre").all()] == ["8", "(vide)"]
    turnover.get_by_role("button", name="Garder ce texte").nth(1).click()
    with mine.expect_response(lambda answer: answer.request.method == "POST"):
        staff.get_by_role("button", name="Garder ce texte").nth(0).click()
    said(mine, "Brouillon enregistré à")
    assert (kept(firm, "capacites")["turnover_ht"], kept(firm, "capacites")["staff"]) == (["96 000"], ["8"])
    hers.locator("[name=research_staff]").press_sequentially("3")
    assert pass_until_sent(hers, 3_000) == 409


def test_a_box_that_a_colleague_ticked_is_not_lost(firm, visit):
    ines = team_user(Actor.of(make(MembershipFactory, organisation=firm.organisation, user__first_name="Inès")))
    address = firm.page("task", "declaration")
    hers, mine = (with_stopped_clock(visit(user).new_page()) for user in (ines, team_user(firm.actor)))
    hers.goto(address)
    mine.goto(address)
    box = "[name=exclusion_grounds_absent]"
    hers.locator(box).check()
    assert pass_until_sent(hers, 3_000) == 200
    mine.locator(box).check()
    mine.locator(box).uncheck()
    assert pass_until_sent(mine, 3_000) == 409
    with mine.expect_response(lambda answer: answer.request.method == "POST"):
        mine.get_by_role("button", name="Garder ce texte").nth(1).click()
    assert mine.locator(box).is_checked()
    assert kept(firm, "declaration") == {"exclusion_grounds_absent": ["on"]}


def test_the_buyers_writing_screens_keep_as_well(moving_clock, visit):
    team = make_team()
    author, ines = client_of(team.author), Actor.of(make(MembershipFactory, organisation=team.buyer))
    call = begin(author)
    give_role(call=call, user=team_user(ines), role=TeamRole.AUTHOR, actor=team.author, now=NOW)
    user = may_sign_in(team_user(team.author))
    address, problem = url_of(call, "besoin"), "[name=need-problem]"
    page = with_stopped_clock(visit(user).new_page())
    page.goto(address)
    page.locator(problem).press_sequentially("Les bus")
    assert pass_until_sent(page, 3_000) == 200
    page.locator(problem).press_sequentially(" passent")
    page.close(run_before_unload=False)
    assert TypingDraft.objects.get().data["need-problem"] == ["Les bus"]

    page = with_stopped_clock(visit(user).new_page())
    page.goto(address)
    assert page.locator(problem).input_value() == "Les bus"
    end_sessions()
    page.locator(problem).press("End")
    page.locator(problem).press_sequentially(" se ratent")
    page.clock.run_for(3_000)
    said(page, "Votre session a expiré.")
    page.goto(address)
    sign_in(page, user)
    said(page, "Texte retrouvé dans ce navigateur.")
    assert page.evaluate("document.activeElement.name") == "need-problem"
    hers = with_stopped_clock(visit(team_user(ines)).new_page())
    hers.goto(address)
    hers.locator(problem).fill("Les trams")
    assert pass_until_sent(hers, 3_000) == 200
    assert pass_until_sent(page, 3_000) == 409
    said(page, re.compile(rf"{team_user(ines)} a modifié cette page à"))
    versions = page.locator(".versions").filter(has_text="Les trams")
    assert [part.inner_text() for part in versions.locator("pre").all()] == ["Les bus se ratent", "Les trams"]
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        versions.get_by_role("button", name="Garder ce texte").nth(0).click()
    said(page, "Brouillon enregistré à")
    assert TypingDraft.objects.get().data["need-problem"] == ["Les bus se ratent"]


def test_what_was_typed_for_a_lot_is_not_offered_on_another(moving_clock, visit):
    team = make_team()
    author = client_of(team.author)
    call = begin(author)
    lots = rows("lots", {"title": "Bus", "object": "Guidage"}, {"title": "Métro", "object": "Guidage"})
    assert write(author, call, "besoin", **lots).status_code == 302
    page = with_stopped_clock(visit(team_user(team.author)).new_page())
    address = reverse("calls:write", args=[call.reference, "phases"])
    page.goto(f"{address}?lot=1")
    field = "[name=partners-partners_max]"
    empty = page.locator(field).input_value()
    page.context.set_offline(True)
    page.locator(field).fill("7")
    page.clock.run_for(3_000)
    said(page, "Non enregistré.")
    page.context.set_offline(False)
    page.goto(f"{address}?lot=2")
    assert page.locator(field).input_value() == empty
    page.goto(f"{address}?lot=1")
    assert page.locator(field).input_value() == "7"
