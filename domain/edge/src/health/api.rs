//! What others can reach or use once it is there: addresses of Services, and kinds that the API server learns.

use model::Phase;
use serde_json::Value;

use super::condition::{condition, holding};
use super::generation::not_observed;
use super::value::{list, text};
use crate::Outcome;

/// kstatus asks only for the cluster's own address; who wants a load balancer waits for the one it gives.
pub fn load_balancer(object: &Value) -> Option<Outcome> {
    let wanted = text(&object["spec"]["type"]) == "LoadBalancer";
    let given = !list(&object["status"]["loadBalancer"]["ingress"]).is_empty();
    let message = "no load balancer has given it an address yet";
    (wanted && !given).then(|| Outcome::new(Phase::Progressing, "NoAddress", message))
}

/// Another definition has its names until somebody deletes that one.
pub fn names_refused(object: &Value) -> Option<Outcome> {
    let found = condition(object, "NamesAccepted").filter(|found| found.fails())?;
    Some(found.outcome(Phase::Degraded, "NamesNotAccepted"))
}

pub fn not_established(object: &Value) -> Option<Outcome> {
    let found = condition(object, "Established");
    match found {
        Some(found) if found.holds() => None,
        Some(found) if found.fails() && found.reason() != "Installing" => {
            Some(found.outcome(Phase::Degraded, "NotEstablished"))
        }
        _ => Some(Outcome::new(Phase::Progressing, "Installing", "not served yet")),
    }
}

/// The server behind it may be one that is starting.
pub fn not_answering(object: &Value) -> Option<Outcome> {
    if holding(object, "Available").is_some() {
        return None;
    }
    let found = condition(object, "Available").map(|found| found.outcome(Phase::Progressing, "NotAvailable"));
    Some(found.unwrap_or_else(|| not_observed("not known to be available yet")))
}
