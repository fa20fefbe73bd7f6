//! Storage, network, kinds of the API, scaling, and objects that go.

use model::Phase::{Degraded, Healthy, Progressing};
use serde_json::json;

use crate::check::{condition, conditioned, fares, is_healthy, status, with};
use crate::samples::{autoscaler, deployment, plain};

#[test]
fn a_claim_waits_for_its_volume() {
    let claim = |phase| with(plain("v1", "PersistentVolumeClaim"), "status.phase", phase);
    is_healthy(&claim("Bound"));
    fares(&claim("Pending"), Progressing, "NotBound", "its phase is Pending");
    fares(&plain("v1", "PersistentVolumeClaim"), Progressing, "NotBound", "unknown");
    fares(&claim("Lost"), Degraded, "ClaimLost", "gone");
}

#[test]
fn a_volume_that_nobody_claims_is_healthy_and_one_that_failed_is_not() {
    let volume = |phase| with(plain("v1", "PersistentVolume"), "status.phase", phase);
    for phase in ["Available", "Bound", "Released"] {
        is_healthy(&volume(phase));
    }
    fares(&volume("Pending"), Progressing, "VolumePending", "");
    let failed = with(volume("Failed"), "status.message", "error deleting volume: disk is attached");
    fares(&failed, Degraded, "VolumeFailed", "disk is attached");
}

#[test]
fn only_a_service_that_wants_a_load_balancer_waits_for_an_address() {
    let service =
        |kind| with(plain("v1", "Service"), "spec", json!({"type": kind, "clusterIP": "10.96.0.9"}));
    let waiting = |kind| with(service(kind), "status", json!({"loadBalancer": {}}));
    for kind in ["ClusterIP", "NodePort", "ExternalName"] {
        is_healthy(&waiting(kind));
    }
    fares(&waiting("LoadBalancer"), Progressing, "NoAddress", "no load balancer");
    let address = json!([{"ip": "192.0.2.7", "ipMode": "VIP"}]);
    is_healthy(&with(waiting("LoadBalancer"), "status.loadBalancer.ingress", address));
}

#[test]
fn an_ingress_is_healthy_without_an_address_for_many_controllers_write_none() {
    let ingress = plain("networking.k8s.io/v1", "Ingress");
    is_healthy(&with(ingress, "status", json!({"loadBalancer": {}})));
}

#[test]
fn a_definition_waits_until_it_is_served() {
    let definition = || plain("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    fares(&definition(), Progressing, "Installing", "");
    let installing = condition("Established", "False", "Installing", "the initial names have been accepted");
    let accepted = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found");
    let two = with(definition(), "status.conditions", vec![accepted, installing]);
    fares(&two, Progressing, "Installing", "");
    is_healthy(&conditioned(definition(), "Established", "True", "InitialNamesAccepted", "accepted"));
}

#[test]
fn a_definition_whose_names_are_taken_is_degraded() {
    let definition = || plain("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let words = "\"widgets\" is already in use";
    let taken = conditioned(definition(), "NamesAccepted", "False", "PluralConflict", words);
    fares(&taken, Degraded, "PluralConflict", words);
    let not = conditioned(definition(), "Established", "False", "NotAccepted", "not all names are accepted");
    fares(&not, Degraded, "NotAccepted", "not all names");
}

#[test]
fn an_api_service_waits_for_the_server_behind_it() {
    let service = || plain("apiregistration.k8s.io/v1", "APIService");
    is_healthy(&conditioned(service(), "Available", "True", "Passed", "all checks passed"));
    let words =
        "endpoints for service/metrics-server in \"kube-system\" have no addresses with port name \"https\"";
    let missing = conditioned(service(), "Available", "False", "MissingEndpoints", words);
    fares(&missing, Progressing, "MissingEndpoints", words);
    fares(&conditioned(service(), "Available", "Unknown", "", ""), Progressing, "NotAvailable", "is Unknown");
    fares(&service(), Progressing, "NotObserved", "");
}

#[test]
fn an_autoscaler_is_healthy_while_it_can_read_and_scale() {
    is_healthy(&autoscaler());
    fares(&with(autoscaler(), "status", json!({})), Progressing, "NotObserved", "");
    let gone =
        "the HPA controller was unable to get the target's current scale: deployments.apps \"web\" not found";
    let unable = conditioned(autoscaler(), "AbleToScale", "False", "FailedGetScale", gone);
    fares(&unable, Degraded, "FailedGetScale", gone);
    is_healthy(&conditioned(
        autoscaler(),
        "AbleToScale",
        "False",
        "BackoffBoth",
        "the time since the last scale",
    ));
    let off = "scaling is disabled since the replica count of the target is zero";
    is_healthy(&conditioned(autoscaler(), "ScalingActive", "False", "ScalingDisabled", off));
}

#[test]
fn an_autoscaler_without_metrics_waits_and_one_with_a_wrong_selector_is_degraded() {
    let words = "unable to get metrics for resource cpu: no metrics returned from resource metrics API";
    let starting = conditioned(autoscaler(), "ScalingActive", "False", "FailedGetResourceMetric", words);
    fares(&starting, Progressing, "FailedGetResourceMetric", words);
    let wrong = conditioned(
        autoscaler(),
        "ScalingActive",
        "False",
        "AmbiguousSelector",
        "pods by selector are controlled",
    );
    fares(&wrong, Degraded, "AmbiguousSelector", "");
}

#[test]
fn an_autoscaler_of_the_first_version_has_its_conditions_in_an_annotation() {
    let old =
        with(with(autoscaler(), "apiVersion", "autoscaling/v1"), "status", json!({"currentReplicas": 1}));
    let annotated = |status: &str| {
        let text = json!([condition("AbleToScale", status, "FailedGetScale", "not found")]).to_string();
        let annotations = json!({"autoscaling.alpha.kubernetes.io/conditions": text});
        with(old.clone(), "metadata.annotations", annotations)
    };
    fares(&old, Progressing, "NotObserved", "");
    fares(&annotated("False"), Degraded, "FailedGetScale", "not found");
    is_healthy(&annotated("True"));
}

#[test]
fn a_budget_is_healthy_when_it_is_counted_also_when_it_lets_no_pod_go() {
    let budget = with(plain("policy/v1", "PodDisruptionBudget"), "metadata.generation", 1);
    fares(&budget, Progressing, "NotObserved", "no controller");
    let counted = status(budget, &[("observedGeneration", 1), ("disruptionsAllowed", 0)]);
    is_healthy(&conditioned(counted.clone(), "DisruptionAllowed", "False", "InsufficientPods", ""));
    let words = "found no controller ref for pod \"web-1\"";
    fares(
        &conditioned(counted, "DisruptionAllowed", "False", "SyncFailed", words),
        Degraded,
        "SyncFailed",
        words,
    );
}

#[test]
fn an_object_that_goes_says_since_when_and_which_finalizers_keep_it() {
    let goes = with(deployment(), "metadata.deletionTimestamp", "2026-03-02T10:20:00Z");
    fares(&goes, Progressing, "Terminating", "being deleted since 2026-03-02T10:20:00Z");
    let kept = with(goes, "metadata.finalizers", json!(["foregroundDeletion", "example.com/backup"]));
    fares(&kept, Progressing, "Terminating", "finalizers left: foregroundDeletion, example.com/backup");
}

#[test]
fn a_namespace_that_goes_says_what_is_left_in_it() {
    let namespace = with(plain("v1", "Namespace"), "spec.finalizers", json!(["kubernetes"]));
    is_healthy(&with(namespace.clone(), "status.phase", "Active"));
    let goes = with(namespace, "metadata.deletionTimestamp", "2026-03-02T10:20:00Z");
    let words = "Some resources are remaining: widgets.example.com has 1 resource instances";
    let goes = conditioned(goes, "NamespaceContentRemaining", "True", "SomeResourcesRemain", words);
    fares(
        &goes,
        Progressing,
        "Terminating",
        "finalizers left: kubernetes; Some resources are remaining: widgets",
    );
    let empty =
        conditioned(goes, "NamespaceContentRemaining", "False", "ContentRemoved", "All content removed");
    assert!(!edge::health(&empty).message.contains("All content"));
}

#[test]
fn what_has_no_status_is_healthy() {
    for kind in ["ConfigMap", "Secret", "ServiceAccount"] {
        assert_eq!(edge::health(&plain("v1", kind)).phase, Healthy);
    }
}
