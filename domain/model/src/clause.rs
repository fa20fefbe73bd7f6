//! Which objects a clause takes: decided on the object alone and on its Namespace's labels.

use std::collections::BTreeMap;

use crate::{Clause, LabelSelector, Object};

impl Clause {
    /// Whether every test that is present holds for `object`. A clause without a test takes nothing.
    ///
    /// `namespace_labels`: of the object's Namespace as kept at the hub; `None`: not known, or there is none, so that
    /// only an empty namespace selector holds.
    pub fn matches(&self, object: &Object, namespace_labels: Option<&BTreeMap<String, String>>) -> bool {
        let key = &object.key;
        self.has_test()
            && self.api_group.as_ref().is_none_or(|group| group == "*" || *group == key.group)
            && any_of(&self.kinds, &key.kind)
            && self.takes_namespace(&key.namespace)
            && self.takes_namespace_labels(&key.namespace, namespace_labels)
            && any_of(&self.object_names, &key.name)
            && self.takes_labels(object)
    }

    /// Whether at least one test is present.
    pub fn has_test(&self) -> bool {
        self.api_group.is_some()
            || !self.kinds.is_empty()
            || !self.namespaces.is_empty()
            || !self.namespace_selectors.is_empty()
            || !self.object_names.is_empty()
            || !self.object_selectors.is_empty()
    }

    fn takes_namespace(&self, namespace: &str) -> bool {
        // A cluster-scoped object has the namespace "", which no list but `"*"` holds.
        any_of(&self.namespaces, namespace)
    }

    fn takes_namespace_labels(&self, namespace: &str, labels: Option<&BTreeMap<String, String>>) -> bool {
        let labels = labels.filter(|_| !namespace.is_empty());
        let holds = |selector: &LabelSelector| match labels {
            Some(labels) => selector.matches(labels),
            None => selector.is_empty(),
        };
        self.namespace_selectors.is_empty() || self.namespace_selectors.iter().any(holds)
    }

    fn takes_labels(&self, object: &Object) -> bool {
        if self.object_selectors.is_empty() {
            return true;
        }
        let labels = object.labels();
        self.object_selectors.iter().any(|selector| selector.matches(&labels))
    }
}

/// An absent list means any, and so does `"*"` alone.
fn any_of(list: &[String], value: &str) -> bool {
    list.is_empty() || matches!(list, [any] if any == "*") || list.iter().any(|item| item == value)
}

impl Object {
    /// The labels of the manifest's metadata.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.manifest.pointer("/metadata/labels").and_then(|labels| labels.as_object());
        let text =
            |(name, value): (&String, &serde_json::Value)| Some((name.clone(), value.as_str()?.to_owned()));
        labels.into_iter().flatten().filter_map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ObjectKey;

    fn object(namespace: &str) -> Object {
        let key = ObjectKey {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: namespace.into(),
            name: "cart".into(),
        };
        Object { key, version: "v1".into(), manifest: json!({"metadata": {"labels": {"app": "cart"}}}) }
    }

    fn selector(name: &str, value: &str) -> LabelSelector {
        LabelSelector { match_labels: [(name.to_owned(), value.to_owned())].into(), ..Default::default() }
    }

    #[test]
    fn a_clause_without_a_test_takes_nothing() {
        assert!(!Clause::default().matches(&object("shop"), None));
    }

    #[test]
    fn all_tests_must_hold_and_any_item_of_a_list() {
        let clause = Clause {
            api_group: Some("apps".into()),
            kinds: vec!["DaemonSet".into(), "Deployment".into()],
            object_selectors: vec![selector("app", "other"), selector("app", "cart")],
            ..Default::default()
        };
        assert!(clause.matches(&object("shop"), None));
        let core = Clause { api_group: Some(String::new()), ..clause };
        assert!(!core.matches(&object("shop"), None));
    }

    #[test]
    fn a_star_means_any_as_an_absent_list_does_but_is_a_test() {
        let star = || vec!["*".to_owned()];
        let clauses = [
            Clause { api_group: Some("*".into()), ..Default::default() },
            Clause { kinds: star(), ..Default::default() },
            Clause { object_names: star(), ..Default::default() },
            Clause { object_names: star(), kinds: star(), namespaces: star(), ..Default::default() },
        ];
        assert!(clauses.iter().all(|clause| clause.matches(&object("shop"), None)));
    }

    #[test]
    fn a_cluster_scoped_object_passes_namespaces_only_by_the_star() {
        let named = Clause { namespaces: vec!["shop".into()], ..Default::default() };
        let star = Clause { namespaces: vec!["*".into()], ..Default::default() };
        assert!(named.matches(&object("shop"), None) && !named.matches(&object(""), None));
        assert!(star.matches(&object("shop"), None) && star.matches(&object(""), None));
    }

    #[test]
    fn without_namespace_labels_only_an_empty_selector_holds() {
        let labels = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        let team = Clause { namespace_selectors: vec![selector("team", "a")], ..Default::default() };
        let empty = Clause { namespace_selectors: vec![LabelSelector::default()], ..Default::default() };
        assert!(team.matches(&object("shop"), Some(&labels)) && !team.matches(&object("shop"), None));
        assert!(!team.matches(&object(""), Some(&labels)));
        assert!(empty.matches(&object("shop"), None) && empty.matches(&object(""), Some(&labels)));
    }
}
