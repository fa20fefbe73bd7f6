//! From objects to the rights that managing them needs: what the agent's sink asks of an API server, verb by verb.

use std::collections::{BTreeMap, BTreeSet};

use model::{Object, ObjectKey};

use super::{
    plural::{Plural, Plurals},
    rule::Rule,
    workload::Workload,
};

/// Looked at before it is applied, followed while it is there, applied by server-side apply (which asks for `create` of what is
/// not there), deleted. Never `update`.
const MANAGE: &[&str] = &["get", "list", "watch", "create", "patch", "delete"];
const RBAC: &str = "rbac.authorization.k8s.io";
/// What an agent needs for these objects in the whole cluster.
pub fn of(workload: &Workload) -> Vec<Rule> {
    let plurals = Plurals::of(workload.objects.iter().chain(&workload.definitions));
    let mut rules = kinds(workload, &plurals);
    rules.extend(namespaces(workload));
    rules.extend(escalation(&workload.objects));
    rules.extend(definitions(workload));
    rules.extend(reasons(&workload.objects));
    let mut needed = Vec::<Rule>::new();
    for rule in rules {
        if !needed.iter().any(|known| known.covers(&rule)) {
            needed.push(rule);
        }
    }
    needed
}

/// A rule for each group; one for each kind whose plural is a guess.
fn kinds(workload: &Workload, plurals: &Plurals) -> Vec<Rule> {
    let kinds: BTreeSet<(&str, &str)> =
        workload.objects.iter().map(|object| (object.key.group.as_str(), object.key.kind.as_str())).collect();
    let mut known = BTreeMap::<&str, BTreeSet<String>>::new();
    let mut guessed = Vec::new();
    for (group, kind) in kinds {
        match plurals.find(group, kind) {
            Plural::Known(plural) => _ = known.entry(group).or_default().insert(plural),
            Plural::Guessed(plural) => {
                let why = format!(
                    "The plural of {kind} is a guess: no CustomResourceDefinition here says it. `kubectl api-resources` does."
                );
                guessed.push(Rule::new(group, &plural, MANAGE, &why));
            }
        }
    }
    let known = known.into_iter().map(|(group, resources)| Rule {
        resources,
        why: vec!["What the placements hold.".to_owned()],
        ..Rule::new(group, "", MANAGE, "")
    });
    known.chain(guessed).collect()
}

fn namespaces(workload: &Workload) -> Option<Rule> {
    let implied = workload.implied_namespaces();
    let names: Vec<_> = implied.iter().copied().collect();
    let why = format!("Namespaces that no placement holds, and that the agent makes: {}.", names.join(", "));
    let mut rule = Rule::new("", "namespaces", MANAGE, &why);
    let stays = "It deletes one again only where it may list every kind, to see that nothing of others is in it; else it stays.";
    rule.why.push(stays.to_owned());
    (!implied.is_empty()).then_some(rule)
}

/// The API server refuses roles with rights that whoever applies them does not have.
fn escalation(objects: &[Object]) -> Vec<Rule> {
    let of_kind = |kind: &'static str| {
        objects.iter().map(|object| &object.key).filter(move |key| key.group == RBAC && key.kind == kind)
    };
    let roles = [("Role", "roles"), ("ClusterRole", "clusterroles")];
    let escalates = roles.iter().map(|(kind, plural)| {
        let names = of_kind(kind).map(|key| key.name.clone());
        let why = "Applying these roles takes the rights that they give, or this verb. Who may change them in the hub has those rights \
                   here.";
        Rule::new(RBAC, plural, &["escalate"], why).only(names)
    });
    let binds = roles.iter().map(|(kind, plural)| {
        let names = objects.iter().filter_map(|object| bound(object, kind));
        let why = "Applying bindings takes the rights of the roles that they bind, or this verb.";
        Rule::new(RBAC, plural, &["bind"], why).only(names)
    });
    // Without a name it would be a right on all of them.
    escalates.chain(binds).filter(|rule| !rule.names.is_empty()).collect()
}

/// The name of the role of this kind that an object binds.
fn bound(object: &Object, kind: &str) -> Option<String> {
    let ObjectKey { group, kind: binding, .. } = &object.key;
    let is_binding = group == RBAC && matches!(binding.as_str(), "RoleBinding" | "ClusterRoleBinding");
    let role = object.manifest.get("roleRef").filter(|role| is_binding && role["kind"] == kind)?;
    role["name"].as_str().map(str::to_owned)
}

fn definitions(workload: &Workload) -> Option<Rule> {
    let custom = workload.objects.iter().any(|object| !model::is_built_in_group(&object.key.group));
    let why = "To apply objects of custom kinds as soon as those are served.";
    let group = "apiextensions.k8s.io";
    custom.then(|| Rule::new(group, "customresourcedefinitions", &["list", "watch"], why))
}

/// Why something does not do well is asked of its pods and of what the cluster has noted.
fn reasons(objects: &[Object]) -> Vec<Rule> {
    let why = "To say why an object does not do well, and for `tributary events --location`.";
    let list = |group: &str, resource: &str| Rule::new(group, resource, &["list"], why);
    let is_made = |made: &&model::MadeKind| objects.iter().any(|object| made.may_come_of(&object.key));
    let made = model::MADE_KINDS.iter().filter(is_made).map(|made| list(made.group, made.plural));
    std::iter::once(list("", "events")).chain(made).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn workload(manifests: &[Value]) -> Workload {
        let object = |manifest: &Value| Object::from_manifest(manifest.clone()).unwrap();
        Workload { objects: manifests.iter().map(object).collect(), definitions: Vec::new() }
    }

    fn object(api_version: &str, kind: &str) -> Value {
        json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "shop"}})
    }

    /// Resources with names and verbs, as `apps/deployments[names]: get list`.
    fn rights(manifests: &[Value]) -> Vec<String> {
        let text = |rule: &Rule| {
            let join = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(",");
            let names =
                if rule.names.is_empty() { String::new() } else { format!("[{}]", join(&rule.names)) };
            format!("{}/{}{names}: {}", rule.group, join(&rule.resources), rule.verbs.join(" "))
        };
        of(&workload(manifests)).iter().map(text).collect()
    }

    const ALL: &str = "get list watch create patch delete";

    #[test]
    fn each_kind_has_the_verbs_that_managing_it_takes_and_nothing_has_a_wildcard() {
        let rights =
            rights(&[object("v1", "ConfigMap"), object("v1", "Secret"), object("apps/v1", "Deployment")]);
        assert_eq!(
            rights,
            [
                format!("/configmaps,secrets: {ALL}"),
                format!("apps/deployments: {ALL}"),
                format!("/namespaces: {ALL}"),
                "/events: list".to_owned(),
                "/pods: list".to_owned(),
                "apps/replicasets: list".to_owned(),
            ]
        );
    }

    #[test]
    fn a_namespace_that_is_placed_itself_is_like_any_object() {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
        let rules = of(&workload(&[namespace, object("v1", "ConfigMap")]));
        assert!(
            rules.iter().all(|rule| !rule.why.join(" ").contains("that no placement holds")),
            "{rules:?}"
        );
    }

    #[test]
    fn roles_and_bindings_take_more_and_for_their_names_alone() {
        let mut binding = object(&format!("{RBAC}/v1"), "RoleBinding");
        binding["roleRef"] = json!({"kind": "ClusterRole", "name": "view"});
        let rights = rights(&[object(&format!("{RBAC}/v1"), "Role"), binding]);
        assert!(rights.contains(&format!("{RBAC}/roles[a]: escalate")), "{rights:?}");
        assert!(rights.contains(&format!("{RBAC}/clusterroles[view]: bind")), "{rights:?}");
        assert!(!rights.iter().any(|right| right.contains("clusterroles") && right.contains("escalate")));
    }

    #[test]
    fn a_custom_kind_without_its_definition_is_named_as_a_guess() {
        let rules = of(&workload(&[object("example.com/v1", "Widget")]));
        let guess = rules.iter().find(|rule| rule.resources.contains("widgets")).unwrap();
        assert!(guess.why[0].contains("Widget is a guess"), "{guess:?}");
        assert!(rules.iter().any(|rule| rule.resources.contains("customresourcedefinitions")));
    }
}
