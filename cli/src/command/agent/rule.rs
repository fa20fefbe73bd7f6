//! One rule of a role.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Who may do what with which objects, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub group: String,
    pub resources: BTreeSet<String>,
    /// None: all of the kinds.
    pub names: BTreeSet<String>,
    pub verbs: Vec<&'static str>,
    /// What it is for.
    pub why: Vec<String>,
}

impl Rule {
    pub fn new(group: &str, resource: &str, verbs: &[&'static str], why: &str) -> Self {
        Self {
            group: group.to_owned(),
            resources: BTreeSet::from([resource.to_owned()]),
            names: BTreeSet::new(),
            verbs: verbs.to_vec(),
            why: vec![why.to_owned()],
        }
    }

    /// The same for objects of these names alone.
    pub fn only(self, names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect(), ..self }
    }

    /// Whether all that `other` allows is allowed by this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.group == other.group
            && self.names.is_empty()
            && other.resources.is_subset(&self.resources)
            && other.verbs.iter().all(|verb| self.verbs.contains(verb))
    }

    pub fn to_value(&self) -> Value {
        let mut rule = json!({"apiGroups": [self.group], "resources": self.resources, "verbs": self.verbs});
        if !self.names.is_empty() {
            rule["resourceNames"] = json!(self.names);
        }
        rule
    }

    /// As an item of `rules`, below a comment, unless the one before has the same.
    pub fn yaml(&self, before: Option<&Self>) -> String {
        let why = if before.is_some_and(|before| before.why == self.why) { &[][..] } else { &self.why };
        let comment: String = why.iter().map(|why| format!("  # {why}\n")).collect();
        let list = |all: Vec<&str>| {
            let all: Vec<_> = all.iter().map(|text| Value::from(*text).to_string()).collect();
            format!("[{}]", all.join(", "))
        };
        let resources = list(self.resources.iter().map(String::as_str).collect());
        let mut text = format!(
            "{comment}  - apiGroups: {}\n    resources: {resources}\n",
            list(vec![self.group.as_str()])
        );
        if !self.names.is_empty() {
            let names = list(self.names.iter().map(String::as_str).collect());
            text += &format!("    resourceNames: {names}\n");
        }
        text + &format!("    verbs: {}\n", list(self.verbs.clone()))
    }
}
