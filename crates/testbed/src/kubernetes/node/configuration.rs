//! The files that the servers of a node read.

use std::path::Path;

use super::link::Link;
use super::{NODE, PROXY, needs};
use crate::kubernetes::identity::{AUTHORITY, KUBELET_CERTIFICATE, KUBELET_KEY};
use crate::kubernetes::users;

pub(super) const CONTAINERD: &str = "containerd.toml";
pub(super) const KUBELET: &str = "kubelet.yaml";
pub(super) const PROXY_CONFIG: &str = "kube-proxy.yaml";

/// What holds the namespaces of a pod.
pub(super) const PAUSE: &str = "tributary.example/pause:1";

pub(super) fn write(folder: &Path, link: &Link) -> anyhow::Result<()> {
    let network = folder.join("cni");
    std::fs::create_dir_all(&network)?;
    std::fs::write(network.join("pods.conflist"), network_of_pods(link))?;
    std::fs::write(folder.join(CONTAINERD), containerd(&network, &needs::runc()?)?)?;
    std::fs::write(folder.join(KUBELET), kubelet(folder, link))?;
    std::fs::write(folder.join(PROXY_CONFIG), proxy(folder, link))?;
    Ok(())
}

/// Its folders are where it has them by itself. Scores for the killer of processes are left as they are where they cannot
/// be lowered.
fn containerd(network: &Path, runc: &Path) -> anyhow::Result<String> {
    Ok(format!(
        "version = 2
[plugins.\"io.containerd.grpc.v1.cri\"]
  sandbox_image = \"{PAUSE}\"
  disable_apparmor = true
  restrict_oom_score_adj = true
[plugins.\"io.containerd.grpc.v1.cri\".cni]
  bin_dir = {:?}
  conf_dir = {network:?}
[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]
  runtime_type = \"io.containerd.runc.v2\"
[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]
  BinaryName = {runc:?}
",
        needs::plugins()?
    ))
}

/// Images are imported, not pulled: none may be collected. Nothing is evicted for what the tests' machine lacks.
fn kubelet(folder: &Path, link: &Link) -> String {
    let file = |name: &str| folder.join(name);
    let (authority, certificate, key) = (file(AUTHORITY), file(KUBELET_CERTIFICATE), file(KUBELET_KEY));
    let (group, [a, b, c, _]) = (link.name(), link.api_service().octets());
    format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /var/lib/kubelet/volume-plugins
authentication: {{anonymous: {{enabled: false}}, webhook: {{enabled: true}}, x509: {{clientCAFile: {authority:?}}}}}
authorization: {{mode: Webhook}}
tlsCertFile: {certificate:?}
tlsPrivateKeyFile: {key:?}
cgroupDriver: cgroupfs
cgroupRoot: /{group}
failCgroupV1: false
failSwapOn: false
resolvConf: \"\"
clusterDomain: cluster.local
clusterDNS: [\"{a}.{b}.{c}.138\"]
serializeImagePulls: false
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {{memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%}}
nodeStatusUpdateFrequency: 5s
"
    )
}

fn proxy(folder: &Path, link: &Link) -> String {
    let kubeconfig = users::kubeconfig(folder, PROXY);
    format!(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {{kubeconfig: {kubeconfig:?}}}
mode: iptables
clusterCIDR: {}
hostnameOverride: {NODE}
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {{maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}}
",
        link.pods()
    )
}

/// A bridge, to which each pod has a link.
fn network_of_pods(link: &Link) -> String {
    format!(
        "{{\"cniVersion\": \"1.0.0\", \"name\": \"pods\", \"plugins\": [
  {{\"type\": \"bridge\", \"bridge\": \"pods\", \"isGateway\": true, \"ipMasq\": true, \"hairpinMode\": true,
   \"ipam\": {{\"type\": \"host-local\", \"ranges\": [[{{\"subnet\": \"{}\"}}]], \"routes\": [{{\"dst\": \"0.0.0.0/0\"}}]}}}},
  {{\"type\": \"portmap\", \"capabilities\": {{\"portMappings\": true}}}}
]}}
",
        link.pods()
    )
}
