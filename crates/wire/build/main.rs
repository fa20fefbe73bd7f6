//! Generates the messages, their schema, and with feature `grpc` the service, from `proto/`; protox stands in for
//! protoc.

mod schema;

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorSet;

const FILES: [&str; 7] = [
    "tributary/api/v1/resource.proto",
    "tributary/api/v1/tributary_service.proto",
    "tributary/bus/v1/content.proto",
    "tributary/bus/v1/decision.proto",
    "tributary/bus/v1/desired.proto",
    "tributary/bus/v1/status.proto",
    "tributary/bus/v1/summary.proto",
];

#[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../proto");
    println!("cargo::rerun-if-changed=build");
    let descriptors = protox::compile(FILES, ["../../proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    fs::write(out.join("schema.rs"), schema::source(&descriptors)?)?;
    let mut config = prost_build::Config::new();
    // Sorted maps make encodings deterministic; shared bytes let content pass through without a copy.
    config.btree_map(["."]).bytes(["."]).include_file("generated.rs");
    generate(config, descriptors)
}

#[cfg(feature = "grpc")]
fn generate(config: prost_build::Config, descriptors: FileDescriptorSet) -> Result<(), Box<dyn Error>> {
    Ok(tonic_prost_build::configure().compile_fds_with_config(descriptors, config)?)
}

#[cfg(not(feature = "grpc"))]
fn generate(mut config: prost_build::Config, descriptors: FileDescriptorSet) -> Result<(), Box<dyn Error>> {
    Ok(config.compile_fds(descriptors)?)
}
