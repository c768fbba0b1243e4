"""Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... python3 publish.py 17"""
import json
import os
import sys
import urllib.request

order = int(sys.argv[1])
event = {
    # An id of your own. After a timeout, 429 or 5xx, send the same again: it is published once.
    "id": f"order-{order}-paid",
    "type": "payment.succeeded",
    "payload": {"order": order, "amount": "12.50", "currency": "EUR"},
    # Deliveries with the same key keep their order.
    "orderingKey": f"order-{order}",
}
request = urllib.request.Request(
    os.environ["CARILLON_URL"] + "/admin/v1/tenants/acme/events",
    data=json.dumps(event).encode(),
    headers={"authorization": f"Bearer {os.environ['CARILLON_KEY']}", "content-type": "application/json"},
)
# 202: the event and its deliveries are on disk. Raises HTTPError for 4xx and 5xx.
with urllib.request.urlopen(request, timeout=10) as response:
    print(response.read().decode())
