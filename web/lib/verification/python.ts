import type { Scheme } from './scheme.ts';

export function python(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `import base64
import hashlib
import hmac
import time


# id, timestamp, signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
# body: the bytes as they came, before any parser.
def is_genuine(id: str, timestamp: str, signature: str, body: bytes, secret: str) -> bool:
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return any(hmac.compare_digest(expected.encode(), entry.encode()) for entry in signature.split(" "))
`;
    case 'hmac':
      return `import hashlib
import hmac


# signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
def is_genuine(signature: str, body: bytes, secret: str) -> bool:
    expected = hmac.new(secret.encode(), body, hashlib.${scheme.hash}).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
`;
    default:
      return `# pip install cryptography
import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


# signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
# public_key: the public key of the endpoint, in PEM.
def is_genuine(signature: str, body: bytes, public_key: str) -> bool:
    try:
        key = load_pem_public_key(public_key.encode())
        key.verify(base64.b64decode(signature), body, PKCS1v15(), SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False
`;
  }
}
