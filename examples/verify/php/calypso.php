<?php
// The dialect calypso.

/**
 * Whether $body was signed with the secret: the secretKey of the subscription. $signature is the
 * header Sign ('' when missing); $body is file_get_contents('php://input').
 */
function isCalypsoGenuine(string $signature, string $body, string $secret): bool
{
    return hash_equals(hash_hmac('sha512', $body, $secret), $signature);
}
