"""What the bytes of a sealed PDF say of its seal, told without the library that made it, which is slow to load."""

# Attribute « signature timestamp » of a CMS signature (RFC 3161, appendix A), in DER; a PDF holds its signature in hex.
TIMESTAMP_ATTRIBUTE = b"060b2a864886f70d010910020e"


def has_timestamp(pdf: bytes) -> bool:
    """Whether a signature of this PDF, of our own making, carries a timestamp; nothing is verified."""
    return TIMESTAMP_ATTRIBUTE in pdf.lower()
