<?php
// The dialect chip.

/**
 * Whether $body was signed for the webhook with this public_key (PEM). $signature is the header
 * X-Signature ('' when missing); $body is file_get_contents('php://input').
 */
function isChipGenuine(string $signature, string $body, string $publicKey): bool
{
    return openssl_verify($body, base64_decode($signature), $publicKey, OPENSSL_ALGO_SHA256) === 1;
}
