//! The flags of `./demo`.

use std::path::PathBuf;

/// A fleet on this machine: NATS, two replicas of every service, agents that write to directories, and many more in one
/// process. Everything it makes is under `.demo/`.
#[derive(Debug, clap::Parser)]
#[command(name = "./demo", version)]
pub struct Args {
    /// Go through all of it without staying and without a terminal, check everything that is shown against the files on
    /// disk, and print the figures as one JSON line
    #[arg(long)]
    pub once: bool,

    /// Locations beside the five that have a process of their own
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub locations: u32,

    /// Your own application, a YAML file or a folder of them, instead of the one in examples/. Without a Placement in
    /// it, all of it goes to all locations
    #[arg(long, value_name = "FILE|DIR")]
    pub app: Option<PathBuf>,

    /// Two Kubernetes clusters as locations beside the directories: made here, with what this machine allows
    #[arg(long)]
    pub kubernetes: bool,

    /// Clusters that you have (kind, k3d, any), by their kubeconfigs, instead of two made here. All that the demo places
    /// there goes when it ends
    // Its images have to be pulled, and the demo gives them tags that nobody has made.
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with = "app")]
    pub kubeconfig: Vec<PathBuf>,

    /// End a demo that runs and remove what it made
    // The script does it without building anything; here for the help text.
    #[arg(long)]
    pub clean: bool,
}
