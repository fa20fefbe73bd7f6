//! Owns a cluster with containers until it is killed itself. Run by `tests/containers.rs`.

use testbed::Kubernetes;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let cluster = Kubernetes::options().containers().start().await?;
    let folder = cluster.kubeconfig().parent().map(|folder| folder.display().to_string());
    let machine = cluster.machine().map(|address| address.to_string());
    announce(&folder.unwrap_or_default(), &machine.unwrap_or_default());
    std::future::pending().await
}

#[expect(clippy::print_stdout, reason = "the test reads it")]
fn announce(folder: &str, machine: &str) {
    println!("folder={folder} machine={machine}");
}
