"""The dialect chip. The library of Python has no RSA: pip install cryptography"""
import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def is_genuine(signature: str, body: bytes, public_key: str) -> bool:
    """Whether body was signed for the webhook with this public_key (PEM).

    signature: the header X-Signature ("" when missing).
    body: the bytes as they came, before any parser.
    """
    key = load_pem_public_key(public_key.encode())
    try:
        key.verify(base64.b64decode(signature), body, PKCS1v15(), SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False
