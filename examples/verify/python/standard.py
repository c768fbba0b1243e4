"""Standard Webhooks: the dialects standard and diddo."""
import base64
import hashlib
import hmac
import time

TOLERANCE_SECONDS = 300


def is_genuine(id: str, timestamp: str, signature: str, body: bytes, secret: str) -> bool:
    """Whether body was signed with the secret in the last five minutes.

    id, timestamp, signature: the headers webhook-id, webhook-timestamp and webhook-signature
    ("" when missing).
    body: the bytes as they came, before any parser.
    """
    is_time = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11
    if not is_time or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(mac)
    # During a rotation there is a signature for each valid secret.
    return any(hmac.compare_digest(expected, given.encode()) for given in signature.split(" "))
