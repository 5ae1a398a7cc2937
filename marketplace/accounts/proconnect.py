"""ProConnect, the identity of public agents: OpenID Connect through allauth, with what its rules ask beyond allauth.

A `nonce` goes out and must come back in the identity token, whose signature is always checked; `userinfo` is read as
the signed token that ProConnect sends; `state` is long; an account is found by the provider's `sub` and never by an
address. The SIRET that ProConnect says stays beside the account, to fill the registration of the agent's organisation.
"""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from marketplace.accounts.models import User

ALGORITHMS = frozenset({"RS256", "ES256"})
STATE_BYTES = 32
NONCE_BYTES = 32


class ProConnectAdapter(OpenIDConnectOAuth2Adapter):
    """The exchange with ProConnect. `nonce` is what we sent for this sign-in, set by the callback."""

    nonce = ""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """Read both tokens. Raises OAuth2Error when one is not for us, not about the same person, or not fresh."""
        identity = self._verified(app, kwargs["response"].get("id_token") or "")
        if not self.nonce or not constant_time_compare(str(identity.get("nonce", "")), self.nonce):
            raise OAuth2Error("the identity token does not answer this sign-in")
        person = self._userinfo(app, token.token)
        if person.get("sub") != identity["sub"]:
            raise OAuth2Error("userinfo is about somebody else")
        return self.get_provider().sociallogin_from_response(request, {"userinfo": person, "id_token": identity})

    def _userinfo(self, app: SocialApp, access_token: str) -> dict[str, Any]:
        """What ProConnect says of the person: a signed token as its rules say, plain JSON elsewhere."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            answer.raise_for_status()
        if answer.headers.get("Content-Type", "").startswith("application/jwt"):
            return self._verified(app, answer.text, is_expiring=False)
        return answer.json()

    def _verified(self, app: SocialApp, token: str, *, is_expiring: bool = True) -> dict[str, Any]:
        """The claims of a token signed by the provider for this site. Raises OAuth2Error for any other."""
        try:
            header = jwt.get_unverified_header(token)
            if header["alg"] not in ALGORITHMS:
                raise OAuth2Error(f"{header['alg']} is no accepted signature")
            return jwt.decode(
                token,
                key=self._key(header.get("kid")),
                algorithms=[header["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": ["iss", "aud", "sub", *(["exp"] if is_expiring else [])]},
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("unreadable or foreign token") from error

    def _key(self, kid: str | None) -> Any:
        """The public key of the provider; a token may leave it unnamed where there is one only. Raises OAuth2Error."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        found = [key for key in keys if key.key_id == kid] if kid else keys
        if len(found) != 1:
            raise OAuth2Error("the provider has no such key")
        return found[0].key


class ProConnectProvider(OpenIDConnectProvider):
    """ProConnect as allauth sees it."""

    oauth2_adapter_class = ProConnectAdapter

    def redirect(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """To the provider, with a nonce that the session remembers beside the state."""
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        kwargs["auth_params"] = {**self.get_auth_params(), "nonce": nonce}
        kwargs["scope"] = self.get_scope()
        return super().redirect(request, *args, nonce=nonce, **kwargs)

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """First name and usual name, as ProConnect calls them."""
        said = data.get("userinfo", data)
        return {
            "email": said.get("email"),
            "first_name": said.get("given_name", ""),
            "last_name": said.get("usual_name") or said.get("family_name", ""),
        }


class ProConnectCallback(OAuth2CallbackView):
    """The way back: the nonce of the session is handed to the exchange."""

    def _get_state(self, request: HttpRequest, provider: ProConnectProvider) -> tuple[dict[str, Any], HttpResponse]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts that come from elsewhere."""

    def generate_state_param(self, state: dict[str, Any]) -> str:
        """Long enough for ProConnect, which asks for 32 signs at least."""
        return secrets.token_urlsafe(STATE_BYTES)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """A person whose names and address are known fills nothing in; their address is confirmed by code."""
        user = sociallogin.user
        return bool(user.email and user.first_name and user.last_name) and super().is_auto_signup_allowed(
            request, sociallogin
        )


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To ProConnect: POST goes, GET asks for a click. Raises Http404 where it is not configured."""
    return _answer(OAuth2LoginView, request, provider_id)


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from ProConnect. Raises Http404 where it is not configured."""
    return _answer(ProConnectCallback, request, provider_id)


def _answer(view: type, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return view.adapter_view(ProConnectAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None


def siret_of(user: User) -> str:
    """The SIRET that ProConnect says of the person's organisation, empty when it says none."""
    for account in SocialAccount.objects.filter(user=user):
        siret = (account.extra_data.get("userinfo") or {}).get("siret")
        if siret:
            return str(siret)
    return ""
