//! What a kind is called in rights: `deployments`.

use std::collections::BTreeMap;

use model::Object;

use super::workload::is_definition;

/// What kinds are called that definitions say.
#[derive(Debug)]
pub struct Plurals {
    /// By group and kind.
    defined: BTreeMap<(String, String), String>,
}

/// A name, and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plural {
    Known(String),
    /// By the rule that most authors keep to.
    Guessed(String),
}

impl Plurals {
    pub fn of<'a>(objects: impl Iterator<Item = &'a Object>) -> Self {
        let text = |object: &Object, path: &str| object.manifest.pointer(path)?.as_str().map(str::to_owned);
        let defined = objects.filter(|object| is_definition(object)).filter_map(|object| {
            let key = (text(object, "/spec/group")?, text(object, "/spec/names/kind")?);
            Some((key, text(object, "/spec/names/plural")?))
        });
        Self { defined: defined.collect() }
    }

    pub fn find(&self, group: &str, kind: &str) -> Plural {
        let defined = self.defined.get(&(group.to_owned(), kind.to_owned()));
        match defined {
            Some(plural) => Plural::Known(plural.clone()),
            // All kinds of Kubernetes itself keep to the rule.
            None if model::is_built_in_group(group) => Plural::Known(by_rule(kind)),
            None => Plural::Guessed(by_rule(kind)),
        }
    }
}

fn by_rule(kind: &str) -> String {
    let kind = kind.to_lowercase();
    let vowel = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match kind.strip_suffix('y') {
        Some(stem) if !vowel(stem) => format!("{stem}ies"),
        _ if kind == "endpoints" => kind,
        _ if ["s", "x", "ch", "sh"].iter().any(|end| kind.ends_with(end)) => format!("{kind}es"),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn built_in_kinds_keep_to_the_rule() {
        for (kind, plural) in [
            ("Deployment", "deployments"),
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("StorageClass", "storageclasses"),
            ("Endpoints", "endpoints"),
            ("IPAddress", "ipaddresses"),
        ] {
            assert_eq!(Plurals::of(std::iter::empty()).find("", kind), Plural::Known(plural.to_owned()));
        }
    }

    #[test]
    fn a_definition_says_and_else_it_is_a_guess() {
        let manifest = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"},
            "spec": {"group": "example.com", "names": {"kind": "Octopus", "plural": "octopodes"}}});
        let definition = Object::from_manifest(manifest).unwrap();
        let plurals = Plurals::of([&definition].into_iter());
        assert_eq!(plurals.find("example.com", "Octopus"), Plural::Known("octopodes".to_owned()));
        assert_eq!(plurals.find("example.com", "Gateway"), Plural::Guessed("gateways".to_owned()));
    }
}
