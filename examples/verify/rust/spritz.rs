//! The dialect spritz. Crates: hex 0.4, hmac 0.13 and sha2 0.11.
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether `body` was signed with the secret: the secret that you set, with its prefix. `signature`
/// is the header Signature ("" when missing); `body` is the bytes as they came, before any parser.
pub fn is_genuine(signature: &str, body: &[u8], secret: &str) -> bool {
    let Ok(given) = hex::decode(signature) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(body);
    // Compares in constant time.
    mac.verify_slice(&given).is_ok()
}
