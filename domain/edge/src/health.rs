//! How an object that is there fares, decided on what the API server shows of it and on nothing else.
//!
//! ```text
//!   object --health--> Outcome ------------------.
//!   object --selects_pods--> (the agent lists)   +--refine--> Outcome
//!     pods --pods_reason--> Why ----------------'
//! ```
//!
//! The rules are those of kstatus (kubernetes-sigs/cli-utils, pkg/kstatus). Its states become phases so: what waiting
//! may mend is `Progressing`; what waits for somebody is `Degraded`, also while it still serves; what is over for good,
//! a failed Job or Pod, is `Failed`. A rule that differs from kstatus says why where it stands.

mod api;
mod condition;
mod containers;
mod deletion;
mod generation;
mod jobs;
mod pods;
mod replicas;
mod scaling;
mod selector;
mod standard;
mod stateful;
mod storage;
mod value;
mod why;
mod workloads;

pub use pods::pods_reason;
pub use selector::selects_pods;
pub use why::{Outlook, Why, refine};

use model::Status;
use serde_json::Value;

use crate::{Outcome, cut};

/// What it has to say about an object; `None` leaves it to the next rule.
type Rule = fn(&Value) -> Option<Outcome>;

/// What comes before any rule of a kind.
const OF_ALL: &[Rule] = &[deletion::terminating, generation::behind];

/// Group, kind and rules. An object about which no rule has anything to say is healthy.
const RULES: &[(&str, &str, &[Rule])] = &[
    ("", "PersistentVolume", &[storage::volume]),
    ("", "PersistentVolumeClaim", &[storage::claim]),
    ("", "Pod", &[pods::finished, pods::starting]),
    ("", "ReplicationController", workloads::REPLICA_SET),
    ("", "Service", &[api::load_balancer]),
    ("apiextensions.k8s.io", "CustomResourceDefinition", &[api::names_refused, api::not_established]),
    ("apiregistration.k8s.io", "APIService", &[api::not_answering]),
    ("apps", "DaemonSet", workloads::DAEMON_SET),
    ("apps", "Deployment", workloads::DEPLOYMENT),
    ("apps", "ReplicaSet", workloads::REPLICA_SET),
    ("apps", "StatefulSet", stateful::STATEFUL_SET),
    ("autoscaling", "HorizontalPodAutoscaler", &[scaling::unknown, scaling::unable, scaling::inactive]),
    // Its Jobs are what can fail; that it is accepted is all that is asked of itself.
    ("batch", "CronJob", &[]),
    ("batch", "Job", &[jobs::failed, jobs::complete, jobs::suspended, jobs::not_started, jobs::running]),
    // Not every controller writes an address into its status, and nothing shows whether there is a controller at all.
    ("networking.k8s.io", "Ingress", &[]),
    ("policy", "PodDisruptionBudget", &[generation::unseen, scaling::not_counted]),
];

/// How a live `object` fares by its `metadata`, `spec` and `status`; of any other JSON, too, it says something and never
/// panics. The reason is stable and in CamelCase, the message at most [`Status::MAX_MESSAGE`] bytes long.
pub fn health(object: &Value) -> Outcome {
    let first = |rules: &[Rule]| rules.iter().find_map(|rule| rule(object));
    let outcome = first(OF_ALL).or_else(|| first(rules(object)));
    outcome.map_or_else(Outcome::healthy, bounded)
}

/// Kinds that the table does not name, custom resources above all, are judged by the standard conditions.
fn rules(object: &Value) -> &'static [Rule] {
    let wanted = value::group_kind(object);
    let found = RULES.iter().find(|(group, kind, _)| (*group, *kind) == wanted);
    found.map_or(standard::RULES, |(_, _, rules)| rules)
}

fn bounded(outcome: Outcome) -> Outcome {
    Outcome { message: cut(&outcome.message, Status::MAX_MESSAGE).to_owned(), ..outcome }
}
