//! Verifies deliveries of every dialect, at the path of its name:
//! PORT=9000 STANDARD_SECRET=whsec_... cargo run
mod calypso;
mod chip;
mod spritz;
mod standard;

use std::io::Read;
use tiny_http::{Request, Response, Server};

const BODY_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The header, "" when it is missing.
fn header<'a>(request: &'a Request, name: &'static str) -> &'a str {
    let found = request.headers().iter().find(|each| each.field.equiv(name));
    found.map_or("", |each| each.value.as_str())
}

fn is_genuine(dialect: &str, request: &Request, body: &[u8], secret: &str) -> bool {
    match dialect {
        "standard" | "diddo" => {
            let (id, timestamp) = (
                header(request, "webhook-id"),
                header(request, "webhook-timestamp"),
            );
            standard::is_genuine(
                id,
                timestamp,
                header(request, "webhook-signature"),
                body,
                secret,
            )
        }
        "calypso" => calypso::is_genuine(header(request, "Sign"), body, secret),
        "chip" => chip::is_genuine(header(request, "X-Signature"), body, secret),
        "spritz" => spritz::is_genuine(header(request, "Signature"), body, secret),
        _ => false,
    }
}

fn receive(request: &mut Request) -> u16 {
    let dialect = request.url().trim_start_matches('/').to_owned();
    let secret = std::env::var(format!("{}_SECRET", dialect.to_uppercase())).unwrap_or_default();
    // The raw bytes: a JSON parser comes after the verification.
    let mut body = Vec::new();
    let read = request
        .as_reader()
        .take(BODY_BYTES_MAX + 1)
        .read_to_end(&mut body);
    if secret.is_empty() {
        404
    } else if read.is_err() || body.len() as u64 > BODY_BYTES_MAX {
        413
    } else if !is_genuine(&dialect, request, &body, &secret) {
        400
    } else {
        println!("received {dialect} {}", String::from_utf8_lossy(&body));
        200
    }
}

fn main() {
    let port = std::env::var("PORT").unwrap_or("9000".to_owned());
    let server = Server::http(format!("127.0.0.1:{port}")).expect("the port must be free");
    println!("ready");
    for mut request in server.incoming_requests() {
        let status = receive(&mut request);
        // A sender that went away gets no answer.
        let _ = request.respond(Response::empty(status));
    }
}
