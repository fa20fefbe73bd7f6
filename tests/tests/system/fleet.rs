//! A whole fleet in processes: NATS, two of every service, and an agent for each store with a directory of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use testbed::{Nats, Process, binary, eventually};

/// Far more than anything takes here; a test that needs it has failed.
pub const SOON: Duration = Duration::from_secs(30);

/// Store and region; the regions exist as soon as the fleet runs.
pub const STORES: [(&str, &str); 3] = [("store-1", "eu"), ("store-2", "eu"), ("store-3", "us")];

pub struct Fleet {
    pub nats: Nats,
    pub services: BTreeMap<String, Process>,
    pub agents: BTreeMap<String, Process>,
    address: String,
    folder: TempDir,
    /// Of the environment of services and commands.
    variables: BTreeMap<String, String>,
}

impl Fleet {
    /// Everything runs, regions and stores are declared, nothing is placed.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with variables in the environment of services and commands.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        let mut fleet = Self::start_services_with(variables).await;
        fleet.declare_stores();
        for (store, region) in STORES {
            let url = fleet.nats.url();
            fleet.start_agent(store, region, &url);
        }
        fleet
    }

    /// Two of every service run, and nothing is declared.
    pub async fn start_services() -> Self {
        Self::start_services_with(&[]).await
    }

    /// So many locations in one region, whose agents are in one process and do everything once in a `period`.
    pub async fn start_hosted(locations: u64, period: &str, flags: &[&str]) -> (Self, Process) {
        let fleet = Self::start_services().await;
        let region = "apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {name: eu}".to_owned();
        let stores = (0..locations).map(|number| location(&format!("store-{number}"), "eu"));
        let all: Vec<String> = std::iter::once(region).chain(stores).collect();
        fleet.apply(&all.join("\n---\n"));
        let (url, count) = (fleet.nats.url(), locations.to_string());
        let host = ["host", "--nats-url", &url, "--regions", "eu", "--count", &count];
        let periods = ["--heartbeat", "--anti-entropy", "--resync"].map(|flag| [flag, period]);
        let args = host.iter().chain(periods.as_flattened()).chain(flags).copied();
        let host = Process::start("tributary-loadtest", args).unwrap();
        host.line("ready", SOON).await.unwrap();
        (fleet, host)
    }

    async fn start_services_with(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let nats = Nats::start().await.unwrap();
        let folder = TempDir::new().unwrap();
        let mut fleet = Self {
            nats,
            services: BTreeMap::new(),
            agents: BTreeMap::new(),
            address: String::new(),
            folder,
            variables: variables.collect(),
        };
        fleet.succeed(&["admin", "init", "--nats-url", &fleet.nats.url()]);
        for replica in ["a", "b"] {
            fleet.start_service("gateway", replica, &["--listen", "127.0.0.1:0"]);
            fleet.start_service("placement", replica, &[]);
            fleet.start_service("translation", replica, &[]);
            fleet.start_service("summarization", replica, &["--heartbeat", "500ms"]);
        }
        fleet.reach_gateway("gateway-a").await;
        fleet.ready().await;
        fleet
    }

    fn start_service(&mut self, service: &str, replica: &str, more: &[&str]) {
        let url = self.nats.url();
        let args = [&["--nats-url", &url][..], more].concat();
        let name = format!("tributary-{service}");
        let mut command = Command::new(binary(&name).unwrap());
        command.args(args).envs(&self.variables);
        let process = Process::spawn(&name, command, None).unwrap();
        self.services.insert(format!("{service}-{replica}"), process);
    }

    /// An agent that finds NATS at `url`; with short periods, so that tests do not wait for long ones.
    pub fn start_agent(&mut self, store: &str, region: &str, url: &str) {
        let sink = format!("directory:{}", self.directory(store).display());
        let state = self.folder.path().join("state").join(store);
        std::fs::create_dir_all(self.directory(store)).unwrap();
        let mut command = Command::new(binary("tributary-agent").unwrap());
        command.args(["--region", region, "--location", store, "--nats-url", url, "--sink", &sink]);
        command.arg("--state-dir").arg(state);
        command.args(["--heartbeat", "500ms", "--anti-entropy", "1s", "--resync", "500ms"]);
        self.agents.insert(store.to_owned(), Process::spawn(store, command, None).unwrap());
    }

    /// An agent called `holder` that acts for a store in a cluster whenever it is its turn.
    pub fn start_cluster_agent(&mut self, store: &str, holder: &str, kubeconfig: &Path) {
        let state = self.folder.path().join("state").join(holder);
        let mut command = Command::new(binary("tributary-agent").unwrap());
        command.args(["--region", "eu", "--location", store, "--nats-url", &self.nats.url()]);
        command.args(["--sink", "kubernetes", "--holder", holder, "--lease-duration", "3s"]);
        command.arg("--kubeconfig").arg(kubeconfig).arg("--state-dir").arg(state);
        command.args(["--heartbeat", "500ms", "--anti-entropy", "1s", "--resync", "500ms"]);
        self.agents.insert(holder.to_owned(), Process::spawn(holder, command, None).unwrap());
    }

    /// Where the manifests of a store are.
    pub fn directory(&self, store: &str) -> PathBuf {
        self.folder.path().join("stores").join(store)
    }

    /// Talks to this gateway from now on; each life of it has another port.
    pub async fn reach_gateway(&mut self, name: &str) {
        let address = self.services[name].field("listen", SOON).await.unwrap();
        self.address = format!("http://{address}");
    }

    /// Where the gateway is that it talks to.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Waits until every service says that it is.
    pub async fn ready(&self) {
        for name in self.services.keys() {
            self.ready_service(name).await;
        }
    }

    /// Waits until one service says that it is.
    pub async fn ready_service(&self, name: &str) {
        let admin = self.services[name].field("admin", SOON).await.unwrap();
        let what = format!("{name} is ready");
        let ready = eventually(&what, SOON, async || match testbed::http::get(&admin, "/readyz").await {
            Ok((200, _)) => Ok(()),
            other => Err(format!("{other:?}")),
        });
        ready.await.unwrap();
    }

    fn declare_stores(&self) {
        let regions = ["eu", "us"]
            .map(|r| format!("apiVersion: tributary.dev/v1alpha1\nkind: Region\nmetadata: {{name: {r}}}"));
        self.apply(&regions.join("\n---\n"));
        let stores = STORES.map(|(store, region)| location(store, region));
        self.apply(&stores.join("\n---\n"));
    }

    /// Applies documents; they must be accepted.
    pub fn apply(&self, text: &str) {
        let file = self.folder.path().join("apply.yaml");
        std::fs::write(&file, text).unwrap();
        self.succeed(&["apply", "-f", file.to_str().unwrap()]);
    }

    /// Runs the CLI.
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(binary("tributary").unwrap());
        command.args(args).envs(&self.variables).env("TRIBUTARY_ADDRESS", &self.address).output().unwrap()
    }

    /// Runs the CLI, which must succeed; what it prints.
    pub fn succeed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// Waits until a placement is healthy everywhere, by the CLI's own word.
    pub fn healthy(&self, placement: &str) {
        self.succeed(&["wait", &format!("placement/{placement}"), "--for", "healthy", "--timeout", "30s"]);
    }

    /// Recomputes every derived table and compares.
    pub async fn verify(&self) {
        let url = self.nats.url();
        let clean = eventually("verify is clean", SOON, async || {
            let output = self.run(&["verify", "--nats-url", &url]);
            let said = [output.stdout, output.stderr].concat();
            if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&said).into_owned()) }
        });
        clean.await.unwrap();
    }

    /// All manifests of a store, parsed, by `Kind name`.
    pub fn manifests(&self, store: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        collect(&self.directory(store), &mut found);
        found
    }

    /// Waits until a field of an object on a store's disk is as given; `None`: the object is gone.
    pub async fn eventually_on_disk(&self, store: &str, object: &str, pointer: &str, value: Option<&str>) {
        let what = format!("{pointer} of {object} at {store} is {value:?}");
        let there = eventually(&what, SOON, async || {
            let manifests = self.manifests(store);
            let found =
                manifests.get(object).and_then(|manifest| manifest.pointer(pointer)).and_then(Value::as_str);
            if found == value { Ok(()) } else { Err(format!("{found:?} among {:?}", manifests.keys())) }
        });
        there.await.unwrap();
    }

    /// Waits until every store has it.
    pub async fn eventually_everywhere(&self, object: &str, pointer: &str, value: Option<&str>) {
        for (store, _) in STORES {
            self.eventually_on_disk(store, object, pointer, value).await;
        }
    }
}

/// A store as its users declare it.
pub fn location(store: &str, region: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Location\nmetadata: {{name: {store}, labels: {{tier: edge}}}}\n\
         spec: {{region: {region}, properties: {{city: Ghent}}}}"
    )
}

/// A config map of namespace `shop`, the same everywhere.
pub fn settings(name: &str, version: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop, labels: {{app: shop}}}}\n\
         data: {{version: \"{version}\"}}"
    )
}

/// A placement of all that is labelled `app: APP`, on every edge.
pub fn placement(name: &str, app: &str) -> String {
    format!(
        "apiVersion: tributary.dev/v1alpha1\nkind: Placement\nmetadata: {{name: {name}}}\n\
         spec: {{what: [{{objectSelectors: [{{matchLabels: {{app: {app}}}}}]}}], \
         where: {{locationSelectors: [{{matchLabels: {{tier: edge}}}}]}}}}"
    )
}

fn collect(folder: &Path, found: &mut BTreeMap<String, Value>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Some(manifest) = std::fs::read_to_string(&path).ok().and_then(|text| parse(&text)) {
            let field = |pointer: &str| {
                manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            found.insert(format!("{} {}", field("/kind"), field("/metadata/name")), manifest);
        }
    }
}

/// A manifest file; a file that is being replaced at this moment may be gone or be another's.
fn parse(text: &str) -> Option<Value> {
    let documents = model::parse::documents("file", text, "default").ok()?;
    let document = documents.into_iter().next()?;
    match document.resource.spec {
        model::Spec::Workload(object) => Some(object.manifest),
        _ => None,
    }
}
