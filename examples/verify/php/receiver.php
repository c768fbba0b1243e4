<?php
// Verifies deliveries of every dialect, at the path of its name:
// STANDARD_SECRET=whsec_... php -S 127.0.0.1:9000 receiver.php

require 'standard.php';
require 'calypso.php';
require 'chip.php';
require 'spritz.php';

function headerOf(string $name): string
{
    return $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? '';
}

function isGenuine(string $dialect, string $body, string $secret): bool
{
    return match ($dialect) {
        'standard', 'diddo' => isStandardGenuine(
            headerOf('webhook-id'),
            headerOf('webhook-timestamp'),
            headerOf('webhook-signature'),
            $body,
            $secret,
        ),
        'calypso' => isCalypsoGenuine(headerOf('Sign'), $body, $secret),
        'chip' => isChipGenuine(headerOf('X-Signature'), $body, $secret),
        'spritz' => isSpritzGenuine(headerOf('Signature'), $body, $secret),
    };
}

$dialect = substr($_SERVER['REQUEST_URI'], 1);
$isKnown = in_array($dialect, ['standard', 'diddo', 'calypso', 'chip', 'spritz'], true);
$secret = $isKnown ? (string) getenv(strtoupper($dialect) . '_SECRET') : '';
// The raw bytes: json_decode comes after the verification.
$body = file_get_contents('php://input');
if ($secret === '') {
    http_response_code(404);
} elseif (!isGenuine($dialect, $body, $secret)) {
    http_response_code(400);
} else {
    file_put_contents('php://stdout', "received $dialect $body\n");
}
