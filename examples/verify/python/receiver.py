"""Verifies deliveries of every dialect, at the path of its name:

PORT=9000 STANDARD_SECRET=whsec_... python3 receiver.py
"""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_BYTES_MAX = 2 * 1024 * 1024


def is_standard(headers, body, secret):
    import standard

    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return standard.is_genuine(*(headers.get(name, "") for name in names), body, secret)


def is_calypso(headers, body, secret):
    import calypso

    return calypso.is_genuine(headers.get("Sign", ""), body, secret)


def is_chip(headers, body, public_key):
    import chip

    return chip.is_genuine(headers.get("X-Signature", ""), body, public_key)


def is_spritz(headers, body, secret):
    import spritz

    return spritz.is_genuine(headers.get("Signature", ""), body, secret)


CHECKS = {
    "standard": is_standard,
    "diddo": is_standard,
    "calypso": is_calypso,
    "chip": is_chip,
    "spritz": is_spritz,
}


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        dialect = self.path[1:]
        is_genuine = CHECKS.get(dialect)
        secret = os.environ.get(f"{dialect.upper()}_SECRET")
        length = int(self.headers.get("content-length", "0"))
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            return self.answer(413)
        # The raw bytes: json.loads comes after the verification.
        body = self.rfile.read(length)
        if is_genuine is None or not secret:
            return self.answer(404)
        if not is_genuine(self.headers, body, secret):
            return self.answer(400)
        print("received", dialect, body.decode(), flush=True)
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver)
print("ready", flush=True)
server.serve_forever()
