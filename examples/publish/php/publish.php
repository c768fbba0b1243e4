<?php
// Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... php publish.php 17

$order = (int) $argv[1];
$event = [
    // An id of your own. After a timeout, 429 or 5xx, send the same again: it is published once.
    'id' => "order-$order-paid",
    'type' => 'payment.succeeded',
    'payload' => ['order' => $order, 'amount' => '12.50', 'currency' => 'EUR'],
    // Deliveries with the same key keep their order.
    'orderingKey' => "order-$order",
];
$url = getenv('CARILLON_URL') . '/admin/v1/tenants/acme/events';
$answer = file_get_contents($url, false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => ['Authorization: Bearer ' . getenv('CARILLON_KEY'), 'Content-Type: application/json'],
    'content' => json_encode($event, JSON_THROW_ON_ERROR),
    'timeout' => 10,
    'ignore_errors' => true,
]]));
$status = $http_response_header[0] ?? 'no answer';
// 202: the event and its deliveries are on disk.
if (!str_contains($status, ' 202 ')) {
    throw new RuntimeException("$status $answer");
}
echo "$answer\n";
