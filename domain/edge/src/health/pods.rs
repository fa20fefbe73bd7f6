//! Pods: one that is applied as it is, and those that belong to a workload.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use model::{Phase, Status};
use serde_json::Value;

use super::condition::{condition, holding};
use super::containers::{Trouble, failure, worst};
use super::value::{reason, text, words};
use super::why::{Outlook, Why};
use crate::{Outcome, cut};

/// Why those of `pods` that do not run do not: of the worst reasons the most frequent one, with an example and the
/// number of pods. `None`: nothing is wrong with any of them. The order of the pods does not matter. In the middle of a
/// rollout only pods of the latest template count: what was wrong with those before is being mended.
pub fn pods_reason<'a>(pods: &'a [Value]) -> Option<Why> {
    let mut kinds: BTreeMap<(Outlook, &'a str), Vec<(&'a Value, Trouble<'a>)>> = BTreeMap::new();
    let current = latest_template(pods);
    let counts = |pod: &&Value| template(pod) == current;
    for (pod, trouble) in pods.iter().filter(counts).filter_map(|pod| Some((pod, trouble(pod)?))) {
        kinds.entry((trouble.outlook, trouble.reason)).or_default().push((pod, trouble));
    }
    let rank =
        |((outlook, reason), found): &((Outlook, &'a str), Vec<_>)| (*outlook, found.len(), Reverse(*reason));
    let ((outlook, reason), found) = kinds.into_iter().max_by_key(rank)?;
    let message = found.iter().map(|(pod, trouble)| told(pod, trouble, found.len())).min()?;
    Some(Why { outlook, reason: reason.to_owned(), message })
}

/// The template of the pod that was made last.
fn latest_template(pods: &[Value]) -> Option<&str> {
    let latest = pods.iter().max_by_key(|pod| (text(&pod["metadata"]["creationTimestamp"]), template(pod)));
    latest.and_then(template)
}

/// Which template of its workload a pod was made from: Deployments, StatefulSets and DaemonSets say so.
fn template(pod: &Value) -> Option<&str> {
    let labels = &pod["metadata"]["labels"];
    let of = |label: &str| labels[label].as_str();
    of("pod-template-hash").or_else(|| of("controller-revision-hash"))
}

/// A Pod that has ended, well or not. It never runs again.
pub fn finished(pod: &Value) -> Option<Outcome> {
    match phase(pod) {
        "Succeeded" => Some(Outcome::healthy()),
        "Failed" => Some(alone(pod, Phase::Failed)),
        _ => None,
    }
}

/// A Pod that is not ready, or not yet. That no node takes it may mend with time: unlike kstatus, which has a clock and
/// gives up after seconds, the scheduler's words are shown and it is waited for.
pub fn starting(pod: &Value) -> Option<Outcome> {
    (!is_ready(pod)).then(|| alone(pod, Phase::Progressing))
}

fn alone(pod: &Value, phase: Phase) -> Outcome {
    let Some(trouble) = trouble(pod) else { return Outcome::new(phase, "NotReady", "not ready") };
    let phase = if trouble.outlook == Outlook::Stuck { Phase::Degraded } else { phase };
    Outcome::new(phase, trouble.reason, told(pod, &trouble, 1))
}

/// What keeps a pod from running.
fn trouble(pod: &Value) -> Option<Trouble<'_>> {
    let leaves = !pod["metadata"]["deletionTimestamp"].is_null();
    match phase(pod) {
        "Succeeded" => None,
        _ if leaves => Some(Trouble::new(Outlook::Leaving, "PodTerminating", "being deleted".to_owned())),
        "Failed" => Some(over(pod)),
        _ if is_ready(pod) => None,
        _ => Some(unscheduled(pod).or_else(|| worst(pod)).unwrap_or_else(|| unready(pod))),
    }
}

/// Evicted, refused by its node, or ended with an error.
fn over(pod: &Value) -> Trouble<'_> {
    let (said, message) = (text(&pod["status"]["reason"]), text(&pod["status"]["message"]));
    let whole =
        || Trouble::new(Outlook::Over, reason(said, "PodFailed"), words(message, "failed").to_owned());
    if said.is_empty() { failure(pod).unwrap_or_else(whole) } else { whole() }
}

fn unscheduled(pod: &Value) -> Option<Trouble<'_>> {
    let found = condition(pod, "PodScheduled").filter(|found| found.fails())?;
    let reason = reason(found.reason(), "Unschedulable");
    Some(Trouble::new(Outlook::Blocked, reason, found.message().to_owned()))
}

/// Nothing is wrong with its containers: it is yet to start, or a probe, a readiness gate or its node says no.
fn unready(pod: &Value) -> Trouble<'_> {
    match phase(pod) {
        "Running" => Trouble::new(Outlook::Unready, "NotReady", not_ready(pod).to_owned()),
        "Unknown" => Trouble::new(Outlook::Unready, "PodUnknown", "its node does not answer".to_owned()),
        _ => Trouble::new(Outlook::Starting, "PodPending", "not started yet".to_owned()),
    }
}

/// When a node does not answer, its pods are set unready without a word.
fn not_ready(pod: &Value) -> &str {
    let otherwise = match holding(pod, "ContainersReady") {
        Some(_) => "its containers are ready, and its node does not answer",
        None => "running, not ready",
    };
    words(condition(pod, "Ready").map_or("", |found| found.message()), otherwise)
}

fn is_ready(pod: &Value) -> bool {
    phase(pod) == "Running" && condition(pod, "Ready").is_some_and(|found| found.holds())
}

fn phase(pod: &Value) -> &str {
    text(&pod["status"]["phase"])
}

/// For people: what, where, why, and in how many pods. When it is too long, it is cut at the words.
fn told(pod: &Value, trouble: &Trouble<'_>, pods: usize) -> String {
    let Trouble { reason, container, words, .. } = trouble;
    let name = text(&pod["metadata"]["name"]);
    let place = match container.as_str() {
        "" => format!("{reason} (pod {name})"),
        container => format!("{reason} in {container} of pod {name}"),
    };
    let count = if pods > 1 { format!(", {pods} pods") } else { String::new() };
    let room = Status::MAX_MESSAGE.saturating_sub(place.len() + count.len());
    let told = place + cut(&after_colon(words), room) + &count;
    cut(&told, Status::MAX_MESSAGE).to_owned()
}

/// On one line, for what containers write as they end has many.
fn after_colon(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.trim_end_matches('.') {
        "" => line,
        line => format!(": {line}"),
    }
}
