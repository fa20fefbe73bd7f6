//! Gates that users' own programs decide: those of examples/gates, as they stand there, on NATS and over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use testbed::{Process, eventually};

use crate::fleet::{Fleet, SOON, placement, settings};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/gates");
const PYTHON_TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/python");

/// One store, and the others when all of these gates let it through.
fn gated(gates: &[String]) -> String {
    let waves = format!("{{name: canary, select: {{count: 1}}, gates: [{}]}}", gates.join(", "));
    let placement = placement("shop", "shop");
    let placement = placement.strip_suffix('}').unwrap();
    [settings("menu", "1"), format!("{placement}, rollout: {{waves: [{waves}, {{name: rest}}]}}}}")]
        .join("\n---\n")
}

fn request(subject: &str) -> String {
    format!("{{request: {{subject: {subject}, timeout: 10s}}, interval: 1s}}")
}

fn webhook(url: &str) -> String {
    format!("{{webhook: {{url: '{url}', timeout: 10s}}, interval: 1s}}")
}

/// Files that are there while nothing may go out.
struct Freezes(TempDir);

impl Freezes {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// The file that a program looks at.
    fn begin(&self, program: &str) -> PathBuf {
        let file = self.0.path().join(program);
        std::fs::write(&file, "it is Friday\nand late\n").unwrap();
        file
    }

    fn end(&self, program: &str) {
        std::fs::remove_file(self.0.path().join(program)).unwrap();
    }
}

/// Starts a program that finds NATS, and returns when it says so.
async fn start(fleet: &Fleet, mut command: Command, ready: &str) -> Process {
    command.env("PATH", testbed::path()).env("NATS_URL", fleet.nats.url());
    // The checkout stays as it is.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let process = Process::spawn("gate", command, None).unwrap();
    process.line(ready, SOON).await.unwrap();
    process
}

fn python(program: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(Path::new(EXAMPLES).join("python").join(program));
    command
}

async fn shell(fleet: &Fleet, subject: &str, freeze: &Path) -> Process {
    let mut command = Command::new(Path::new(EXAMPLES).join("shell/gate.sh"));
    command.arg(subject).arg(freeze);
    start(fleet, command, "Listening on").await
}

async fn rust(fleet: &Fleet, subject: &str, freeze: &Path) -> Process {
    let me = std::env::current_exe().unwrap();
    let mut command = Command::new(me.ancestors().nth(2).unwrap().join("examples/gate"));
    command.arg(subject).arg(freeze);
    start(fleet, command, "listens on").await
}

/// The program that answers over HTTP, and where.
async fn http(fleet: &Fleet, listen: &str, freeze: &Path, more: &[&str]) -> (Process, String) {
    let mut command = python("webhook.py");
    command.args(["--listen", listen, "--freeze"]).arg(freeze).args(more);
    let process = start(fleet, command, "listen=").await;
    let address = process.field("listen", SOON).await.unwrap();
    (process, address)
}

/// What the rollout waits for, once that has all of these words.
async fn waits(fleet: &Fleet, words: &[&str]) {
    let what = format!("it waits for {words:?}");
    let found = eventually(&what, SOON, async || {
        let status = fleet.succeed(&["rollout", "status", "placement/shop", "-o", "json"]);
        let status: Value = serde_json::from_str(&status).unwrap();
        let waiting = status["waiting"].as_str().unwrap_or_default();
        let is_there = status["waves"][0]["healthy"] == 1 && words.iter().all(|word| waiting.contains(word));
        if is_there { Ok(()) } else { Err(status.to_string()) }
    });
    found.await.unwrap();
}

/// Everybody has it, and the history tells who let it through.
async fn is_everywhere(fleet: &Fleet, said: &[&str]) {
    fleet.eventually_everywhere("ConfigMap menu", "/data/version", Some("1")).await;
    let history = fleet.succeed(&["rollout", "history", "placement/shop"]);
    assert!(said.iter().all(|words| history.contains(words)), "{said:?} in {history}");
    fleet.verify().await;
}

/// What is said when the CLI is to apply this and must not.
fn refused(fleet: &Fleet, text: &str) -> String {
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), text).unwrap();
    let output = fleet.run(&["apply", "-f", file.path().to_str().unwrap()]);
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn programs_on_nats_and_over_http_decide_one_after_another() {
    let (fleet, freezes) = (Fleet::start().await, Freezes::new());
    let _shell = shell(&fleet, "gates.shell", &freezes.begin("shell")).await;
    let _rust = rust(&fleet, "gates.rust", &freezes.begin("rust")).await;
    let (_http, address) = http(&fleet, "127.0.0.1:0", &freezes.begin("http"), &[]).await;
    let url = format!("http://{address}/gates/shop");
    let hidden = format!("{url}?token=hidden");
    fleet.apply(&gated(&[request("gates.shell"), request("gates.rust"), webhook(&hidden)]));
    for (program, name) in [("shell", "gates.shell"), ("rust", "gates.rust"), ("http", &url)] {
        waits(&fleet, &[&format!("{name} denied it: it is Friday")]).await;
        freezes.end(program);
    }
    let said = ["gates.shell", "gates.rust", &url].map(|name| format!("{name} allowed it: no freeze"));
    is_everywhere(&fleet, &said.each_ref().map(String::as_str)).await;
    for service in fleet.services.values() {
        assert!(!service.output(10_000).contains("hidden"), "{} logs what may be secret", service.name());
    }
}

#[tokio::test]
async fn the_python_program_on_nats_decides() {
    let (fleet, freezes) = (Fleet::start().await, Freezes::new());
    let packages = Command::new(PYTHON_TOOLS).arg("--path").output().unwrap().stdout;
    let packages = String::from_utf8(packages).unwrap();
    assert!(Path::new(packages.trim()).is_dir(), "nats-py is not there: run tools/python, as ./test does");
    let mut command = python("request.py");
    command.args(["--subject", "gates.python", "--freeze"]).arg(freezes.begin("python"));
    command.env("PYTHONPATH", packages.trim());
    let _program = start(&fleet, command, "listens on").await;
    fleet.apply(&gated(&[request("gates.python")]));
    waits(&fleet, &["gates.python denied it: it is Friday"]).await;
    freezes.end("python");
    is_everywhere(&fleet, &["gates.python allowed it: no freeze"]).await;
}

/// An authority of the user's own and what it vouches for, in a folder.
struct Certificates(TempDir);

impl Certificates {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("authority.crt", &params.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate().unwrap();
        write("gate.key", &own.serialize_pem());
        let shown = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        write("gate.crt", &shown.signed_by(&own, &issuer).unwrap().pem());
        Self(folder)
    }

    fn file(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_webhook_is_believed_when_an_authority_of_the_machine_vouches_for_it() {
    let (trusted, other, freezes) = (Certificates::new(), Certificates::new(), Freezes::new());
    let fleet = Fleet::start_with(&[("SSL_CERT_FILE", &trusted.file("authority.crt"))]).await;
    let freeze = freezes.begin("https");
    let files = |of: &Certificates| {
        ["--certificate".to_owned(), of.file("gate.crt"), "--key".to_owned(), of.file("gate.key")]
    };
    let (wrong, right) = (files(&other), files(&trusted));
    let (program, address) =
        http(&fleet, "127.0.0.1:0", &freeze, &wrong.each_ref().map(String::as_str)).await;
    let url = format!("https://{address}/");
    fleet.apply(&gated(&[webhook(&url)]));
    waits(&fleet, &[&url, "is not trusted: invalid peer certificate"]).await;
    drop(program);
    waits(&fleet, &[&url, "nobody answered: Connection refused", "the default is Deny"]).await;
    let (_program, _) = http(&fleet, &address, &freeze, &right.each_ref().map(String::as_str)).await;
    waits(&fleet, &[&format!("{url} denied it: it is Friday")]).await;
    freezes.end("https");
    is_everywhere(&fleet, &[&format!("{url} allowed it: no freeze")]).await;
}

#[tokio::test]
async fn a_gate_that_can_be_known_to_be_wrong_is_refused_where_it_stands() {
    let fleet = Fleet::start_services().await;
    let at = "spec.rollout.waves[0].gates[0]";
    for (gate, field, help) in [
        ("{expression: collectors.sales.rows > 3}".to_owned(), "expression", "write a condition over them"),
        (
            "{expression: wave.faild == 0}".to_owned(),
            "expression",
            "a wave has no field `faild`; it has `expected`",
        ),
        (webhook("ftp://gates.example"), "webhook.url", "write it as https://example.com/path"),
        (webhook("https://me:hidden@gates.example"), "webhook.url", "take it out"),
    ] {
        let said = refused(&fleet, &gated(&[gate]));
        assert!(said.contains(&format!("{at}.{field}: ")) && said.contains(help), "{said}");
        assert!(!said.contains("hidden"), "{said}");
    }
}
