//! How users name kinds and resources.

use anyhow::Result;
use model::{API_GROUP, ResourceKey};

use crate::usage::usage;

/// A kind as the API names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    pub group: String,
    /// Empty: every workload object.
    pub kind: String,
    pub scope: Scope,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Regions and locations.
    Hub,
    /// Placements, transforms and health rules.
    Space,
    /// Workload in a namespace.
    Namespace,
    /// Workload of a whole cluster.
    Cluster,
    /// A custom kind: in a namespace if one is given.
    Unknown,
}

/// Kind, group, scope, and other names; plurals of `s` and `es` need not be listed.
const KNOWN: &[(&str, &str, Scope, &[&str])] = &[
    ("Region", API_GROUP, Scope::Hub, &[]),
    ("Location", API_GROUP, Scope::Hub, &["loc"]),
    ("Placement", API_GROUP, Scope::Space, &["pl"]),
    ("Transform", API_GROUP, Scope::Space, &[]),
    ("HealthRule", API_GROUP, Scope::Space, &[]),
    ("RolloutControl", API_GROUP, Scope::Space, &[]),
    ("", "", Scope::Unknown, &["object", "objects", "all"]),
    ("Namespace", "", Scope::Cluster, &["ns"]),
    ("ConfigMap", "", Scope::Namespace, &["cm"]),
    ("Secret", "", Scope::Namespace, &[]),
    ("Service", "", Scope::Namespace, &["svc"]),
    ("ServiceAccount", "", Scope::Namespace, &["sa"]),
    ("Pod", "", Scope::Namespace, &["po"]),
    ("PersistentVolume", "", Scope::Cluster, &["pv"]),
    ("PersistentVolumeClaim", "", Scope::Namespace, &["pvc"]),
    ("ResourceQuota", "", Scope::Namespace, &["quota"]),
    ("LimitRange", "", Scope::Namespace, &["limits"]),
    ("Deployment", "apps", Scope::Namespace, &["deploy"]),
    ("StatefulSet", "apps", Scope::Namespace, &["sts"]),
    ("DaemonSet", "apps", Scope::Namespace, &["ds"]),
    ("ReplicaSet", "apps", Scope::Namespace, &["rs"]),
    ("Job", "batch", Scope::Namespace, &[]),
    ("CronJob", "batch", Scope::Namespace, &["cj"]),
    ("HorizontalPodAutoscaler", "autoscaling", Scope::Namespace, &["hpa"]),
    ("PodDisruptionBudget", "policy", Scope::Namespace, &["pdb"]),
    ("Ingress", "networking.k8s.io", Scope::Namespace, &["ing"]),
    ("NetworkPolicy", "networking.k8s.io", Scope::Namespace, &["netpol", "networkpolicies"]),
    ("Role", "rbac.authorization.k8s.io", Scope::Namespace, &[]),
    ("RoleBinding", "rbac.authorization.k8s.io", Scope::Namespace, &[]),
    ("ClusterRole", "rbac.authorization.k8s.io", Scope::Cluster, &[]),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", Scope::Cluster, &[]),
    ("StorageClass", "storage.k8s.io", Scope::Cluster, &["sc"]),
    ("PriorityClass", "scheduling.k8s.io", Scope::Cluster, &["pc"]),
    ("CustomResourceDefinition", "apiextensions.k8s.io", Scope::Cluster, &["crd", "crds"]),
    ("APIService", "apiregistration.k8s.io", Scope::Cluster, &[]),
];

/// The kind that `text` names: `placements`, `deploy`, `Deployment.apps`, `ServiceMonitor.monitoring.coreos.com`.
pub fn kind(text: &str) -> Result<Kind> {
    let (name, group) = match text.split_once('.') {
        Some((name, group)) => (name, Some(group)),
        None => (text, None),
    };
    let is_it = |(kind, known_group, _, others): &&(&str, &str, Scope, &[&str])| {
        group.is_none_or(|group| group == *known_group) && is_named(name, kind, others)
    };
    if let Some((kind, group, scope, _)) = KNOWN.iter().find(is_it) {
        return Ok(Kind { group: (*group).to_owned(), kind: (*kind).to_owned(), scope: *scope });
    }
    match group {
        Some(group) => Ok(Kind { group: group.to_owned(), kind: name.to_owned(), scope: Scope::Unknown }),
        None => Err(unknown(text)),
    }
}

/// The same; a kind that is not known here as it was written: a cluster knows more kinds.
pub fn kind_or_as_written(text: &str) -> Result<Kind> {
    let as_written = Kind { group: String::new(), kind: text.to_owned(), scope: Scope::Unknown };
    Ok(kind(text).unwrap_or(as_written))
}

/// Says which kind may have been meant, or else which there are.
fn unknown(text: &str) -> anyhow::Error {
    let names = || KNOWN.iter().map(|(kind, ..)| kind.to_lowercase()).filter(|kind| !kind.is_empty());
    let plurals: Vec<_> = names().flat_map(|kind| [format!("{kind}s"), kind]).collect();
    let known = match model::nearest(text, plurals.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known without a group are {}", names().collect::<Vec<_>>().join(", ")),
    };
    usage(format!(
        "unknown kind `{text}`; {known}; name others with their group, as in ServiceMonitor.monitoring.coreos.com"
    ))
}

fn is_named(text: &str, kind: &str, others: &[&str]) -> bool {
    let (text, kind) = (text.to_lowercase(), kind.to_lowercase());
    let is_plural = [format!("{kind}s"), format!("{kind}es")].contains(&text);
    (!kind.is_empty() && (text == kind || is_plural)) || others.contains(&text.as_str())
}

/// Kind and names of `KIND NAME…`, `KIND/NAME…` or `KIND`.
pub fn targets(words: &[String]) -> Result<(Kind, Vec<String>)> {
    targets_by(words, kind)
}

/// The same, with another reading of kinds.
pub fn targets_by(words: &[String], kind: fn(&str) -> Result<Kind>) -> Result<(Kind, Vec<String>)> {
    let Some((first, rest)) = words.split_first() else {
        return Err(usage("name a kind, such as placements"));
    };
    let Some((text, name)) = first.split_once('/') else {
        return Ok((kind(first)?, rest.to_vec()));
    };
    let mut names = vec![name.to_owned()];
    for word in rest {
        match word.split_once('/') {
            Some((other, name)) if kind(other)? == kind(text)? => names.push(name.to_owned()),
            _ => {
                return Err(usage(format!(
                    "`{word}`: name resources of one kind at a time, each as {text}/NAME"
                )));
            }
        }
    }
    Ok((kind(text)?, names))
}

impl Kind {
    /// The key of a resource of this kind. `namespace`: as given by the user, else "".
    pub fn key(&self, space: &str, namespace: &str, name: &str) -> ResourceKey {
        let namespace = match self.scope {
            Scope::Hub | Scope::Space | Scope::Cluster => "",
            Scope::Namespace if namespace.is_empty() => "default",
            Scope::Namespace | Scope::Unknown => namespace,
        };
        let space = if self.scope == Scope::Hub { "" } else { space };
        ResourceKey {
            space: space.to_owned(),
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Whether it is one of Tributary's own.
    pub fn is_own(&self, kind: &str) -> bool {
        self.group == API_GROUP && self.kind == kind
    }
}

/// `placement/shop`, `deployment.apps/cart in shop`: how results name a resource.
pub fn title(key: &ResourceKey) -> String {
    let mut title = key.kind.to_lowercase();
    if !key.group.is_empty() && key.group != API_GROUP {
        title = format!("{title}.{}", key.group);
    }
    title = format!("{title}/{}", key.name);
    if key.namespace.is_empty() { title } else { format!("{title} in {}", key.namespace) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_names_that_users_know() {
        let cases = [
            ("placements", "Placement", API_GROUP),
            ("PL", "Placement", API_GROUP),
            ("healthrules", "HealthRule", API_GROUP),
            ("ingresses", "Ingress", "networking.k8s.io"),
            ("deployment.apps", "Deployment", "apps"),
            ("NetworkPolicies", "NetworkPolicy", "networking.k8s.io"),
            ("ServiceMonitor.monitoring.coreos.com", "ServiceMonitor", "monitoring.coreos.com"),
            ("all", "", ""),
        ];
        for (text, expected, group) in cases {
            let kind = kind(text).unwrap();
            assert_eq!((kind.kind.as_str(), kind.group.as_str()), (expected, group), "{text}");
        }
    }

    #[test]
    fn an_unknown_kind_is_wrong_usage_and_the_nearest_is_named() {
        let error = kind("placment").unwrap_err();
        assert!(error.to_string().contains("unknown kind `placment`; did you mean `placement`?"), "{error}");
        assert!(crate::usage::is_usage(&error));
        assert!(kind("widgets").unwrap_err().to_string().contains("region, location, placement"));
    }

    #[test]
    fn resources_are_named_as_words_or_with_a_slash() {
        let words = |text: &str| targets(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(words("placement shop depot").unwrap().1, ["shop", "depot"]);
        assert_eq!(words("placement/shop placements/depot").unwrap().1, ["shop", "depot"]);
        assert!(words("placement/shop region/eu").is_err());
    }
}
