"""« Ma fiche » as pages: what a company reads and posts there, and what others cannot."""

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cms.catalogue.editing.drafts import draft_of
from cms.catalogue.models import Profile
from marketplace.accounts.models import User
from marketplace.journal.outbox import drain
from tests.catalogue.factories import ProfileFactory, SolutionFactory
from tests.catalogue.test_editing import add_solution, begun, company, completed, member_of, write
from tests.contracts.walk import client_of, text_of
from tests.factories import UserFactory, actor_for, make, siren

pytestmark = pytest.mark.django_db

HOME = "/espace/entreprise/fiche/"
SCRIPT = "<script>alert(1)</script>"


def version_of(profile) -> int:
    return Profile.objects.get(pk=profile.pk).latest_revision_id or 0


def test_a_company_begins_writes_and_sends_by_its_pages(now):
    owner = company()
    browser = client_of(owner)
    assert "n’a pas encore de fiche" in text_of(browser.get(HOME))
    assert browser.post(f"{HOME}commencer/").status_code == 302
    profile = Profile.objects.get(organisation=owner.organisation_id)
    home = text_of(browser.get(HOME))
    assert "Ce qui manque pour être publié" in home
    assert "Brouillon" in home
    refused = browser.post(f"{HOME}envoyer/")
    assert refused.status_code == 422
    assert "Ajoutez au moins une solution." in text_of(refused)
    posts = [
        ("presentation/", {"name": "Tramélys", "kind": "start_up", "tagline": "Guide.", "problem": "P", "answer": "R"}),
        ("domaines/", {"domains": ["mobilite"], "region": "bretagne", "served_regions": ["bretagne", "normandie"]}),
        ("identite/", {"website": "tramelys.example", "founded_year": "2021"}),
        ("solutions/ajouter/", {"name": "Guidage", "tagline": "Guide.", "price_from": "9 800,50", "price_unit": "an"}),
        ("references/ajouter/", {"client": "Ville d’Aubrac", "detail": "12 quais"}),
        ("labels/ajouter/", {"kind": "hds", "proof_file": SimpleUploadedFile("hds.pdf", b"%PDF-1.7\n" + b"x" * 99)}),
    ]
    for address, data in posts:
        answer = browser.post(f"{HOME}{address}", {**data, "version": version_of(profile)})
        assert answer.status_code == 302, (address, text_of(answer))
    draft = draft_of(Profile.objects.get(pk=profile.pk))
    assert (draft.name, draft.website, draft.founded_year) == ("Tramélys", "https://tramelys.example", 2021)
    assert draft.served_regions == ["bretagne", "normandie"]
    assert str(draft.solutions.get().price_from) == "9800.50"
    assert draft.labels.get().proof.name == "hds.pdf"
    home = text_of(browser.get(HOME))
    assert "Ce qui manque" not in home
    assert "Bretagne, Normandie" in home
    preview = text_of(browser.get(f"{HOME}apercu/"))
    assert "Guidage" in preview
    assert browser.post(f"{HOME}envoyer/").status_code == 302
    assert "En relecture" in text_of(browser.get(HOME))
    assert browser.get("/entreprises/" + profile.slug + "/").status_code == 404
    assert browser.post(f"{HOME}reprendre/").status_code == 302


def test_every_screen_opens_and_a_part_is_changed_and_removed(now):
    owner = company()
    profile, browser = completed(owner, now), client_of(owner)
    part = draft_of(profile).solutions.get()
    for address in ("presentation/", "domaines/", "identite/", "solutions/ajouter/", "references/ajouter/",
                    "labels/ajouter/", f"solutions/{part.uid}/", f"solutions/{part.uid}/retirer/", "envoyer/",
                    "reprendre/", "retirer/", "remettre-en-ligne/"):  # fmt: skip
        assert browser.get(HOME + address).status_code == 200, address
    changed = {"name": "Autre nom", "tagline": "Guide.", "version": version_of(profile)}
    assert browser.post(f"{HOME}solutions/{part.uid}/", changed).status_code == 302
    assert draft_of(Profile.objects.get(pk=profile.pk)).solutions.get().name == "Autre nom"
    removed = browser.post(f"{HOME}solutions/{part.uid}/retirer/", {"version": version_of(profile)})
    assert removed.status_code == 302
    assert not draft_of(Profile.objects.get(pk=profile.pk)).solutions.all()


def test_two_colleagues_see_both_versions_and_nothing_typed_is_lost(now):
    owner = company()
    profile, browser = completed(owner, now), client_of(owner)
    read = version_of(profile)
    write(profile, member_of(owner), now, tagline="La phrase de ma collègue")
    data = {"name": "Tramélys", "kind": "start_up", "tagline": "Ma phrase", "version": read}
    answer = browser.post(f"{HOME}presentation/", data)
    assert answer.status_code == 409
    shown = text_of(answer)
    assert "Ma phrase" in shown
    assert "La phrase de ma collègue" in shown
    assert draft_of(Profile.objects.get(pk=profile.pk)).tagline == "La phrase de ma collègue"
    assert browser.post(f"{HOME}presentation/", {**data, "version": answer.context["version"]}).status_code == 302


def test_a_refused_screen_keeps_the_version_with_which_it_was_begun(now):
    owner = company()
    profile, browser = completed(owner, now), client_of(owner)
    read = version_of(profile)
    write(profile, member_of(owner), now, tagline="Entre-temps")
    answer = browser.post(
        f"{HOME}presentation/", {"name": "", "kind": "start_up", "tagline": "Mienne", "version": read}
    )
    assert answer.status_code == 422
    assert answer.context["version"] == read
    assert "Mienne" in text_of(answer)


@pytest.mark.parametrize(
    ("address", "data", "error"),
    [
        ("presentation/", {"kind": "start_up"}, "Indiquez le nom sous lequel"),
        ("domaines/", {"domains": ["mobilite", "sante", "inclusion", "ecologie"]}, "hoix"),
        ("identite/", {"website": "javascript:alert(1)"}, "adresse"),
        ("identite/", {"founded_year": "1066"}, "année de création"),
        ("solutions/ajouter/", {"name": "S", "tagline": "T", "price_from": "100"}, "Dites ce que ce prix paie"),
        ("solutions/ajouter/", {"name": "S", "tagline": "T", "claims_innovative": "on"}, "Expliquez en une ou deux"),
        ("solutions/ajouter/", {"name": "S", "tagline": "T", "source_url": "javascript:alert(1)"}, "adresse"),
        ("references/ajouter/", {}, "Indiquez le service public"),
        ("labels/ajouter/", {"kind": "autre"}, "Écrivez le nom de ce label"),
        ("labels/ajouter/", {"kind": "hds", "proof_url": "ftp://x.example/"}, "adresse"),
        ("presentation/", {"name": "N", "kind": "start_up", "version": "²", "tagline": "Typée"}, "Quelqu’un a modifié"),
    ],
)
def test_bad_input_is_said_and_writes_nothing(now, address, data, error):
    owner = company()
    profile = completed(owner, now)
    before = version_of(profile)
    answer = client_of(owner).post(HOME + address, {"version": before, **data})
    assert answer.status_code in {409, 422}
    assert error in text_of(answer)
    assert version_of(profile) == before


@pytest.mark.parametrize("name", ["audit.svg", "audit.html", "audit.pdf"])
def test_a_proof_that_runs_is_refused_on_the_page(now, name):
    owner = company()
    profile = completed(owner, now)
    before = version_of(profile)
    file = SimpleUploadedFile(name, b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    answer = client_of(owner).post(f"{HOME}labels/ajouter/", {"kind": "hds", "proof_file": file, "version": before})
    assert answer.status_code == 422
    assert version_of(profile) == before


def test_a_proof_is_read_by_the_team_and_by_nobody_else(now, client):
    owner = company()
    profile = completed(owner, now)
    file = SimpleUploadedFile("hds.pdf", b"%PDF-1.7\n" + b"x" * 99)
    client_of(owner).post(f"{HOME}labels/ajouter/", {"kind": "hds", "proof_file": file, "version": version_of(profile)})
    held = draft_of(Profile.objects.get(pk=profile.pk)).labels.get().proof
    address = reverse("files:download", args=[held.pk])
    assert client_of(member_of(owner)).get(address).status_code == 200
    for stranger in (client_of(company(90032)), client):
        assert stranger.get(address).status_code in {302, 403, 404}


def test_to_others_these_pages_do_not_exist(now, client):
    owner = company()
    profile = completed(owner, now)
    part = draft_of(profile).solutions.get()
    other = company(90032)
    completed(other, now)
    add_solution(profile, owner, now, "Guidage secret")
    boss = make(UserFactory, is_superuser=True, is_staff=True)
    client.force_login(User.objects.get(pk=boss.pk))
    paths = (
        "",
        "apercu/",
        "presentation/",
        "labels/ajouter/",
        f"solutions/{part.uid}/",
        f"solutions/{part.uid}/retirer/",
        "envoyer/",
    )
    for browser in (client, client_of(actor_for(organisation__buyer=True))):
        for path in paths:
            assert browser.get(HOME + path).status_code == 404
            assert browser.post(HOME + path, {"name": "Pris"}).status_code in {404, 405}
    rival = client_of(other)
    for path in (f"solutions/{part.uid}/", f"solutions/{part.uid}/retirer/"):
        assert rival.get(HOME + path).status_code == 404
        assert rival.post(HOME + path, {"name": "Pris", "tagline": "x"}).status_code == 404
    assert "Guidage secret" not in text_of(rival.get(f"{HOME}apercu/"))
    assert draft_of(Profile.objects.get(pk=profile.pk)).solutions.all()[0].name == "Guidage vocal"
    client.logout()
    for path in paths:
        assert client.get(HOME + path)["Location"].startswith("/connexion/")
    for path in ("inconnu/", "inconnu/ajouter/"):
        assert client_of(owner).get(HOME + path).status_code == 404


def test_a_member_who_is_no_owner_may_not_decide(now):
    owner = company()
    profile = completed(owner, now)
    browser = client_of(member_of(owner))
    assert browser.get(HOME).status_code == 200
    for path in ("envoyer/", "reprendre/", "retirer/", "remettre-en-ligne/"):
        assert browser.post(HOME + path).status_code == 403
    assert not Profile.objects.get(pk=profile.pk).live


def test_scripts_in_every_field_are_text_on_ma_fiche_and_in_the_preview(now):
    owner = company()
    profile = begun(owner, now)
    write(profile, owner, now, name=SCRIPT, tagline=SCRIPT, problem=SCRIPT, answer=SCRIPT, city=SCRIPT)
    add_solution(profile, owner, now, SCRIPT)
    browser = client_of(owner)
    for path in ("", "apercu/", "presentation/"):
        page = browser.get(HOME + path).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
    assert "private, no-store" in browser.get(f"{HOME}apercu/")["Cache-Control"]


def test_my_profile_is_in_the_spaces_of_companies_only(now):
    assert HOME in client_of(company()).get("/compte/").content.decode()
    assert HOME not in client_of(actor_for(organisation__buyer=True)).get("/compte/").content.decode()


def test_a_claimed_profile_is_announced_before_it_is_claimed(now):
    owner, imported = company(verified_at=now), ProfileFactory(siren=siren(90031), name="Tramélys reprise")
    SolutionFactory(profile=imported)
    browser = client_of(owner)
    assert "Tramélys reprise" in text_of(browser.get(HOME))
    browser.post(f"{HOME}commencer/")
    imported.refresh_from_db()
    assert imported.organisation_id == owner.organisation_id


def test_a_company_has_itself_verified_and_then_claims(now):
    owner, imported = company(), ProfileFactory(siren=siren(90031), name="Tramélys reprise")
    browser = client_of(owner)
    page = text_of(browser.get(HOME))
    assert "demandez-nous de vérifier" in page
    assert "Commencer ma fiche" not in page
    assert browser.post(f"{HOME}commencer/").status_code == 403
    asked = browser.post("/compte/equipe/verification/", follow=True)
    assert "Votre demande est partie" in text_of(asked)
    assert "Vous avez demandé la vérification" in text_of(browser.get(HOME))
    assert "déjà partie" in text_of(browser.post("/compte/equipe/verification/"))
    operator = client_of(actor_for(organisation__operator=True))
    organisation = owner.membership().organisation
    assert organisation.name in text_of(operator.get("/espace/exploitant/acheteurs/"))
    operator.post(f"/espace/exploitant/acheteurs/{organisation.pk}/")
    drain()
    assert "reprendre la fiche de votre SIREN" in mail.outbox[-1].body
    browser.post(f"{HOME}commencer/")
    imported.refresh_from_db()
    assert imported.organisation_id == owner.organisation_id
