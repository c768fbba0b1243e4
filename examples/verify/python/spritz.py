"""The dialect spritz."""
import hashlib
import hmac


def is_genuine(signature: str, body: bytes, secret: str) -> bool:
    """Whether body was signed with the secret: the secret that you set, with its prefix.

    signature: the header Signature ("" when missing).
    body: the bytes as they came, before any parser.
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
