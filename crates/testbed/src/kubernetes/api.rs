//! The API server of a cluster: how it is started, and when it is ready.

use std::path::Path;
use std::process::Command;

use super::client::Client;
use super::identity::{
    AUTHORITY, CALLER_CERTIFICATE, CALLER_KEY, CERTIFICATE, KEY, TOKEN_KEY, TOKEN_PUBLIC_KEY,
};
use super::node::Link;
use super::options::Options;
use super::port::Port;
use super::users::TOKENS;
use super::{READY, ended};
use crate::process::Process;
use crate::{eventually, pinned};

/// Answered with 200 by a server that has all it begins with: roles are part of `/readyz`, namespaces are not.
const THERE: [&str; 5] = [
    "/readyz",
    "/api/v1/namespaces/default",
    "/api/v1/namespaces/kube-system",
    "/api/v1/namespaces/kube-public",
    "/api/v1/namespaces/kube-node-lease",
];

/// Flags that are the same everywhere.
const FLAGS: [&str; 5] = [
    "--permit-port-sharing",
    "--service-account-issuer=https://kubernetes.default.svc",
    "--authorization-mode=RBAC",
    // As everywhere: who may make privileged pods is decided by admission.
    "--allow-privileged",
    // Stopped in order, it would wait a minute for watches to end by themselves.
    "--shutdown-watch-termination-grace-period=1s",
];

/// Without an address to be told to pods, it looks for a network, and ends where there is none: one of the range for
/// documentation.
const ALONE: [&str; 2] = ["--advertise-address=192.0.2.1", "--service-cluster-ip-range=10.0.0.0/24"];

/// Nobody makes the service account `default` of a namespace that pods would be refused for.
const BARE: &str = "--disable-admission-plugins=ServiceAccount";

pub(super) fn start(
    folder: &Path,
    port: &Port,
    store: &Port,
    options: &Options,
    link: Option<&Link>,
) -> anyhow::Result<Process> {
    let mut command = Command::new(pinned("kube-apiserver")?);
    command.arg(format!("--etcd-servers=http://{}", store.address()));
    command.arg(format!("--secure-port={}", port.number()));
    command.arg(format!("--bind-address={}", port.host())).args(FLAGS);
    command.args(options.is_bare().then_some(BARE));
    match link {
        Some(link) => drop(command.args(with_node(folder, link))),
        None => drop(command.args(ALONE)),
    }
    let mut file = |flag: &str, name: &str| {
        command.arg(format!("--{flag}={}", folder.join(name).display()));
    };
    file("tls-cert-file", CERTIFICATE);
    file("tls-private-key-file", KEY);
    file("client-ca-file", AUTHORITY);
    file("service-account-key-file", TOKEN_PUBLIC_KEY);
    file("service-account-signing-key-file", TOKEN_KEY);
    file("token-auth-file", TOKENS);
    // Where it would keep a certificate that it makes itself; `/var/run` is not ours.
    file("cert-dir", "certificates");
    command.args(&options.flags);
    Process::spawn("kube-apiserver", command, Some(&folder.join("kube-apiserver.log")))
}

/// Pods call it, and it calls the kubelet.
fn with_node(folder: &Path, link: &Link) -> [String; 7] {
    let file = |name: &str| folder.join(name).display().to_string();
    [
        format!("--advertise-address={}", link.host()),
        format!("--service-cluster-ip-range={}", link.services()),
        format!("--kubelet-client-certificate={}", file(CALLER_CERTIFICATE)),
        format!("--kubelet-client-key={}", file(CALLER_KEY)),
        format!("--kubelet-certificate-authority={}", file(AUTHORITY)),
        // No name of a node is known here.
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
        // Beside RBAC: what a kubelet may see is what its pods use.
        "--authorization-mode=Node".to_owned(),
    ]
}

/// Waits until it has all that a cluster begins with, or has ended.
pub(super) async fn ready(api: &mut Process, client: &Client, token: &str) -> anyhow::Result<()> {
    let answers = eventually("the API server is ready", READY, async || {
        if let Some(ended) = ended(api, "kube-apiserver") {
            return Ok(Err(ended));
        }
        for path in THERE {
            match client.get(path, token).await {
                Ok((200, _)) => {}
                Ok((status, body)) => return Err(format!("{path}: {status} {body}")),
                Err(error) => return Err(format!("{path}: {error:#}")),
            }
        }
        Ok(Ok(()))
    });
    answers.await?
}
