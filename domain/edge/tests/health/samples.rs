//! Objects that are well, as API servers show them.

use serde_json::{Value, json};

use crate::check::condition;

fn metadata(name: &str) -> Value {
    json!({
        "name": name, "namespace": "shop", "generation": 2, "resourceVersion": "4711",
        "uid": "6f1d6c2e-6f0e-4a59-9f3a-0c3f6f0a7b11", "creationTimestamp": "2026-03-02T10:15:00Z",
    })
}

fn template() -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": "registry.example/web:1"}], "restartPolicy": "Always"},
    })
}

pub fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"),
        "spec": {
            "replicas": 3, "progressDeadlineSeconds": 600, "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": template(),
        },
        "status": {
            "observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3,
            "availableReplicas": 3,
            "conditions": [
                condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
                condition("Progressing", "True", "NewReplicaSetAvailable",
                    "ReplicaSet \"web-5d4f8c7b9\" has successfully progressed."),
            ],
        },
    })
}

pub fn replica_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata("web-5d4f8c7b9"),
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template()},
        "status": {
            "observedGeneration": 2, "replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3,
            "availableReplicas": 3,
        },
    })
}

pub fn stateful_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata("db"),
        "spec": {
            "replicas": 3, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}, "template": template(),
        },
        "status": {
            "observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "availableReplicas": 3,
            "currentReplicas": 3, "updatedReplicas": 3, "currentRevision": "db-7c9d", "updateRevision": "db-7c9d",
            "collisionCount": 0,
        },
    })
}

pub fn daemon_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata("node-exporter"),
        "spec": {
            "selector": {"matchLabels": {"app": "node-exporter"}}, "template": template(),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
        },
        "status": {
            "observedGeneration": 2, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
            "updatedNumberScheduled": 3, "numberAvailable": 3, "numberReady": 3, "numberMisscheduled": 0,
        },
    })
}

/// One that has started.
pub fn job() -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata("migrate"),
        "spec": {
            "parallelism": 1, "completions": 1, "backoffLimit": 6, "completionMode": "NonIndexed", "suspend": false,
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "6f1d6c2e-6f0e-4a59-9f3a-0c3f6f0a7b11"}},
            "template": template(),
        },
        "status": {
            "startTime": "2026-03-02T10:15:00Z", "active": 1, "ready": 1, "terminating": 0,
            "uncountedTerminatedPods": {},
        },
    })
}

pub fn pod() -> Value {
    let ready = |kind| condition(kind, "True", "", "");
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata("web-1"),
        "spec": {"containers": [{"name": "app"}], "restartPolicy": "Always", "nodeName": "node-1"},
        "status": {
            "phase": "Running", "podIP": "10.1.0.7", "qosClass": "Burstable", "startTime": "2026-03-02T10:15:02Z",
            "conditions": [ready("PodScheduled"), ready("Initialized"), ready("ContainersReady"), ready("Ready")],
            "containerStatuses": [{
                "name": "app", "ready": true, "started": true, "restartCount": 0, "lastState": {},
                "image": "registry.example/web:1", "state": {"running": {"startedAt": "2026-03-02T10:15:04Z"}},
            }],
        },
    })
}

pub fn autoscaler() -> Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata("web"),
        "spec": {"minReplicas": 1, "maxReplicas": 5,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
        "status": {
            "currentReplicas": 1, "desiredReplicas": 1,
            "conditions": [
                condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size"),
                condition("ScalingActive", "True", "ValidMetricFound",
                    "the HPA was able to successfully calculate a replica count from cpu resource utilization"),
            ],
        },
    })
}

/// A custom resource that nobody has written a status of.
pub fn custom() -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata("w"), "spec": {"size": 3}})
}

/// Any other kind, with nothing but what all have.
pub fn plain(api_version: &str, kind: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "uid": "u", "resourceVersion": "1"}})
}
