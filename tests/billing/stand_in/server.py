"""A small Stripe over loopback HTTP: customers, prices, pages of payment, subscriptions, invoices, signed news.

The real client of Stripe is pointed at it. Every request and every answer is held against the published description.
Its hosted pages are forms that work without a script: what a person does at Stripe is done there.
"""

import copy
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.billing.stand_in import objects
from tests.billing.stand_in.described import Description

KEY, SECRET = "sk_test_stand_in", "whsec_stand_in"
Answer = tuple[int, dict[str, Any]]


class Refused(Exception):  # noqa: N818 - says what it is
    """An answer of Stripe that says no."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error") -> None:
        super().__init__(code)
        self.status, self.body = status, {"error": {"type": kind, "code": code, "message": code}}


class StandIn:
    """What it holds, what it was asked, and what it has to tell.

    Attributes:
        now: Its clock, in seconds since 1970; tests move it.
        outbox: Events not sent yet, oldest first.
        down: Answers 503 to everything while true.
        before_answer: Called before each answer is given, with method and path: a test waits or acts there.
    """

    def __init__(self, now: int | None = None, *, live: bool = False) -> None:
        self.now = now or int(time.time())
        self.live = live
        self.description = Description()
        self.asked: list[str] = []
        self.outbox: list[dict[str, Any]] = []
        self.down = False
        self.before_answer: Callable[[str, str], None] | None = None
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            kind: {}
            for kind in (
                *("customers", "tax_ids", "prices", "sessions", "subscriptions", "invoices"),
                *("accounts", "payments"),
            )
        }
        # Parameters of the payments asked for, and on whose account.
        self.payments_asked: list[tuple[str, dict[str, Any]]] = []
        self._on_account = ""
        self._params: dict[str, dict[str, Any]] = {}
        self._given: dict[str, tuple[str, Answer]] = {}
        self._count = 0
        self._lock = threading.RLock()

    # --- The API ------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, pairs: list[tuple[str, str]], headers: dict[str, str]) -> Answer:
        """Answer a request as Stripe would; the same idempotency key gives the same answer."""
        with self._lock:
            self.asked.append(f"{method} {path}")
            params = self.description.request(method, path, pairs, headers.get("stripe-version", ""))
            key = headers.get("idempotency-key", "") and f"{self.live} {headers['idempotency-key']}"
            self._on_account = headers.get("stripe-account", "")
            told = json.dumps([path, params], sort_keys=True)
            try:
                if headers.get("authorization") != f"Bearer {KEY if not self.live else KEY.replace('test', 'live')}":
                    raise Refused(401, "invalid_api_key", "authentication_error")
                if self.down:
                    raise Refused(503, "api_down", "api_error")
                if method == "POST" and key in self._given:
                    if self._given[key][0] != told:
                        raise Refused(400, "idempotency_key_in_use", "idempotency_error")
                    found = self._given[key][1]
                else:
                    found = (200, self._route(method, path, params))
                    if method == "POST" and key:
                        self._given[key] = (told, copy.deepcopy(found))
            except Refused as refused:
                found = (refused.status, refused.body)
            found = copy.deepcopy(found)
            self.description.answer(method, path, *found)
        if self.before_answer is not None:
            self.before_answer(method, path)
        return found

    def _route(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        for verb, pattern, do in self._routes():
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return do(params, *found.groups())
        raise Refused(404, "resource_missing")

    def _routes(self) -> list[tuple[str, str, Callable[..., dict[str, Any]]]]:
        return [
            ("POST", "/v1/customers", self._new_customer),
            ("POST", "/v1/accounts", self._new_account),
            ("GET", "/v1/accounts/([^/]+)", lambda _p, pk: self.one("accounts", pk)),
            ("POST", "/v1/account_links", self._new_account_link),
            ("POST", "/v1/payment_intents", self._new_payment),
            ("GET", "/v1/payment_intents/([^/]+)", lambda _p, pk: self._own_payment(pk)),
            ("POST", "/v1/payment_intents/([^/]+)/cancel", self._cancel_payment),
            ("GET", "/v1/customers/([^/]+)/tax_ids", self._tax_ids),
            ("POST", "/v1/customers/([^/]+)/tax_ids", self._new_tax_id),
            ("DELETE", "/v1/customers/([^/]+)/tax_ids/([^/]+)", self._drop_tax_id),
            ("GET", "/v1/prices", self._prices),
            ("POST", "/v1/prices", self._new_price),
            ("POST", "/v1/checkout/sessions", self._new_session),
            ("GET", "/v1/checkout/sessions/([^/]+)", lambda _p, pk: self.one("sessions", pk)),
            ("POST", "/v1/checkout/sessions/([^/]+)/expire", self._expire),
            ("POST", "/v1/billing_portal/sessions", self._new_portal),
            ("GET", "/v1/subscriptions", lambda p: self._list("subscriptions", p)),
            ("POST", "/v1/subscriptions/([^/]+)", self._change_subscription),
            ("GET", "/v1/invoices", lambda p: self._list("invoices", p)),
        ]

    def one(self, kind: str, pk: str) -> dict[str, Any]:
        """A row. Raises Refused."""
        try:
            return self.rows[kind][pk]
        except KeyError:
            raise Refused(404, "resource_missing") from None

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:06d}"

    def _list(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in self.rows[kind].values() if row["customer"] == params["customer"]]
        if kind == "subscriptions" and params.get("status") != "all":
            rows = [row for row in rows if row["status"] != "canceled"]
        limit, after = params.get("limit", 10), params.get("starting_after", "")
        return objects.listed(f"/v1/{kind}", rows[::-1], limit=limit, after=after)

    def _new_customer(self, params: dict[str, Any]) -> dict[str, Any]:
        pk = self._id("cus")
        self.rows["customers"][pk] = objects.customer(pk, params, self.now, live=self.live)
        return self.rows["customers"][pk]

    def _tax_ids(self, params: dict[str, Any], customer: str) -> dict[str, Any]:
        rows = [row for row in self.rows["tax_ids"].values() if row["customer"] == customer]
        return objects.listed(f"/v1/customers/{customer}/tax_ids", rows[::-1], limit=params.get("limit", 10))

    def _new_tax_id(self, params: dict[str, Any], customer: str) -> dict[str, Any]:
        self.one("customers", customer)
        pk = self._id("txi")
        self.rows["tax_ids"][pk] = objects.tax_id(pk, customer, params, self.now, live=self.live)
        self.tell("customer.tax_id.created", self.rows["tax_ids"][pk])
        return self.rows["tax_ids"][pk]

    def _drop_tax_id(self, _params: dict[str, Any], customer: str, pk: str) -> dict[str, Any]:
        if self.one("tax_ids", pk)["customer"] != customer:
            raise Refused(404, "resource_missing")
        del self.rows["tax_ids"][pk]
        return {"id": pk, "object": "tax_id", "deleted": True}

    def _prices(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("lookup_keys", [])
        rows = [row for row in self.rows["prices"].values() if row["lookup_key"] in wanted]
        return objects.listed("/v1/prices", rows, limit=params.get("limit", 10))

    def _new_price(self, params: dict[str, Any]) -> dict[str, Any]:
        pk = self._id("price")
        self.rows["prices"][pk] = objects.price(pk, params, self.now, live=self.live)
        return self.rows["prices"][pk]

    def _new_session(self, params: dict[str, Any]) -> dict[str, Any]:
        self.one("customers", params["customer"])
        self.one("prices", params["line_items"][0]["price"])
        pk = self._id("cs_test")
        self._params[pk] = params
        self.rows["sessions"][pk] = objects.session(pk, f"{self.url}/pay/{pk}", params, self.now, live=self.live)
        return self.rows["sessions"][pk]

    def _expire(self, _params: dict[str, Any], pk: str) -> dict[str, Any]:
        session = self.one("sessions", pk)
        if session["status"] != "open":
            raise Refused(400, "checkout_session_not_open")
        session |= {"status": "expired", "url": None}
        return session

    def _new_portal(self, params: dict[str, Any]) -> dict[str, Any]:
        self.one("customers", params["customer"])
        pk = self._id("bps")
        return objects.portal(pk, f"{self.url}/portal/{params['customer']}", params, self.now, live=self.live)

    def _change_subscription(self, params: dict[str, Any], pk: str) -> dict[str, Any]:
        row = self.one("subscriptions", pk)
        if row["status"] == "canceled":
            raise Refused(404, "resource_missing")
        if "cancel_at_period_end" in params:
            ends = params["cancel_at_period_end"]
            row |= {
                "cancel_at_period_end": ends,
                "cancel_at": row["current_period_end"] if ends else None,
                "canceled_at": self.now if ends else None,
            }
        for item in params.get("items", []):
            price = self.one("prices", item["price"])
            row["items"]["data"][0]["price"] = price
            if row["status"] == "active":
                row |= {
                    "current_period_start": self.now,
                    "current_period_end": self.now + objects.LENGTHS[price["recurring"]["interval"]],
                }
                self.charge(pk)
        self.tell("customer.subscription.updated", row)
        return row

    def _new_account(self, params: dict[str, Any]) -> dict[str, Any]:
        pk = self._id("acct")
        self.rows["accounts"][pk] = objects.account(pk, params, self.now)
        return self.rows["accounts"][pk]

    def _new_account_link(self, params: dict[str, Any]) -> dict[str, Any]:
        self.one("accounts", params["account"])
        url = f"{self.url}/onboarding/{params['account']}"
        return {"object": "account_link", "created": self.now, "expires_at": self.now + 300, "url": url}

    def _new_payment(self, params: dict[str, Any]) -> dict[str, Any]:
        if not self.one("accounts", self._on_account)["charges_enabled"]:
            raise Refused(400, "account_invalid")
        self.payments_asked.append((self._on_account, params))
        pk = self._id("pi")
        row = objects.payment(pk, params, self.now, live=self.live)
        self.rows["payments"][pk] = row
        self._params[pk] = {"account": self._on_account}
        return row

    def _own_payment(self, pk: str) -> dict[str, Any]:
        row = self.one("payments", pk)
        if self._params[pk]["account"] != self._on_account:
            raise Refused(404, "resource_missing")
        return row

    def _cancel_payment(self, _params: dict[str, Any], pk: str) -> dict[str, Any]:
        row = self._own_payment(pk)
        if row["status"] == "succeeded":
            raise Refused(400, "payment_intent_unexpected_state")
        row |= {"status": "canceled", "canceled_at": self.now, "next_action": None}
        return row

    def complete_account(self, pk: str) -> None:
        """A partner says at Stripe who it is and where it is paid."""
        self.one("accounts", pk)["charges_enabled"] = True

    def wire(self, pk: str, cents: int) -> None:
        """A bank transfer comes in."""
        row = self.one("payments", pk)
        action = row["next_action"]["display_bank_transfer_instructions"]
        action["amount_remaining"] -= cents
        if action["amount_remaining"] <= 0:
            row |= {"status": "succeeded", "amount_received": row["amount"], "next_action": None}

    # --- What people and time do at Stripe ----------------------------------------------------------------------------

    def pay(self, session_id: str, *, vat_number: str = "") -> dict[str, Any]:
        """Somebody fills in the page of payment. Returns the subscription."""
        with self._lock:
            session = self.one("sessions", session_id)
            if session["status"] != "open":
                raise Refused(400, "checkout_session_not_open")
            params = self._params[session_id]
            price = self.one("prices", params["line_items"][0]["price"])
            pk = self._id("sub")
            trial_days = params["subscription_data"].get("trial_period_days", 0)
            row = objects.subscription(pk, session["customer"], price, self.now, trial_days=trial_days, live=self.live)
            self.rows["subscriptions"][pk] = row
            session |= {"status": "complete", "payment_status": "paid", "subscription": pk, "url": None}
            if vat_number:
                self._new_tax_id({"type": "eu_vat", "value": vat_number}, session["customer"])
            self.tell("customer.subscription.created", row)
            if not trial_days:
                self.charge(pk)
            self.tell("checkout.session.completed", session)
            return row

    def charge(self, subscription_id: str, *, works: bool = True) -> dict[str, Any]:
        """An invoice is issued, and paid if the card works."""
        with self._lock:
            row = self.one("subscriptions", subscription_id)
            pk = self._id("in")
            number = f"ATELIER-{self._count:04d}"
            made = objects.invoice(pk, number, row, self.now, is_paid=works, live=self.live)
            self.rows["invoices"][pk] = made
            row["status"] = "active" if works else "past_due"
            self.tell("invoice.finalized", made)
            self.tell("invoice.paid" if works else "invoice.payment_failed", made)
            if not works:
                self.tell("customer.subscription.updated", row)
            return made

    def settle(self, invoice_id: str) -> None:
        """A missed invoice is paid after all."""
        with self._lock:
            made = self.one("invoices", invoice_id)
            made |= {"status": "paid", "paid": True, "amount_paid": made["amount_due"], "amount_remaining": 0}
            made["status_transitions"]["paid_at"] = self.now
            row = self.one("subscriptions", made["subscription"])
            row["status"] = "active"
            self.tell("invoice.paid", made)
            self.tell("customer.subscription.updated", row)

    def announce_end_of_trial(self, subscription_id: str) -> None:
        """Three days before its end, Stripe tells it."""
        self.tell("customer.subscription.trial_will_end", self.one("subscriptions", subscription_id))

    def end(self, subscription_id: str) -> None:
        """A subscription ends now."""
        with self._lock:
            row = self.one("subscriptions", subscription_id)
            row |= {"status": "canceled", "ended_at": self.now, "canceled_at": self.now}
            self.tell("customer.subscription.deleted", row)

    # --- What it tells ------------------------------------------------------------------------------------------------

    def tell(self, kind: str, thing: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Put an event into the outbox, as the thing is now."""
        with self._lock:
            made = objects.event(self._id("evt"), kind, copy.deepcopy(thing), self.now, live=self.live) | more
            self.description.event(made)
            self.outbox.append(made)
            return made

    def take_outbox(self) -> list[dict[str, Any]]:
        """The events not sent yet, taken out."""
        with self._lock:
            taken, self.outbox = self.outbox, []
            return taken

    # --- Its pages ----------------------------------------------------------------------------------------------------

    def page(self, path: str) -> str | None:
        """A hosted page; None when there is none."""
        if (found := re.fullmatch("/pay/([^/]+)", path)) and found[1] in self.rows["sessions"]:
            back = self.rows["sessions"][found[1]]["cancel_url"]
            return f'<form method="post"><button>Pay</button></form><a href="{back}">Back</a>'
        return "<p>Portal</p>" if path.startswith("/portal/") else None

    def press(self, path: str) -> str | None:
        """The button of a hosted page is pressed; returns where it leads."""
        found = re.fullmatch("/pay/([^/]+)", path)
        if found is None:
            return None
        self.pay(found[1])
        return self.rows["sessions"][found[1]]["success_url"]

    # --- Life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> "StandIn":
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_DELETE(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                split = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                if not split.path.startswith("/v1/"):
                    self._show(split.path)
                    return
                pairs = parse_qsl(split.query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, found = stand_in.answer(self.command, split.path, pairs, headers)
                self._send(status, json.dumps(found).encode(), "application/json")

            def _show(self, path: str) -> None:
                if self.command == "POST":
                    self.send_response(303)
                    self.send_header("Location", stand_in.press(path) or "/")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                page = " " if path == "/favicon.ico" else stand_in.page(path)
                self._send(200 if page else 404, (page or "").encode(), "text/html; charset=utf-8")

            def _send(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def signature(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """The header by which Stripe signs what it sends."""
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"
