//! Whatever users type, and whatever answers them: a clear word of what is wrong, where, and what to do; nothing half
//! done, no panic, no hang, no more memory than is due.

mod disk;
mod follow;
mod impossible;
mod limits;
mod manifests;
mod servers;
mod terminal;

use std::path::PathBuf;
use std::process::{Command, Output};

use testbed::binary;

use crate::fleet::Fleet;

/// Of address space, in KiB. The CLI needs a tenth of it for its largest file, and what a bomb stands for is far more.
const MEMORY: u32 = 700_000;

/// Runs the CLI as a shell would, with bounded memory, and for half a minute at most: then it ends with code 124.
fn bounded(fleet: &Fleet, args: &[&str]) -> Output {
    let tributary = binary("tributary").unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("ulimit -v {MEMORY}; exec timeout 30 \"$0\" \"$@\"")])
        .arg(tributary)
        .args(args);
    shell
        .env("TRIBUTARY_ADDRESS", fleet.address())
        .env("TRIBUTARY_NATS_URL", fleet.nats.url())
        .output()
        .unwrap()
}

/// It must have ended with `code` by its own decision, and said all of these on stderr.
fn check(output: &Output, code: i32, said: &[&str]) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    for part in said {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

/// The files of a case, in a folder of their own.
fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

/// A config map that is right, with a value.
fn config_map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop, labels: {{app: shop}}}}\n\
         data: {{version: \"{value}\"}}\n"
    )
}

/// No config map is declared.
fn nothing_was_done(fleet: &Fleet) {
    let list: serde_json::Value =
        serde_json::from_str(&fleet.succeed(&["get", "configmaps", "-o", "json"])).unwrap();
    assert_eq!(list["items"], serde_json::json!([]));
}
