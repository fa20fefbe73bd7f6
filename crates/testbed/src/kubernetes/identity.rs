//! Certificates and keys of a cluster: an authority of its own, the certificate that its API server shows, and the key
//! that signs tokens of service accounts.

use std::path::Path;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

pub(crate) const AUTHORITY: &str = "ca.crt";
pub(crate) const CERTIFICATE: &str = "apiserver.crt";
pub(crate) const KEY: &str = "apiserver.key";
pub(crate) const TOKEN_KEY: &str = "service-accounts.key";
pub(crate) const TOKEN_PUBLIC_KEY: &str = "service-accounts.pub";

/// Of the API server as the caller of a kubelet.
pub(crate) const CALLER_CERTIFICATE: &str = "apiserver-kubelet.crt";
pub(crate) const CALLER_KEY: &str = "apiserver-kubelet.key";
pub(crate) const KUBELET_CERTIFICATE: &str = "kubelet.crt";
pub(crate) const KUBELET_KEY: &str = "kubelet.key";

const AUTHORITY_KEY: &str = "ca.key";

/// All by which clients may call an API server: from this machine, and from pods.
const NAMES: [&str; 6] = [
    "127.0.0.1",
    "10.0.0.1",
    "localhost",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// Writes what is not in the folder yet. The certificate of the server is a new one each time.
pub(crate) fn prepare(folder: &Path, addresses: &[String]) -> anyhow::Result<()> {
    if !folder.join(AUTHORITY_KEY).exists() {
        let key = KeyPair::generate()?;
        write(folder, AUTHORITY, &authority()?.self_signed(&key)?.pem())?;
        let tokens = KeyPair::generate()?;
        write(folder, TOKEN_KEY, &tokens.serialize_pem())?;
        write(folder, TOKEN_PUBLIC_KEY, &tokens.public_key_pem())?;
        write(folder, AUTHORITY_KEY, &key.serialize_pem())?;
    }
    certify(folder, addresses)
}

/// Gives the server a new key and certificate of the same authority, also for `addresses`.
pub(crate) fn certify(folder: &Path, addresses: &[String]) -> anyhow::Result<()> {
    let names = NAMES.iter().map(ToString::to_string).chain(addresses.iter().cloned());
    let params = CertificateParams::new(names.collect::<Vec<_>>())?;
    sign(folder, &params, (CERTIFICATE, KEY))
}

/// What a kubelet at `address` shows, and what the API server shows to it.
pub(crate) fn kubelet(folder: &Path, address: &str) -> anyhow::Result<()> {
    let serving = CertificateParams::new(vec![address.to_owned()])?;
    sign(folder, &serving, (KUBELET_CERTIFICATE, KUBELET_KEY))?;
    let mut calling = CertificateParams::new(Vec::new())?;
    calling.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    calling.distinguished_name.push(DnType::OrganizationName, "system:masters");
    calling.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    sign(folder, &calling, (CALLER_CERTIFICATE, CALLER_KEY))
}

fn sign(folder: &Path, params: &CertificateParams, (certificate, key): (&str, &str)) -> anyhow::Result<()> {
    let authority_key = KeyPair::from_pem(&read(folder, AUTHORITY_KEY)?)?;
    let issuer = Issuer::new(authority()?, authority_key);
    let own = KeyPair::generate()?;
    write(folder, key, &own.serialize_pem())?;
    write(folder, certificate, &params.signed_by(&own, &issuer)?.pem())
}

/// Always the same but for its key, so that the key is all that has to be kept.
fn authority() -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "tributary testbed");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn read(folder: &Path, name: &str) -> anyhow::Result<String> {
    let path = folder.join(name);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
