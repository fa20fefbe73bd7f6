//! Decides gates on NATS: no while somebody in the wave has failed, and no while there is a freeze, which is a file whose
//! first line says why.
//!
//! ```sh
//! cargo run --release -p bus --example gate -- gates.shop freeze.txt
//! ```
//!
//! The server is that of `NATS_URL`. Start it twice, and the two share the work: they are one queue group. It needs
//! async-nats, tokio, futures and serde_json, and nothing of Tributary's: take the file as it is.

use std::error::Error;
use std::path::Path;

use futures::StreamExt as _;
use serde_json::{Value, json};

const VERSION: &str = "tributary.dev/gate/v1";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(subject), Some(freeze)) = (args.next(), args.next()) else {
        return Err("usage: gate SUBJECT FREEZE".into());
    };
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let client = async_nats::connect(url).await?;
    let mut questions = client.queue_subscribe(subject.clone(), "gates".to_owned()).await?;
    // The server knows of it before anybody is told.
    client.flush().await?;
    eprintln!("listens on {subject}");
    while let Some(question) = questions.next().await {
        let (allow, reason) = match decide(&question.payload, Path::new(&freeze)) {
            Ok(reason) => (true, reason),
            Err(reason) => (false, reason),
        };
        let Some(inbox) = question.reply else { continue };
        let answer = json!({ "allow": allow, "reason": reason });
        client.publish(inbox, answer.to_string().into()).await?;
    }
    Ok(())
}

/// Why the wave may pass, or why not.
fn decide(question: &[u8], freeze: &Path) -> Result<String, String> {
    let asked: Value = serde_json::from_slice(question).map_err(|error| format!("no question: {error}"))?;
    if asked["apiVersion"] != VERSION {
        return Err(format!("a question of version {} is not understood", asked["apiVersion"]));
    }
    if freeze.exists() {
        let text = std::fs::read_to_string(freeze).unwrap_or_default();
        return Err(text.lines().next().unwrap_or("there is a freeze").to_owned());
    }
    match asked["counts"]["failed"].as_u64() {
        Some(0) => Ok("no freeze".to_owned()),
        Some(failed) => Err(format!("{failed} of wave {} have failed", asked["wave"])),
        None => Err("the question does not tell how many have failed".to_owned()),
    }
}
