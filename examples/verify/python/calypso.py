"""The dialect calypso."""
import hashlib
import hmac


def is_genuine(signature: str, body: bytes, secret: str) -> bool:
    """Whether body was signed with the secret: the secretKey of the subscription.

    signature: the header Sign ("" when missing).
    body: the bytes as they came, before any parser.
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
