//! The bytes of every message, so that a change of the wire is seen, and the text that `describe` makes of them.
//!
//! A message that must change is rewritten with `UPDATE_GOLDEN=1 cargo test -p wire --test golden`; the difference
//! then shows in review. Old bytes that are still in tables must keep decoding.

mod arbitrary;
mod samples;

use std::{env, fs, path::PathBuf};

fn path(name: &str, extension: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.{extension}"))
}

/// Lines of 32 bytes.
fn hex(bytes: &[u8]) -> String {
    let line = |chunk: &[u8]| chunk.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
    bytes.chunks(32).map(line).collect()
}

fn check(name: &str, extension: &str, found: &str) {
    let path = path(name, extension);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, found).expect("the folder of golden files is in the repository");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{} differs; see the head of tests/golden.rs", path.display());
}

#[test]
fn the_bytes_and_the_text_of_every_message_stay_as_they_are() {
    for (name, key, bytes) in samples::all() {
        check(name, "hex", &hex(&bytes));
        check(name, "txt", &wire::describe(&key.subject(), &bytes));
        let json = wire::describe_json(&key.subject(), &bytes);
        assert!(json.is_some_and(|json| json["body"].is_object()), "{name} has no JSON");
    }
    for (name, bytes) in samples::answers() {
        check(name, "hex", &hex(&bytes));
    }
}

#[test]
fn an_unknown_subject_and_a_damaged_message_are_said_to_be_so() {
    assert!(wire::describe("orders.new", b"x").contains("unknown subject, 1 bytes"));
    assert!(wire::describe("trib.v1.epoch", b"\xff").contains("not such a message"));
    assert!(wire::describe("$KV.locations.fra-1", b"").ends_with("deleted\n"));
}

#[test]
fn a_field_of_a_later_version_is_listed_by_number() {
    let text = wire::describe("trib.v1.epoch", b"\x08\x07\x9a\x06\x02ab");
    assert!(text.ends_with("epoch: 7\nunknown field 99: 2 bytes\n"), "{text}");
}

proptest::proptest! {
    #[test]
    fn describing_arbitrary_bytes_never_panics(bytes: Vec<u8>) {
        for (_, key, _) in samples::all() {
            wire::describe(&key.subject(), &bytes);
        }
    }
}
