//! The manifests: text with comments for people, values for programs.

use serde_json::{Value, json};

use super::rule::Rule;

const GROUP: &str = "rbac.authorization.k8s.io";
const HEAD: &str = "\
# The rights of an agent of Tributary, printed by `tributary agent rbac`. Apply it to the agent's cluster.
# Print it again when placements get objects of other kinds: what the agent lacks is reported as Forbidden, with verb and resource.
";
const HEAD_ALL: &str = "\
# An agent of Tributary that may do everything in its cluster, printed by `tributary agent rbac --cluster-admin`.
";
const LEASE: &[&str] = &["get", "update"];
const STATE: &[&str] = &["list", "create", "update", "delete"];

/// Who the agent is in its cluster.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Of the service account and of its roles.
    pub name: String,
    pub namespace: String,
    /// `None`: any.
    pub location: Option<String>,
}

/// One manifest.
#[derive(Debug)]
pub struct Document {
    /// Above it.
    comment: String,
    head: Value,
    /// Of a role.
    rules: Vec<Rule>,
}

/// May do what the rules say, and keep its state.
pub fn least(identity: &Identity, rules: &[Rule]) -> Vec<Document> {
    let mut documents = own(identity, HEAD);
    let cluster = Document { rules: rules.to_vec(), ..plain(role("ClusterRole", identity)) };
    documents
        .extend([cluster, plain(binding("ClusterRoleBinding", "ClusterRole", &identity.name, identity))]);
    documents.extend([
        Document { rules: itself(identity), ..plain(role("Role", identity)) },
        plain(binding("RoleBinding", "Role", &identity.name, identity)),
    ]);
    documents
}

/// May do everything.
pub fn all_powerful(identity: &Identity) -> Vec<Document> {
    let mut documents = own(identity, HEAD_ALL);
    documents.push(plain(binding("ClusterRoleBinding", "ClusterRole", "cluster-admin", identity)));
    documents
}

/// Separated, with their comments.
pub fn yaml(documents: &[Document]) -> String {
    documents.iter().map(Document::yaml).collect::<Vec<_>>().join("---\n")
}

/// Where it keeps what, in its own namespace.
fn itself(identity: &Identity) -> Vec<Rule> {
    let group = "coordination.k8s.io";
    let lease = "Which of several agents of a location acts.";
    let leases = match &identity.location {
        Some(location) => vec![
            Rule::new(group, "leases", LEASE, lease).only([format!("tributary.{location}")]),
            Rule::new(group, "leases", &["create"], "A right to create cannot be bound to a name."),
        ],
        None => vec![Rule::new(group, "leases", &["get", "create", "update"], lease)],
    };
    let state = Rule::new("", "secrets", STATE, "What the agent remembers, so that any of them can go on.");
    leases.into_iter().chain([state]).collect()
}

fn own(identity: &Identity, comment: &str) -> Vec<Document> {
    let Identity { name, namespace, .. } = identity;
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}});
    vec![Document { comment: comment.to_owned(), ..plain(space) }, plain(account)]
}

fn plain(head: Value) -> Document {
    Document { comment: String::new(), head, rules: Vec::new() }
}

fn role(kind: &str, identity: &Identity) -> Value {
    json!({"apiVersion": format!("{GROUP}/v1"), "kind": kind, "metadata": metadata(kind, identity)})
}

fn binding(kind: &str, role_kind: &str, role: &str, identity: &Identity) -> Value {
    let Identity { name, namespace, .. } = identity;
    json!({
        "apiVersion": format!("{GROUP}/v1"),
        "kind": kind,
        "metadata": metadata(kind, identity),
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    })
}

fn metadata(kind: &str, Identity { name, namespace, .. }: &Identity) -> Value {
    if kind.starts_with("Cluster") {
        return json!({"name": name});
    }
    json!({"name": name, "namespace": namespace})
}

impl Document {
    pub fn to_value(&self) -> Value {
        let mut value = self.head.clone();
        if !self.rules.is_empty() {
            value["rules"] = self.rules.iter().map(Rule::to_value).collect();
        }
        value
    }

    fn yaml(&self) -> String {
        let head = crate::output::yaml(&self.head).unwrap_or_default();
        // What follows for the same reason stands below the same comment.
        let before = std::iter::once(None).chain(self.rules.iter().map(Some));
        let rules: String = before.zip(&self.rules).map(|(before, rule)| rule.yaml(before)).collect();
        let label = if rules.is_empty() { "" } else { "rules:\n" };
        format!("{}{head}{label}{rules}", self.comment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(location: Option<&str>) -> Identity {
        let location = location.map(str::to_owned);
        Identity { name: "tributary-agent".into(), namespace: "tributary-system".into(), location }
    }

    #[test]
    fn the_text_and_the_values_say_the_same() {
        let rules = [
            Rule::new("", "configmaps", &["get"], "Because."),
            Rule::new("apps", "x", &["bind"], "So.").only(["a".into()]),
        ];
        let documents = least(&identity(Some("store-1")), &rules);
        let text = yaml(&documents);
        let read = model::parse::documents("text", &text, "default").unwrap();
        assert_eq!(read.len(), documents.len());
        for (read, document) in read.iter().zip(&documents) {
            let model::Spec::Workload(object) = &read.resource.spec else { panic!("{read:?}") };
            assert_eq!(object.manifest, document.to_value(), "{text}");
        }
        assert!(text.contains("  # Because.\n  - apiGroups: [\"\"]\n"), "{text}");
    }

    #[test]
    fn an_agent_of_one_location_has_one_lease() {
        let named = itself(&identity(Some("store-1")));
        assert!(named[0].names.contains("tributary.store-1") && !named[0].verbs.contains(&"create"));
        assert!(itself(&identity(None))[0].names.is_empty());
    }

    #[test]
    fn who_may_do_everything_needs_no_role_of_its_own() {
        let text = yaml(&all_powerful(&identity(None)));
        assert!(text.contains("name: cluster-admin") && !text.contains("rules:"), "{text}");
    }
}
