"""Second factors of the demonstration: set up through allauth; their secrets lie in a file that gives codes."""

import json
import time
from pathlib import Path

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from marketplace.accounts.models import User
from marketplace.demo.showcase.cast import Cast, Person

FILE = "seconds-facteurs.json"
# Those who open, sign, publish and administer.
PARTS = {"validator", "signatory", "first_custodian", "second_custodian", "editor"}


def needed(cast: Cast) -> list[Person]:
    """Everybody whose part asks for a second factor."""
    return [one for one in cast.everybody if one.part in PARTS or one.house == cast.operator.code]


def set_up(users: dict[str, User], people: list[Person], folder: Path) -> None:
    """Give each person a second factor, and keep the secrets in `folder`, readable by its owner only."""
    secrets = {person.email: generate_totp_secret() for person in people}
    for email, secret in secrets.items():
        TOTP.activate(users[email], secret)
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(secrets, indent=1), encoding="utf-8")


def code_of(account: str, folder: Path) -> str:
    """The code of this minute for an account, given whole or without what follows the @.

    Raises LookupError, in French, when the account has no second factor here.
    """
    path = folder / FILE
    secrets = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = [secret for email, secret in secrets.items() if account.lower() in {email, email.partition("@")[0]}]
    if not found:
        raise LookupError(f"« {account} » n’a pas de second facteur dans cette démonstration : connectez-vous sans.")
    return format_hotp_value(hotp_value(found[0], int(time.time()) // app_settings.TOTP_PERIOD))
