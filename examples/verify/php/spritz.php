<?php
// The dialect spritz.

/**
 * Whether $body was signed with the secret: the secret that you set, with its prefix. $signature is
 * the header Signature ('' when missing); $body is file_get_contents('php://input').
 */
function isSpritzGenuine(string $signature, string $body, string $secret): bool
{
    return hash_equals(hash_hmac('sha256', $body, $secret), $signature);
}
