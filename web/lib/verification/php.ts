import type { Scheme } from './scheme.ts';

export function php(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `<?php
// $id, $timestamp, $signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
// $body: file_get_contents('php://input').
function isGenuine(string $id, string $timestamp, string $signature, string $body, string $secret): bool
{
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $key = base64_decode(str_replace('whsec_', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signature) as $entry) {
        if (hash_equals($expected, $entry)) {
            return true;
        }
    }
    return false;
}
`;
    case 'hmac':
      return `<?php
// $signature: the header ${scheme.header}. $body: file_get_contents('php://input').
function isGenuine(string $signature, string $body, string $secret): bool
{
    return hash_equals(hash_hmac('${scheme.hash}', $body, $secret), $signature);
}
`;
    default:
      return `<?php
// $signature: the header ${scheme.header}. $body: file_get_contents('php://input').
// $publicKey: the public key of the endpoint, in PEM.
function isGenuine(string $signature, string $body, string $publicKey): bool
{
    return openssl_verify($body, base64_decode($signature), $publicKey, OPENSSL_ALGO_SHA256) === 1;
}
`;
  }
}
