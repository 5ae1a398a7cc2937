"""Keys that never come here: made elsewhere, proved and used by what they take out, on the same rules."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyrage
import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import SubmissionPeriod
from procurement.law.findings import RuleViolation
from procurement.submissions import custody, keywraps, opening
from procurement.submissions.custody import Appointee
from procurement.submissions.key_proofs import Handed, Proofs
from procurement.submissions.models import (
    Custodian,
    EnvelopeWrap,
    KeyRehearsal,
    OpeningResult,
    OpeningSession,
    PeeledLayer,
)
from procurement.submissions.reading import opened_answers
from tests.calls.builders import team_user
from tests.factories import MembershipFactory, make
from tests.submissions.browser_keys import handed_by, posted, take_out
from tests.submissions.browsing import signed_in
from tests.submissions.stage import Stage, make_stage


@pytest.fixture
def unproved(db: None, moving_clock) -> Stage:
    """Custodians appointed, with keys made by the site; nothing shared yet."""
    return make_stage(moving_clock, ready=False)


@pytest.fixture
def prepared(unproved: Stage) -> Stage:
    """Keys shared, nobody has tried theirs."""
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    return unproved


def appoint(stage: Stage, recipients: list[str]) -> list[custody.RecoveryKit]:
    appointees = [
        Appointee(team_user(actor), recipient=recipient)
        for actor, recipient in zip(stage.team.custodians, recipients, strict=True)
    ]
    return custody.appoint_custodians(call=stage.call, appointees=appointees, actor=stage.team.author, now=stage.now)


def to_rehearse(stage: Stage, number: int) -> Handed:
    return custody.to_rehearse(period=stage.period, actor=stage.team.custodians[number])


def rehearse(stage: Stage, number: int, proofs: Proofs | None = None) -> custody.Rehearsed:
    return custody.rehearse_custodian(
        period=stage.period,
        proofs=proofs or take_out(to_rehearse(stage, number), stage.kits[number].identity),
        actor=stage.team.custodians[number],
        now=stage.now,
    )


def to_begin(stage: Stage, number: int = 0, name: str = "technical") -> Handed:
    return opening.to_begin(envelope=stage.envelope(name), actor=stage.team.custodians[number], now=stage.now)


def begin(stage: Stage, number: int = 0, proofs: Proofs | None = None) -> OpeningSession:
    return opening.begin_opening(
        envelope=stage.envelope("technical"),
        proofs=proofs or take_out(to_begin(stage, number), stage.kits[number].identity),
        actor=stage.team.custodians[number],
        now=stage.now,
    )


def to_complete(stage: Stage, session: OpeningSession, number: int = 1) -> Handed:
    return opening.to_complete(session=session, actor=stage.team.custodians[number], now=stage.now)


def complete(stage: Stage, session: OpeningSession, number: int = 1, proofs: Proofs | None = None) -> Any:
    return opening.complete_opening(
        session=session,
        proofs=proofs or take_out(to_complete(stage, session, number), stage.kits[number].identity),
        actor=stage.team.custodians[number],
        now=stage.now,
    )


# --- Keys made elsewhere ----------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_of_a_key_made_elsewhere_only_the_public_half_is_known(unproved):
    keys = [keywraps.generate() for _ in range(3)]
    assert appoint(unproved, [keys[0].recipient, keys[1].recipient.upper(), f" {keys[2].recipient}\n"]) == []
    custodians = list(Custodian.objects.serving(unproved.call))
    assert [one.recipient for one in custodians] == [key.recipient for key in keys]
    assert {one.key_origin for one in custodians} == {Custodian.KeyOrigin.BROWSER}
    told = Entry.objects.filter(act="custodians.appointed").latest("seq").data["keys"]
    assert {key: value["made"] for key, value in told.items()} == {str(one.pk): "browser" for one in custodians}
    assert {value["fingerprint"].replace("-", " ") for value in told.values()} == {
        one.fingerprint for one in custodians
    }
    earlier = Entry.objects.filter(act="custodians.appointed").earliest("seq").data["keys"]
    assert {value["made"] for value in earlier.values()} == {"site"}


def test_some_keys_may_be_made_here_and_others_elsewhere(unproved):
    [kit] = appoint(unproved, [keywraps.generate().recipient, "", keywraps.generate().recipient])
    assert (kit.custodian.position, kit.custodian.key_origin) == (2, Custodian.KeyOrigin.SITE)
    assert keywraps.recipient_of(kit.identity) == kit.custodian.recipient


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("wrong", ["age1", "age1pq1qqqq", "ssh-ed25519 AAAA", "secret", "cut"])
def test_what_is_no_public_key_is_refused(unproved, wrong):
    key = keywraps.generate()
    given = {"secret": key.identity, "cut": key.recipient[:-1]}.get(wrong, wrong)
    before = list(Custodian.objects.values_list("pk", flat=True))
    with pytest.raises(Refusal, match="ce n’est pas une clé age") as refused:
        appoint(unproved, [keywraps.generate().recipient, given, keywraps.generate().recipient])
    assert key.identity not in str(refused.value)
    assert list(Custodian.objects.values_list("pk", flat=True)) == before
    assert Entry.objects.filter(act="custodians.appoint.refused").count() == 1


@pytest.mark.law("LR-57")
def test_two_custodians_never_have_the_same_key(unproved):
    key = keywraps.generate().recipient
    with pytest.raises(Refusal, match="Deux gardiens auraient la même clé"):
        appoint(unproved, [key, keywraps.generate().recipient, key.upper()])


@pytest.mark.law("LR-57")
def test_a_key_that_served_this_call_never_serves_again(unproved):
    """Of a custodian of today, of one replaced, or renewed since."""
    fresh = [keywraps.generate().recipient for _ in range(5)]
    today = unproved.kits[0].custodian.recipient
    with pytest.raises(Refusal, match="déjà servi"):
        appoint(unproved, [today, *fresh[:2]])
    appoint(unproved, fresh[:3])
    custody.renew_key(call=unproved.call, actor=unproved.team.custodians[0], now=unproved.now, recipient=fresh[3])
    for known in (today, *fresh[:4]):
        with pytest.raises(Refusal, match="déjà servi"):
            custody.renew_key(call=unproved.call, actor=unproved.team.custodians[0], now=unproved.now, recipient=known)
    assert Custodian.objects.serving(unproved.call)[0].recipient == fresh[3]


def test_a_custodian_renews_with_a_key_of_their_own(unproved):
    key, actor = keywraps.generate(), unproved.team.custodians[0]
    assert custody.renew_key(call=unproved.call, actor=actor, now=unproved.now, recipient=key.recipient) is None
    custodian = Custodian.objects.serving(unproved.call)[0]
    assert (custodian.recipient, custodian.key_origin) == (key.recipient, Custodian.KeyOrigin.BROWSER)
    assert Entry.objects.get(act="custodian.key_renewed").data["keys"][str(custodian.pk)]["made"] == "browser"
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    with pytest.raises(Refusal, match="déjà partagées"):
        custody.renew_key(call=unproved.call, actor=actor, now=unproved.now, recipient=keywraps.generate().recipient)
    assert rehearse(unproved, 0, take_out(to_rehearse(unproved, 0), key.identity)).custodian == custodian


# --- The rehearsal ----------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_three_rehearsals_by_proofs_make_the_keys_ready(prepared):
    assert [rehearse(prepared, number).is_complete for number in (2, 0, 1)] == [False, False, True]
    assert SubmissionPeriod.objects.get(pk=prepared.period.pk).keys_ready_at == prepared.now
    assert KeyRehearsal.objects.filter(partner=None).count() == 3
    assert KeyRehearsal.objects.exclude(partner=None).count() == 3
    # Layers of real envelopes did not leave the browsers.
    assert set(PeeledLayer.objects.values_list("wrap__envelope", flat=True)) == {"rehearsal"}


def test_a_custodian_is_handed_what_is_addressed_to_them_only(prepared):
    rehearse(prepared, 1)
    handed = to_rehearse(prepared, 0)
    own = prepared.kits[0].custodian
    assert {wrap.first_id for wrap in handed.to_remove + handed.to_prove} == {own.pk}
    assert len(handed.to_prove) == 4
    assert {(layer.wrap.second_id, layer.wrap.envelope) for layer in handed.to_open} == {(own.pk, "rehearsal")}
    for actor in (prepared.team.author, Actor.of(make(MembershipFactory))):
        with pytest.raises(NotAllowed):
            custody.to_rehearse(period=prepared.period, actor=actor)


def opened_key(payload: bytes) -> str:
    return payload.decode().partition('"key":"')[2].partition('"')[0]


def forge_key(payload: bytes) -> bytes:
    return payload.replace(opened_key(payload).encode(), keywraps.generate().identity.encode())


def first_of(values: dict[str, Any], value: Any) -> dict[str, Any]:
    return {**values, next(iter(values)): value}


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("forged", ["layer", "layer of another", "hash", "hash of another", "payload"])
def test_a_forged_proof_fails_the_rehearsal(prepared, forged):
    rehearse(prepared, 1)
    right = take_out(to_rehearse(prepared, 0), prepared.kits[0].identity)
    other = EnvelopeWrap.objects.filter(first=prepared.kits[1].custodian, second=prepared.kits[0].custodian)[0]
    wrong = {
        "layer": {"layers": first_of(right.layers, b"age-encryption.org/v1\n-> X25519 a\nb\n--- c\nd")},
        "layer of another": {"layers": dict(zip(right.layers, reversed(right.layers.values()), strict=True))},
        "hash": {"hashes": first_of(right.hashes, "0" * 64)},
        "hash of another": {"hashes": first_of(right.hashes, other.inner_sha256)},
        "payload": {"payloads": {wrap: forge_key(payload) for wrap, payload in right.payloads.items()}},
    }[forged]
    with pytest.raises(Refusal, match="L’essai a échoué"):
        rehearse(prepared, 0, replace(right, **wrong))
    assert not KeyRehearsal.objects.filter(custodian=prepared.kits[0].custodian).exists()
    assert Entry.objects.filter(act="keys.rehearse.refused").count() == 1
    rehearse(prepared, 0, right)


@pytest.mark.law("LR-57")
def test_the_proofs_of_another_custodian_prove_nothing(prepared):
    theirs = take_out(to_rehearse(prepared, 1), prepared.kits[1].identity)
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        rehearse(prepared, 0, theirs)
    own = to_rehearse(prepared, 0)
    with pytest.raises(pyrage.DecryptError):
        take_out(own, prepared.kits[1].identity)
    assert not KeyRehearsal.objects.exists()


def test_a_page_older_than_what_others_did_says_so(prepared):
    before = take_out(to_rehearse(prepared, 0), prepared.kits[0].identity)
    rehearse(prepared, 1)
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        rehearse(prepared, 0, before)
    custody.prepare_keys(period=prepared.period, actor=prepared.team.author, now=prepared.now)
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        rehearse(prepared, 0, before)


def test_one_may_give_the_key_and_another_its_proofs(prepared):
    custody.rehearse_custodian(
        period=prepared.period, identity=prepared.kits[0].identity, actor=prepared.team.custodians[0],
        now=prepared.now,
    )  # fmt: skip
    assert rehearse(prepared, 1).opened_with == (prepared.kits[0].custodian,)


# --- The opening ------------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("given", ["", "first", "second"])
def test_two_custodians_open_with_what_their_keys_take_out(stage, given):
    submission = stage.submit(montant_ht="187500.00").submission
    stage.close()
    if given == "first":
        session = opening.begin_opening(
            envelope=stage.envelope("technical"), identity=stage.kits[0].identity, actor=stage.team.custodians[0],
            now=stage.now,
        )  # fmt: skip
    else:
        session = begin(stage)
    if given == "second":
        opening.complete_opening(
            session=session, identity=stage.kits[1].identity, actor=stage.team.custodians[1], now=stage.now
        )
    else:
        complete(stage, session)
    assert opened_answers(submission, "technical")["montant_ht"] == "187500.00"
    assert not PeeledLayer.objects.filter(wrap__envelope="technical").exists()


@pytest.mark.law("LR-57")
def test_nothing_is_handed_out_before_the_act_is_possible(stage):
    stage.submit()
    with pytest.raises(RuleViolation) as refused:
        to_begin(stage)
    assert refused.value.rules == ["LR-57"]
    stage.close()
    with pytest.raises(Refusal, match="techniques"):
        to_begin(stage, name="price")
    handed = to_begin(stage)
    assert {(wrap.first_id, wrap.envelope) for wrap in handed.to_remove} == {(stage.kits[0].custodian.pk, "technical")}
    assert not handed.to_open
    session = begin(stage)
    with pytest.raises(Refusal, match="un second gardien"):
        to_begin(stage, 1)
    with pytest.raises(RuleViolation, match="il en faut deux"):
        to_complete(stage, session, 0)
    [layer] = to_complete(stage, session, 2).to_open
    assert layer.wrap.second == stage.kits[2].custodian
    for actor in (stage.team.author, Actor.of(make(MembershipFactory))):
        with pytest.raises(NotAllowed):
            opening.to_begin(envelope=stage.envelope("technical"), actor=actor, now=stage.now)
        with pytest.raises(NotAllowed):
            opening.to_complete(session=session, actor=actor, now=stage.now)
    # Asking is no act: nothing of it is recorded as refused.
    assert not Entry.objects.filter(act__endswith=".refused").exists()


@pytest.mark.law("LR-57")
def test_proofs_before_the_deadline_open_nothing(stage):
    stage.submit()
    wraps = EnvelopeWrap.objects.filter(first=stage.kits[0].custodian, envelope="technical")
    early = take_out(Handed(stage.kits[0].custodian, to_remove=tuple(wraps)), stage.kits[0].identity)
    with pytest.raises(RuleViolation) as refused:
        begin(stage, 0, early)
    assert refused.value.rules == ["LR-57"]
    assert not OpeningSession.objects.exists()


@pytest.mark.law("LR-57")
def test_forged_and_foreign_layers_begin_nothing(stage):
    stage.submit()
    stage.close()
    right = take_out(to_begin(stage), stage.kits[0].identity)
    swapped = replace(right, layers=dict(zip(right.layers, reversed(right.layers.values()), strict=True)))
    with pytest.raises(Refusal, match="n’ouvre pas sa couche"):
        begin(stage, 0, swapped)
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        begin(stage, 0, take_out(to_begin(stage, 1), stage.kits[1].identity))
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        begin(stage, 0, Proofs(hashes=dict.fromkeys(right.layers, "0" * 64)))
    assert not OpeningSession.objects.exists()
    assert not PeeledLayer.objects.filter(wrap__envelope="technical").exists()
    begin(stage, 0, right)


@pytest.mark.law("LR-57")
def test_a_forged_or_foreign_key_completes_nothing(stage):
    stage.submit()
    stage.close()
    session = begin(stage)
    [(wrap, payload)] = take_out(to_complete(stage, session), stage.kits[1].identity).payloads.items()
    third = next(iter(take_out(to_complete(stage, session, 2), stage.kits[2].identity).payloads.values()))
    for wrong in (third, forge_key(payload), payload + b" ", b"{}", b"\xff", b""):
        with pytest.raises(Refusal, match="n’ouvrent pas ce pli"):
            complete(stage, session, 1, Proofs(payloads={wrap: wrong}))
    with pytest.raises(Refusal, match="Quelque chose a changé"):
        complete(stage, session, 1, take_out(to_complete(stage, session, 2), stage.kits[2].identity))
    assert not OpeningResult.objects.exists()
    complete(stage, session, 1, Proofs(payloads={wrap: payload}))
    assert OpeningResult.objects.readable().count() == 1


@pytest.mark.law("LR-57")
def test_proofs_expire_with_the_presence_of_the_first(stage):
    stage.submit()
    stage.close()
    session = begin(stage)
    proofs = take_out(to_complete(stage, session), stage.kits[1].identity)
    stage.clock.advance(timedelta(minutes=30, seconds=1))
    with pytest.raises(RuleViolation):
        to_complete(stage, session)
    with pytest.raises(RuleViolation):
        complete(stage, session, 1, proofs)
    assert not OpeningResult.objects.exists()


def test_what_a_browser_took_out_is_never_printed(stage):
    stage.submit()
    stage.close()
    session = begin(stage)
    proofs = take_out(to_complete(stage, session), stage.kits[1].identity)
    key = opened_key(next(iter(proofs.payloads.values())))
    assert key.startswith("AGE-SECRET-KEY-1")
    assert key not in repr(proofs)


# --- The pages --------------------------------------------------------------------------------------------------------


def at(stage: Stage, name: str, *more: Any) -> str:
    return reverse(f"submissions:{name}", args=[stage.call.reference, *more])


@pytest.mark.law("LR-57")
def test_the_pages_take_what_the_program_of_the_page_made(unproved):
    stage, keys = unproved, [keywraps.generate() for _ in range(3)]
    author = signed_in(stage.team.author)
    people = {
        name: str(team_user(actor).pk)
        for name, actor in zip(("first", "second", "third"), stage.team.custodians, strict=True)
    }
    recipients = {f"{name}_key": key.recipient for name, key in zip(people, keys, strict=True)}
    lacking = author.post(at(stage, "appoint"), people | recipients | {"third_key": ""})
    assert lacking.status_code == 422
    # Keys already saved come back with the page.
    assert keys[0].recipient in lacking.content.decode()
    assert author.post(at(stage, "appoint"), people | recipients).url == at(stage, "custodians")
    html = author.get(at(stage, "custodians")).content.decode()
    assert html.count("faite dans le navigateur</span>") == 3
    keys[0] = keywraps.generate()
    custodian = signed_in(stage.team.custodians[0])
    refused = custodian.post(at(stage, "renew_key"), {"key": "age1faux"})
    assert refused.status_code == 422
    assert "ce n’est pas une clé age" in refused.content.decode()
    assert custodian.post(at(stage, "renew_key"), {"key": keys[0].recipient}).url == reverse("submissions:custody_home")
    page = at(stage, "rehearse", 1, "initial")
    assert 'id="handed"' not in custodian.get(page).content.decode()
    assert "Les clés de cette période ne sont pas préparées" in custodian.get(page).content.decode()
    custody.prepare_keys(period=stage.period, actor=stage.team.author, now=stage.now)
    for actor, key in zip(stage.team.custodians, keys, strict=True):
        client = signed_in(actor)
        shown = client.get(page)
        assert shown["Cache-Control"] == "private, no-store"
        handed = handed_by(shown.content.decode())
        assert handed["recipient"] == key.recipient
        assert client.post(page, posted(handed, key.identity)).status_code == 302
    stage.submit()
    envelope = at(stage, "open_envelope", 1, "initial", "technical")
    early = custodian.get(envelope).content.decode()
    assert 'id="handed"' not in early
    assert "Attendez l’heure limite" in early
    assert 'name="kit"' not in early
    stage.close()
    for actor, key in zip(stage.team.custodians[:2], keys, strict=False):
        client = signed_in(actor)
        answer = client.post(envelope, posted(handed_by(client.get(envelope).content.decode()), key.identity))
        assert answer.status_code == 302
    assert OpeningResult.objects.readable().count() == 1


@pytest.mark.parametrize(
    "proofs",
    ["{", "[]", "{}", '{"layers": {"a": "é"}, "hashes": {}, "payloads": {}}', "[" * 5000, "x" * 60_001],
)
def test_proofs_that_are_none_are_refused_and_never_shown_again(prepared, proofs):
    client = signed_in(prepared.team.custodians[0])
    answer = client.post(at(prepared, "rehearse", 1, "initial"), {"proofs": proofs})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'name="proofs" id="id_proofs"' in html
    assert handed_by(html)["remove"]
    assert not KeyRehearsal.objects.exists()


@pytest.mark.law("LR-57")
def test_a_session_that_is_over_shows_no_key_again(prepared):
    """Elsewhere what was typed is held by the page that answers."""
    page = at(prepared, "rehearse", 1, "initial")
    for secret in ("key_line", "proofs"):
        answer = Client().post(page, {secret: prepared.kits[0].identity})
        assert answer.status_code == 302
        assert prepared.kits[0].identity not in answer.url + answer.content.decode()
