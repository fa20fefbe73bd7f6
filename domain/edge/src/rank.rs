//! In which order objects are applied, decided on their kind.

use model::ObjectKey;

/// Kinds in the order in which they are applied, with the reason for each rank. Deletion goes the other way.
const RANKS: &[(&str, &[&str])] = &[
    ("everything namespaced needs it", &["Namespace"]),
    ("custom resources need it established", &["CustomResourceDefinition"]),
    (
        "pods and claims name them at admission",
        &[
            "PriorityClass",
            "RuntimeClass",
            "StorageClass",
            "IngressClass",
            "CSIDriver",
            "VolumeAttributesClass",
        ],
    ),
    (
        "limits hold for what is created after them",
        &["ResourceQuota", "LimitRange", "NetworkPolicy", "PodDisruptionBudget", "FlowSchema"],
    ),
    ("pods run as them", &["ServiceAccount"]),
    ("bindings refer to them", &["ClusterRole", "Role"]),
    ("pods that start need their rights", &["ClusterRoleBinding", "RoleBinding"]),
    ("pods mount and read them when they start", &["Secret", "ConfigMap"]),
    ("claims bind to them", &["PersistentVolume"]),
    ("pods wait for them", &["PersistentVolumeClaim"]),
    ("pods get the addresses of those that exist when they start", &["Service"]),
    (
        "run once all the above is there",
        &[
            "DaemonSet",
            "Pod",
            "ReplicationController",
            "ReplicaSet",
            "Deployment",
            "StatefulSet",
            "Job",
            "CronJob",
        ],
    ),
    ("scale what runs", &["HorizontalPodAutoscaler"]),
    ("send traffic to services that run", &["Ingress", "APIService"]),
];

/// Built-in kinds that the table does not name.
const OTHER: u8 = 50;
/// Their servers may be among the objects, and until these answer nothing else is admitted.
const WEBHOOKS: u8 = 60;
/// Their definitions and controllers are among the objects.
const CUSTOM: u8 = 70;

/// The rank of an object; lower ones are applied first.
pub fn rank(key: &ObjectKey) -> u8 {
    if !model::is_built_in_group(&key.group) {
        return CUSTOM;
    }
    if key.group == "admissionregistration.k8s.io" {
        return WEBHOOKS;
    }
    let named = RANKS.iter().position(|(_, kinds)| kinds.contains(&key.kind.as_str()));
    named.and_then(|position| u8::try_from(position).ok()).unwrap_or(OTHER)
}

/// Whether its definition may be among the objects, and who looks after it.
pub fn is_custom(key: &ObjectKey) -> bool {
    rank(key) == CUSTOM
}

/// `items`, which come in the order of their keys, in the order of their application: by rank, then by key. Deletion
/// goes the other way.
pub fn order<T>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> &ObjectKey) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by_cached_key(|item| rank(key(item)));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(group: &str, kind: &str) -> ObjectKey {
        ObjectKey { group: group.into(), kind: kind.into(), namespace: String::new(), name: "x".into() }
    }

    #[test]
    fn namespaces_come_first_then_definitions_and_custom_resources_last() {
        let keys = [
            key("example.com", "Namespace"),
            key("gateway.networking.k8s.io", "Gateway"),
            key("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
            key("apps", "Deployment"),
            key("", "ConfigMap"),
            key("apiextensions.k8s.io", "CustomResourceDefinition"),
            key("", "Namespace"),
        ];
        let kinds: Vec<&str> = order(&keys, |key| key).into_iter().map(|key| key.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "Namespace",
                "CustomResourceDefinition",
                "ConfigMap",
                "Deployment",
                "ValidatingWebhookConfiguration",
                "Namespace",
                "Gateway"
            ]
        );
    }

    #[test]
    fn a_built_in_kind_that_the_table_lacks_comes_before_webhooks() {
        assert!(rank(&key("coordination.k8s.io", "Lease")) < rank(&key("admissionregistration.k8s.io", "X")));
    }
}
