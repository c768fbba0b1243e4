//! Publishes an event: CARILLON_URL=https://hooks.example CARILLON_KEY=cak_... cargo run 17
//! Crates: serde_json 1 and ureq 3 (json, rustls).
use serde_json::json;
use std::{env, error::Error, time::Duration};

fn main() -> Result<(), Box<dyn Error>> {
    let order: u64 = env::args()
        .nth(1)
        .ok_or("the number of the order is missing")?
        .parse()?;
    let event = json!({
        // An id of your own. After a timeout, 429 or 5xx, send the same again: it is published
        // once.
        "id": format!("order-{order}-paid"),
        "type": "payment.succeeded",
        "payload": { "order": order, "amount": "12.50", "currency": "EUR" },
        // Deliveries with the same key keep their order.
        "orderingKey": format!("order-{order}"),
    });
    let url = env::var("CARILLON_URL")? + "/admin/v1/tenants/acme/events";
    let key = env::var("CARILLON_KEY")?;
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .build();
    // 202: the event and its deliveries are on disk. 4xx and 5xx are errors.
    let mut response = ureq::Agent::new_with_config(config)
        .post(url)
        .header("authorization", format!("Bearer {key}"))
        .send_json(&event)?;
    println!("{}", response.body_mut().read_to_string()?);
    Ok(())
}
