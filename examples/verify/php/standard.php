<?php
// Standard Webhooks: the dialects standard and diddo.

const TOLERANCE_SECONDS = 300;

/**
 * Whether $body was signed with the secret in the last five minutes. $id, $timestamp and $signature
 * are the headers webhook-id, webhook-timestamp and webhook-signature ('' when missing); $body is
 * file_get_contents('php://input').
 */
function isStandardGenuine(string $id, string $timestamp, string $signature, string $body, string $secret): bool
{
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $key = base64_decode(str_replace('whsec_', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // During a rotation there is a signature for each valid secret.
    foreach (explode(' ', $signature) as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}
