"""RFC 3161 timestamps, asked of an authority and read over before they are kept (annex 12, LR-62)."""

from asn1crypto import cms
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext


class NotATimestamp(Exception):  # noqa: N818 - says what came back
    """The answer is not a sound timestamp of what was sent."""


FAILURES = (NotATimestamp, SignatureValidationError, OSError, ValueError, TypeError, LookupError)
"""What asking may raise: silence (OSError), or an answer that is no timestamp of what was sent."""


class CheckedTimeStamper(RequestsHTTPTimeStamper):
    """An authority at an address, whose answers are whole and about what was asked, or refused."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A timestamp of these bytes. Raises one of `FAILURES`."""
        token = await super().async_timestamp(message_digest, md_algorithm)
        nobody = ValidationContext(trust_roots=[], allow_fetching=False)
        found = await validate_tst_signed_data(token["content"], nobody, lambda algorithm: message_digest)
        # Whether the authority is trusted is for whoever relies on the timestamp; that it is whole is for us.
        if not (found["intact"] and found["valid"]):
            raise NotATimestamp
        return token
