"""The classification: for every address, who gets the page, who may act there, and who may know of its object.

Written from what each role is for (design §4, ux §4), never from what the site answers. A new address fails until it
stands here.
"""

from dataclasses import dataclass

from tests.access.people import (
    AUTHOR,
    BUYERS,
    CLEAR,
    COLLEAGUE,
    DECIDE,
    EVERYBODY,
    FOLLOW,
    HOUSE,
    KEEPERS,
    MEMBERS,
    OPERATOR,
    OWNERS,
    PREPARE,
    READERS,
    REGISTER,
    SCORERS,
    SET_ASIDE,
    SIGNATORY,
    SIGNED_IN,
    SILENT,
    SUPPLIERS,
    TEAM,
    UNVERIFIED,
    VALIDATOR,
    WINNER,
    WITH_ORGANISATION,
)

NOBODY: frozenset[str] = frozenset()
PLAYED, OPEN, DRAFT, PURCHASE = "played", "open", "draft", "purchase"
OURS, THEIRS = "ours", "theirs"


@dataclass(frozen=True)
class Rule:
    """What an address is for.

    Attributes:
        read: Who gets the page (GET).
        act: Who may act there (POST); None where nothing is posted.
        see: Who is told that it is forbidden (403); to others it does not exist (404). By default, who reads or acts.
        object: Which of our calls the arguments come from.
        get: Whether there is a page at all.
        declare: Whether those with a part in the choice are sent to declare their interests first (LR-70).
        hides: Argument of an object that only readers may know: to others, a true one answers like an absent one.
        is_public: Whether visitors are not sent to sign in.
        counts: Whether reading it is counted in the journal, without who reads (LR-36).
    """

    read: frozenset[str]
    act: frozenset[str] | None = None
    see: frozenset[str] = NOBODY
    object: str = PLAYED
    get: bool = True
    declare: bool = False
    hides: str = ""
    is_public: bool = False
    counts: bool = False

    @property
    def sees(self) -> frozenset[str]:
        return self.see | self.read | (self.act or NOBODY)


def everybody(act: frozenset[str] | None = None, **more: object) -> Rule:
    return Rule(EVERYBODY, act, is_public=True, **more)


def signed_in(act: frozenset[str] | None = None, **more: object) -> Rule:
    return Rule(SIGNED_IN, act, see=SIGNED_IN, **more)


def of_house(read: frozenset[str], act: frozenset[str] | None = None, **more: object) -> Rule:
    """A page of the file of a call."""
    return Rule(read, act, see=HOUSE, **more)


def of_choice(read: frozenset[str] = READERS, act: frozenset[str] | None = None, **more: object) -> Rule:
    """A page on what firms handed in."""
    return Rule(read, act, see=HOUSE, declare=True, **more)


def act_of_choice(who: frozenset[str], **more: object) -> Rule:
    return of_choice(who, who, **more)


def of_contract(read: frozenset[str], act: frozenset[str] | None = None, **more: object) -> Rule:
    """A page of one contract, of which colleagues outside of the team know nothing (LR-109)."""
    return Rule(read, act, see=TEAM, **more)


def of_firm(act: frozenset[str] | None = frozenset({WINNER}), **more: object) -> Rule:
    """A page of one firm about what is its own, and of nobody else."""
    return Rule(frozenset({WINNER}), act, **more)


A, V, S = frozenset({AUTHOR}), frozenset({VALIDATOR}), frozenset({SIGNATORY})
OWN = frozenset({WINNER})
CHOOSES = V | SCORERS

RULES: dict[str, Rule] = {
    # What everybody reads
    "robots": everybody(),
    "sitemap": everybody(),
    "sitemap_part": everybody(),
    "share_image": everybody(),
    "events_calendar": everybody(),
    "event_calendar": everybody(),
    "desk:calls_calendar": everybody(),
    "desk:call_calendar": everybody(),
    # Those of others: whatever the method, they show their page.
    "wagtail_serve": everybody(EVERYBODY),
    "desk:calls_feed": everybody(EVERYBODY),
    "articles_feed": everybody(EVERYBODY),
    "catalogue:feed": everybody(EVERYBODY),
    "picture": everybody(),
    "catalogue:list": everybody(),
    "catalogue:domain": everybody(),
    "catalogue:profile": everybody(),
    "sourcing:compare": everybody(),
    "sourcing:compare_csv": everybody(),
    # What an organisation keeps of the catalogue, here our buyer
    "sourcing:selection": signed_in(),
    "sourcing:add": signed_in(SIGNED_IN),
    "sourcing:note": Rule(MEMBERS, MEMBERS),
    "sourcing:remove": Rule(MEMBERS, MEMBERS),
    "sourcing:make_export": signed_in(SIGNED_IN),
    "sourcing:export": Rule(MEMBERS),
    "sourcing:export_csv": Rule(MEMBERS),
    "desk:file_export": Rule(MEMBERS, MEMBERS),
    # Searches are followed by a person, here the author
    "sourcing:follow": signed_in(SIGNED_IN),
    "sourcing:searches": signed_in(),
    "sourcing:unfollow": Rule(A, A),
    "desk:api": everybody(),
    # The description shows itself whatever the method.
    "api:openapi-json": everybody(EVERYBODY),
    "api:domains": everybody(),
    "api:profiles": everybody(),
    "api:profile": everybody(),
    "api:calls": everybody(),
    "api:call": everybody(),
    "catalogue:solution": everybody(),
    "needs:list": everybody(),
    "needs:need": everybody(),
    "needs:propose": everybody(EVERYBODY),
    "needs:support": everybody(EVERYBODY),
    "needs:sent": everybody(),
    # A feed shows itself whatever the method.
    "needs:feed": everybody(EVERYBODY),
    "needs:sheet": everybody(),
    # Whoever holds the link of a mail acts by it.
    "needs:confirm": everybody(EVERYBODY),
    "needs:confirm_support": everybody(EVERYBODY),
    "needs:stop": everybody(EVERYBODY),
    "needs:answer": everybody(EVERYBODY),
    "figures:page": everybody(),
    "figures:csv": everybody(),
    "figures:json": everybody(),
    "desk:take_up": Rule(BUYERS - {UNVERIFIED}, BUYERS - {UNVERIFIED}, see=SIGNED_IN),
    "catalogue:question": everybody(EVERYBODY),
    "catalogue:question_held": everybody(),
    "catalogue:question_sent": everybody(),
    "catalogue:confirm_question": everybody(EVERYBODY),
    "catalogue:report": everybody(EVERYBODY),
    "catalogue:reported": everybody(),
    "desk:calls": everybody(),
    "desk:call": everybody(),
    "desk:call_documents": everybody(),
    "desk:call_documents_zip": everybody(counts=True),
    "desk:call_document_latest": everybody(),
    "desk:call_document": everybody(counts=True),
    "desk:call_document_odt": everybody(counts=True),
    # Whoever holds the link of a mail acts by it.
    "desk:result": everybody(),
    "desk:rulebook": everybody(),
    "desk:mail_sent": everybody(),
    "desk:fit": Rule(SUPPLIERS, SUPPLIERS, object=OPEN),
    # Among firms, which the people of the buyer do not know of (B.9)
    "desk:partners": Rule(SUPPLIERS, object=OPEN),
    "desk:post_partner_search": Rule(SUPPLIERS, SUPPLIERS, object=OPEN),
    "desk:withdraw_partner_search": Rule(OWN, OWN, object=OPEN),
    "desk:write_to_partner": Rule(SUPPLIERS - OWN, SUPPLIERS - OWN, object=OPEN),
    "desk:follow": everybody(EVERYBODY, object=OPEN),
    "desk:questions": everybody(),
    "desk:ask": everybody(EVERYBODY, object=OPEN),
    # Whoever holds the link of a mail acts by it; a forged one answers 404 (tests/desk/test_following.py).
    "desk:confirm_following": everybody(EVERYBODY, object=OPEN),
    "desk:stop_following": everybody(EVERYBODY, object=OPEN),
    "desk:confirm_question": everybody(EVERYBODY, object=OPEN),
    "desk:verify": everybody(),
    "desk:verifier": everybody(),
    "desk:keys": everybody(),
    "desk:program": everybody(),
    # Registration: whoever begins at the wrong screen is sent to the first
    "accounts:register": everybody(),
    "accounts:register_company": everybody(EVERYBODY),
    "accounts:register_foreign": everybody(EVERYBODY),
    "accounts:register_company_confirm": everybody(EVERYBODY),
    "accounts:register_company_person": everybody(EVERYBODY),
    "accounts:register_buyer": everybody(EVERYBODY),
    "accounts:register_buyer_confirm": everybody(EVERYBODY),
    "accounts:register_buyer_person": everybody(EVERYBODY),
    "accounts:invitation": Rule(EVERYBODY, NOBODY, see=EVERYBODY, is_public=True),
    # One's own account
    "accounts:account": signed_in(),
    "accounts:switch": signed_in(SIGNED_IN),
    "accounts:my_data": signed_in(),
    "accounts:export": signed_in(),
    "accounts:correct_name": signed_in(SIGNED_IN),
    "accounts:close": signed_in(SIGNED_IN),
    "accounts:second_factor": signed_in(),
    "accounts:second_factor_done": signed_in(),
    # Whoever holds the link of a mail acts by it.
    "mail:stop": everybody(EVERYBODY),
    "mail:preferences": signed_in(SIGNED_IN),
    # The team of an organisation, here of our buyer
    "accounts:team": Rule(WITH_ORGANISATION),
    "accounts:ask_verification": Rule(OWNERS, OWNERS, see=WITH_ORGANISATION),
    "accounts:invite": Rule(OWNERS, OWNERS, see=WITH_ORGANISATION),
    "accounts:cancel_invitation": Rule(A, A),
    "accounts:answer_request": Rule(A, A),
    "accounts:change_role": Rule(A, A, see=MEMBERS),
    "accounts:end_membership": Rule(A | {COLLEAGUE}, A | {COLLEAGUE}, see=MEMBERS),
    # The operator
    "accounts:verify_buyers": Rule(frozenset({OPERATOR}), see=SIGNED_IN),
    "accounts:verify_buyer": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=frozenset({UNVERIFIED})),
    "accounts:refuse_verification": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=frozenset({UNVERIFIED})),
    "calls:clauses": Rule(frozenset({OPERATOR}), see=SIGNED_IN),
    "submissions:safety": Rule(frozenset({OPERATOR}), see=SIGNED_IN),
    "calls:write_clause": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=SIGNED_IN, hides="code"),
    "calls:check_clause": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=SIGNED_IN, hides="code"),
    # The profile of one's own company: to everybody else there is none
    "catalogue:my_profile": Rule(SUPPLIERS),
    "catalogue:begin_profile": Rule(SUPPLIERS, SUPPLIERS),
    "catalogue:preview_profile": of_firm(None),
    "catalogue:readings": of_firm(None),
    "catalogue:send_profile": of_firm(),
    "catalogue:take_back_profile": of_firm(),
    "catalogue:withdraw_profile": of_firm(),
    "catalogue:restore_profile": of_firm(),
    "catalogue:references": of_firm(None),
    # Plans: the prices to everybody, one's own to each company, what Stripe sends to the operator
    "billing:prices": everybody(),
    "billing:plan": Rule(SUPPLIERS),
    "billing:invoices_csv": Rule(SUPPLIERS),
    "billing:subscribe": Rule(SUPPLIERS, SUPPLIERS),
    "billing:change_period": Rule(SUPPLIERS, SUPPLIERS),
    "billing:cancel": Rule(SUPPLIERS, SUPPLIERS),
    "billing:resume": Rule(SUPPLIERS, SUPPLIERS),
    "billing:portal": Rule(SUPPLIERS, SUPPLIERS),
    "billing:payee": Rule(SUPPLIERS),
    "billing:open_payee": Rule(SUPPLIERS, SUPPLIERS),
    "billing:check_payee": Rule(SUPPLIERS, SUPPLIERS),
    "billing:vat_number": Rule(SUPPLIERS, SUPPLIERS),
    "billing:refresh": Rule(SUPPLIERS, SUPPLIERS),
    "billing:events": Rule(frozenset({OPERATOR}), see=SIGNED_IN),
    # The spaces
    "desk:buyer_home": Rule(BUYERS | HOUSE),
    "desk:buyer_budget": Rule(BUYERS),
    "desk:buyer_budget_csv": Rule(BUYERS),
    "desk:company_home": Rule(SUPPLIERS),
    "desk:cash_calendar": Rule(SUPPLIERS),
    "desk:cash_calendar_csv": Rule(SUPPLIERS),
    "desk:company_messages": Rule(SUPPLIERS),
    "desk:letter": Rule(OWN | TEAM, OWN, see=TEAM),
    "desk:call_board": of_house(HOUSE),
    "desk:journal": of_house(HOUSE),
    "desk:journal_csv": of_house(HOUSE),
    "desk:messages": of_house(HOUSE),
    # Writing and publishing a call
    "calls:new": Rule(BUYERS, BUYERS),
    "calls:copy": of_house(MEMBERS, MEMBERS, object=DRAFT),
    "calls:orient": Rule(BUYERS, BUYERS),
    "calls:oriented": Rule(MEMBERS, MEMBERS),
    "calls:models": Rule(frozenset({OPERATOR}), see=SIGNED_IN),
    "calls:add_model": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=SIGNED_IN),
    "calls:write_model": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=SIGNED_IN, object=DRAFT, hides="slug"),
    "calls:patterns": Rule(BUYERS),
    "calls:pattern": Rule(BUYERS, object=DRAFT),
    "calls:take_pattern": of_house(A, A, object=DRAFT),
    "calls:purchase": of_house(TEAM, A, object=PURCHASE),
    "calls:attach_offer": of_house(A, A, object=PURCHASE, hides="offer"),
    "calls:give_up_purchase": of_house(V, V, object=PURCHASE),
    "calls:decide_purchase": of_house(V | S, V | S, object=PURCHASE),
    "calls:write": of_house(HOUSE, A, object=DRAFT),
    "calls:check": of_house(HOUSE, object=DRAFT),
    "calls:put_online": of_house(V, V, object=DRAFT),
    "calls:add_document": of_house(A, A, object=DRAFT),
    "calls:remove_document": of_house(A, A, object=DRAFT),
    "calls:read_study": of_house(MEMBERS - A, MEMBERS - A, object=DRAFT),
    "notices:essential_data": of_house(TEAM, object=PURCHASE),
    "notices:essential_data_file": of_house(TEAM, object=PURCHASE),
    "notices:award": Rule(A | V, A | V, see=HOUSE),
    "notices:eforms": of_house(HOUSE, A | V, object=DRAFT),
    "notices:published": of_house(HOUSE, A | V, object=OPEN),
    "notices:sheet": of_house(HOUSE, A | V, object=DRAFT),
    "calls:publish": of_house(V, V, object=DRAFT),
    "calls:team": of_house(HOUSE, A | V),
    "calls:questions": of_house(HOUSE, object=OPEN),
    "calls:answer": of_house(A | V, A | V, object=OPEN, hides="question"),
    "calls:correct": of_house(V, V, object=OPEN),
    "calls:periods": of_house(HOUSE, A | V, object=OPEN),
    "calls:extend": of_house(V, V, object=OPEN),
    "calls:agree_extension": of_house(V, V, object=OPEN),
    "calls:cancel": of_house(V, V, object=OPEN),
    # Keys and openings
    "submissions:custodians": of_house(HOUSE),
    "submissions:appoint": of_house(A | V, A | V),
    "submissions:prepare_keys": of_house(A | V, A | V),
    "submissions:opening": of_house(TEAM),
    "submissions:trouble": of_house(TEAM, A | V | S),
    "submissions:late": Rule(DECIDE, DECIDE, see=TEAM),
    "submissions:team_evidence": Rule(TEAM, TEAM),
    "submissions:copies": of_house(PREPARE),
    "submissions:record_copy": of_house(A | V, A | V),
    "submissions:name_sender": of_house(A | V, A | V),
    "submissions:open_copy": of_house(DECIDE, DECIDE),
    "submissions:copy_content": of_house(A | V, A | V),
    "submissions:destroy_copy": of_house(DECIDE, DECIDE),
    "submissions:open_envelope": of_house(KEEPERS, KEEPERS),
    "submissions:custody_home": signed_in(),
    "submissions:renew_key": Rule(KEEPERS, KEEPERS),
    "submissions:rehearse": Rule(KEEPERS, KEEPERS),
    # Answering: the firm that holds the draft, and nobody else
    "submissions:start": Rule(
        WITH_ORGANISATION - MEMBERS - {OPERATOR}, WITH_ORGANISATION - MEMBERS - {OPERATOR}, see=SIGNED_IN, object=OPEN
    ),
    "submissions:replies": Rule(WITH_ORGANISATION, see=SIGNED_IN),
    "submissions:tasks": of_firm(None, object=OPEN),
    "submissions:files": of_firm(None, object=OPEN),
    "submissions:upload": of_firm(get=False, object=OPEN),
    "submissions:remove_file": of_firm(object=OPEN),
    "submissions:attempts": of_firm(None, object=OPEN),
    "submissions:problem": of_firm(object=OPEN),
    "submissions:report": of_firm(get=False, object=OPEN),
    "submissions:trial": Rule(WITH_ORGANISATION, WITH_ORGANISATION, see=SIGNED_IN),
    "submissions:trial_files": of_firm(None, object=OPEN),
    "submissions:trial_end": of_firm(object=OPEN),
    **{f"submissions:{one}": of_firm(get=False, object=OPEN) for one in ("trial_upload", "trial_seal")},
    # The same protocol for a deposit and for a trial; parts are sent by PUT only.
    **{f"submissions:{one}begin": of_firm(get=False, object=OPEN) for one in ("", "trial_")},
    **{f"submissions:{one}transfers": of_firm(None, object=OPEN) for one in ("", "trial_")},
    **{f"submissions:{one}part": of_firm(None, get=False, object=OPEN) for one in ("", "trial_")},
    **{f"submissions:{one}finish": of_firm(get=False, object=OPEN) for one in ("", "trial_")},
    **{f"submissions:{one}drop_upload": of_firm(object=OPEN) for one in ("", "trial_")},
    "submissions:review": of_firm(object=OPEN),
    "submissions:seal": of_firm(get=False, object=OPEN),
    "submissions:annex": of_firm(object=OPEN),
    "submissions:drop": of_firm(object=OPEN),
    "submissions:task": of_firm(object=OPEN),
    "submissions:espd": of_firm(object=OPEN),
    "submissions:own_espd": of_firm(None, object=OPEN),
    "submissions:reform_group": of_firm(object=OPEN),
    "submissions:receipt": of_firm(None),
    "submissions:receipt_file": of_firm(None),
    "submissions:evidence": of_firm(),
    "submissions:replace": of_firm(),
    "submissions:withdraw": of_firm(),
    # Choosing
    "evaluation:home": signed_in(),
    # Who stepped aside reads again what they declared.
    "evaluation:interest": Rule(TEAM | {SET_ASIDE}, TEAM),
    "evaluation:period": of_choice(A | V, A | V),
    "evaluation:candidates": of_choice(act=REGISTER),
    "evaluation:candidate": of_choice(act=SCORERS, hides="candidate"),
    "evaluation:select": act_of_choice(V),
    "evaluation:invite": act_of_choice(V),
    "evaluation:ask_complements": act_of_choice(A | V),
    "evaluation:record_complement": act_of_choice(A | V, hides="item"),
    "evaluation:propose_exclusion": act_of_choice(V | S, hides="candidate"),
    "evaluation:decide_exclusion": act_of_choice(V | S, hides="exclusion"),
    "evaluation:record_observations": act_of_choice(V | S, hides="exclusion"),
    "evaluation:bid": of_choice(hides="bid"),
    "evaluation:requirements": act_of_choice(REGISTER, hides="bid"),
    "evaluation:assess": act_of_choice(REGISTER, hides="bid"),
    "evaluation:price": act_of_choice(REGISTER, hides="bid"),
    "evaluation:negotiation": of_choice(act=REGISTER),
    "evaluation:meet": act_of_choice(REGISTER),
    "evaluation:eliminate": act_of_choice(V),
    "evaluation:close_negotiation": act_of_choice(REGISTER),
    "evaluation:meeting": of_choice(act=REGISTER, hides="meeting"),
    "evaluation:scoring": of_choice(act=REGISTER),
    "evaluation:hand_in": act_of_choice(SCORERS),
    "evaluation:compare": of_choice(),
    "evaluation:close_technical": act_of_choice(CHOOSES),
    "evaluation:score": act_of_choice(SCORERS, hides="bid"),
    "evaluation:consensus": act_of_choice(SCORERS, hides="bid"),
    "evaluation:ranking": of_choice(),
    "evaluation:rank": act_of_choice(CHOOSES),
    "evaluation:analysis_report": act_of_choice(CHOOSES),
    "evaluation:award": of_choice(),
    "evaluation:board": act_of_choice(DECIDE),
    "evaluation:choose": act_of_choice(DECIDE),
    "evaluation:ask_proofs": act_of_choice(CLEAR),
    "evaluation:proof": act_of_choice(CLEAR, hides="proof"),
    "evaluation:clear": act_of_choice(CLEAR, hides="partner"),
    "evaluation:eliminate_partner": act_of_choice(CLEAR, hides="partner"),
    "evaluation:standstill": of_choice(),
    "evaluation:letters": act_of_choice(DECIDE),
    "evaluation:presentation_report": act_of_choice(DECIDE),
    "evaluation:hold": act_of_choice(DECIDE),
    "evaluation:release": act_of_choice(DECIDE, hides="hold"),
    "evaluation:ending_letters": act_of_choice(DECIDE),
    "evaluation:proof_requests": signed_in(),
    "evaluation:candidacies": signed_in(),
    "evaluation:complement": of_firm(),
    "evaluation:observe": of_firm(),
    "evaluation:proofs": of_firm(),
    # Contracts, on the side of the buyer
    "contracts:contracts": of_house(TEAM),
    "contracts:prepare": of_house(PREPARE, PREPARE),
    "contracts:record_power": of_house(PREPARE, PREPARE),
    "contracts:contract": of_contract(TEAM),
    "contracts:complete": of_contract(PREPARE, PREPARE),
    "contracts:record_paper": of_contract(PREPARE, PREPARE),
    "contracts:confirm_identity": of_contract(PREPARE, PREPARE),
    "contracts:transmit": of_contract(FOLLOW, FOLLOW),
    "contracts:notify": of_contract(FOLLOW, FOLLOW),
    "contracts:record_receipt": of_contract(FOLLOW, FOLLOW),
    "contracts:close": of_contract(FOLLOW, FOLLOW),
    "contracts:test": of_contract(FOLLOW, FOLLOW),
    "contracts:order": of_contract(S, S),
    "contracts:order_invoice": of_contract(FOLLOW, FOLLOW),
    "contracts:start_phase": of_contract(FOLLOW, FOLLOW),
    "contracts:results": of_contract(FOLLOW, FOLLOW),
    "contracts:deliverable": of_contract(FOLLOW, FOLLOW),
    "contracts:decision_receipt": of_contract(FOLLOW, FOLLOW),
    "contracts:invoice": of_contract(FOLLOW, FOLLOW),
    "contracts:payments": of_contract(TEAM),
    "contracts:payment_terms": of_contract(FOLLOW, FOLLOW),
    "contracts:notify_penalty": of_contract(FOLLOW, FOLLOW),
    "contracts:decide_penalty": of_contract(FOLLOW, FOLLOW, hides="penalty"),
    "contracts:issue_certificate": of_contract(S, S),
    "contracts:buyer_invoice": of_contract(TEAM),
    "contracts:return_invoice": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:certify_service": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:mandate": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:release_retention": of_contract(FOLLOW, FOLLOW),
    "contracts:ask_transfer": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:check_transfer": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:pay_interest": of_contract(FOLLOW, FOLLOW, hides="invoice"),
    "contracts:phases": of_house(TEAM),
    "contracts:gate": of_house(TEAM),
    "contracts:open_gate": of_house(FOLLOW, FOLLOW),
    "contracts:decide": of_house(S, S),
    "submissions:change_group": of_house(V | S, V | S, hides="party"),
    "contracts:archive": of_house(TEAM),
    "contracts:approve_destruction": of_house(V | S, V | S, hides="holdings"),
    "contracts:budget": of_house(TEAM),
    "contracts:payment": of_house(FOLLOW, FOLLOW, hides="payment"),
    # Signing
    "contracts:to_sign": signed_in(),
    "contracts:sign": Rule(OWN | S, OWN | S, see=TEAM),
    "contracts:refuse_signature": Rule(OWN | S, OWN | S, see=TEAM),
    "contracts:sign_on_paper": Rule(S, S, see=TEAM | OWN),
    # Contracts, on the side of the firm
    "contracts:partnerships": signed_in(),
    "contracts:partnership": of_firm(None),
    "contracts:my_payments": of_firm(None),
    "contracts:my_billing": of_firm(),
    "contracts:bill_advance": of_firm(),
    "contracts:bill_phase": of_firm(),
    "contracts:bill_order": of_firm(),
    "contracts:my_invoice": of_firm(None),
    "contracts:deposit_invoice": of_firm(),
    "contracts:credit_note": of_firm(),
    "contracts:check_my_transfer": of_firm(),
    "contracts:answer_penalty": of_firm(),
    "contracts:ask_certificate": of_firm(),
    "contracts:rates": Rule(frozenset({OPERATOR}), frozenset({OPERATOR}), see=SIGNED_IN),
    "contracts:declare": of_firm(),
    "contracts:acknowledge": of_firm(),
    "contracts:acknowledge_decision": of_firm(),
    "contracts:hand_in": of_firm(),
    "contracts:agree": of_firm(),
}

MUST_DECLARE = frozenset({SILENT})
