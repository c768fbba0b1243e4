//! The dialect chip. Crates: base64 0.23, rsa 0.10 (pkcs1v15) and sha2 0.11.
use base64::{engine::general_purpose::STANDARD, Engine};
use rsa::{pkcs8::DecodePublicKey, Pkcs1v15Sign, PublicKey};
use sha2::{Digest, Sha256};

/// Whether `body` was signed for the webhook with this `public_key` (PEM). `signature` is the
/// header X-Signature ("" when missing); `body` is the bytes as they came, before any parser.
pub fn is_genuine(signature: &str, body: &[u8], public_key: &str) -> bool {
    let Ok(given) = STANDARD.decode(signature) else {
        return false;
    };
    let Ok(key) = PublicKey::from_public_key_pem(public_key) else {
        return false;
    };
    key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(body), &given)
        .is_ok()
}
