//! The real grpcurl, which knows of the API what reflection tells it.

use serde_json::{Value, json};
use testbed::Process;

use crate::fleet::Fleet;

const SERVICE: &str = "tributary.api.v1.TributaryService";

/// gRPC's numbers.
pub const INVALID_ARGUMENT: u64 = 3;
pub const NOT_FOUND: u64 = 5;
pub const FAILED_PRECONDITION: u64 = 9;
pub const ABORTED: u64 = 10;

/// A refused call.
#[derive(Debug)]
pub struct Refused {
    pub code: u64,
    pub message: String,
}

/// Asks about the API itself: `list`, `describe`.
pub fn ask(fleet: &Fleet, question: &[&str]) -> String {
    let output =
        testbed::tool("grpcurl").args(["-plaintext", address(fleet)]).args(question).output().unwrap();
    assert!(output.status.success(), "{question:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a call with one answer.
pub fn call(fleet: &Fleet, method: &str, request: &Value) -> Result<Value, Refused> {
    let mut command = testbed::tool("grpcurl");
    command.args(["-plaintext", "-format-error", "-emit-defaults", "-max-time", "20", "-d"]);
    let output = command.arg(request.to_string()).arg(address(fleet)).arg(format!("{SERVICE}/{method}"));
    let output = output.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let answer: Option<Value> = serde_json::from_str(&text).ok();
    assert!(answer.is_some(), "{method}: {text}");
    let answer = answer.unwrap();
    if output.status.success() {
        return Ok(answer);
    }
    let message = answer["message"].as_str().unwrap_or_default().to_owned();
    Err(Refused { code: answer["code"].as_u64().unwrap(), message })
}

/// Makes a call whose answers go on; they are its output.
pub fn follow(fleet: &Fleet, method: &str, request: &Value) -> Process {
    let mut command = testbed::tool("grpcurl");
    command.args(["-plaintext", "-d", &request.to_string(), address(fleet), &format!("{SERVICE}/{method}")]);
    Process::spawn("grpcurl", command, None).unwrap()
}

/// A key as calls name it.
pub fn key(kind: &str, name: &str) -> Value {
    match kind {
        "ConfigMap" => json!({"kind": kind, "namespace": "shop", "name": name}),
        _ => json!({"group": "tributary.dev", "kind": kind, "name": name}),
    }
}

/// A config map as calls carry it: the manifest is bytes, which JSON writes in base64.
pub fn config_map(name: &str, version: &str) -> Value {
    let manifest = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"version": version},
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "shop", "name": name}},
    });
    let manifest = base64(manifest.to_string().as_bytes());
    let workload =
        json!({"version": "v1", "kind": "ConfigMap", "namespace": "shop", "manifestJson": manifest});
    json!({"metadata": {"name": name}, "workload": workload})
}

/// A placement of all that is labelled `app: shop`, on every edge.
pub fn placement(name: &str) -> Value {
    let labelled = |key: &str, value: &str| json!({"matchLabels": {key: value}});
    let what = json!({"objectSelectors": [labelled("app", "shop")]});
    let location = json!({"locationSelectors": [labelled("tier", "edge")]});
    json!({"metadata": {"name": name}, "placement": {"what": [what], "where": location}})
}

fn address(fleet: &Fleet) -> &str {
    fleet.address().strip_prefix("http://").unwrap()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0, |sum, at| sum << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (number >> (18 - 6 * digit)) & 63;
            text.push(if digit > chunk.len() { '=' } else { char::from(DIGITS[value as usize]) });
        }
    }
    text
}
