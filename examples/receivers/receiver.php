<?php
// A receiver of Standard Webhooks (dialects standard and diddo) in PHP, without a package:
// SECRET=whsec_... php -S 127.0.0.1:9000 receiver.php

const TOLERANCE_SECONDS = 300;

/** Whether the bytes of the body were signed with the secret in the last five minutes. */
function isGenuine(string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $key = base64_decode(substr(getenv('SECRET'), strlen('whsec_')));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // During a rotation there are several signatures.
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}

// The raw bytes: json_decode comes after the verification.
$body = file_get_contents('php://input');
if (isGenuine($body)) {
    file_put_contents('php://stdout', "received {$_SERVER['HTTP_WEBHOOK_ID']} $body\n");
    http_response_code(204);
} else {
    http_response_code(400);
}
