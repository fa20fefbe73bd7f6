//! Links the agent's binary.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu") {
        // It moves to a random address when it starts. What has to be adapted to that is listed in a
        // twentieth of the usual space: 600 kB less on disk, and in memory.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
