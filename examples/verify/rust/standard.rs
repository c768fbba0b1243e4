//! Standard Webhooks: the dialects standard and diddo.
//! Crates: base64 0.23, hmac 0.13 and sha2 0.11.
use base64::{engine::general_purpose::STANDARD, Engine};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

const TOLERANCE_SECONDS: u64 = 300;

/// Whether `body` was signed with the secret in the last five minutes. `id`, `timestamp` and
/// `signature` are the headers webhook-id, webhook-timestamp and webhook-signature ("" when
/// missing); `body` is the bytes as they came, before any parser.
pub fn is_genuine(id: &str, timestamp: &str, signature: &str, body: &[u8], secret: &str) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs());
    let is_recent = timestamp
        .parse::<u64>()
        .is_ok_and(|at| now.abs_diff(at) <= TOLERANCE_SECONDS);
    let Ok(key) = STANDARD.decode(secret.trim_start_matches("whsec_")) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    // During a rotation there is a signature for each valid secret.
    // `verify_slice` compares in constant time.
    let mut given = signature
        .split(' ')
        .filter_map(|entry| STANDARD.decode(entry.strip_prefix("v1,")?).ok());
    is_recent && given.any(|bytes| mac.clone().verify_slice(&bytes).is_ok())
}
