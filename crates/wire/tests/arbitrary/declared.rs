use model::{
    Adopt, Clause, Conflict, Deletion, Dependency, DependencyPhase, HealthCheck, HealthPhase, HealthRuleSpec,
    IgnoreRule, IgnoreWhen, ImageOperation, LabelSelector, LocationSpec, Metadata, Object, ObjectKey,
    Operation, Operator, PlacementSpec, Prioritizer, RegionSpec, Requirement, Resource, Spec, Spread, Taint,
    TaintEffect, Toleration, TolerationOperator, TransformSpec, Where,
};
use proptest::{collection, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{map, name, rollouts};

fn words() -> impl Strategy<Value = Vec<String>> {
    collection::vec(".{0,6}", 0..3)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let texts = (name(), ".{0,6}", map(), map(), ".{0,6}", ".{0,6}", ".{0,6}");
    (texts, any::<u64>(), any::<u64>(), any::<u64>()).prop_map(|(texts, generation, created, deleted)| {
        let (name, space, labels, annotations, uid, resource_version, set) = texts;
        Metadata {
            name,
            space,
            labels,
            annotations,
            uid,
            generation,
            resource_version,
            create_time: created,
            deletion_timestamp: deleted,
            set,
        }
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            collection::btree_map(".{0,6}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

pub fn selector() -> impl Strategy<Value = LabelSelector> {
    let operator = select(vec![
        Operator::In,
        Operator::NotIn,
        Operator::Exists,
        Operator::DoesNotExist,
        Operator::Gt,
        Operator::Lt,
    ]);
    let requirement = (".{0,6}", operator, words()).prop_map(|(key, operator, values)| Requirement {
        key,
        operator,
        values,
    });
    (map(), collection::vec(requirement, 0..3))
        .prop_map(|(match_labels, match_expressions)| LabelSelector { match_labels, match_expressions })
}

fn selectors() -> impl Strategy<Value = Vec<LabelSelector>> {
    collection::vec(selector(), 0..2)
}

fn clause() -> impl Strategy<Value = Clause> {
    (option::of(".{0,6}"), words(), words(), selectors(), words(), selectors(), any::<bool>()).prop_map(
        |(api_group, kinds, namespaces, namespace_selectors, object_names, object_selectors, create_only)| {
            Clause {
                api_group,
                kinds,
                namespaces,
                namespace_selectors,
                object_names,
                object_selectors,
                create_only,
            }
        },
    )
}

pub fn ignore() -> impl Strategy<Value = Vec<IgnoreRule>> {
    let rule = (clause(), words(), ignore_when()).prop_map(|(match_, paths, when)| IgnoreRule {
        match_,
        paths,
        when,
    });
    collection::vec(rule, 0..2)
}

pub fn ignore_when() -> impl Strategy<Value = IgnoreWhen> {
    select(vec![IgnoreWhen::Always, IgnoreWhen::OnUpdate])
}

pub fn policies() -> impl Strategy<Value = (i32, Deletion, Conflict, Adopt, Vec<Dependency>)> {
    (
        any::<i32>(),
        select(vec![Deletion::Delete, Deletion::Orphan]),
        select(vec![Conflict::Force, Conflict::Report]),
        select(vec![Adopt::IfNoDiff, Adopt::Always, Adopt::Never]),
        collection::vec(dependency(), 0..2),
    )
}

fn where_() -> impl Strategy<Value = Where> {
    let count = || option::of(any::<u32>());
    let spread = (".{0,6}", count(), count(), count())
        .prop_map(|(key, max_skew, min_groups, max_groups)| Spread { key, max_skew, min_groups, max_groups });
    let weight = any::<i32>().prop_filter("zero is one", |weight| *weight != 0);
    let prioritizer = (".{0,6}", weight).prop_map(|(name, weight)| Prioritizer { name, weight });
    let lists = (
        collection::vec(toleration(), 0..3),
        collection::vec(spread, 0..3),
        collection::vec(prioritizer, 0..3),
    );
    (selectors(), words(), ".{0,6}", count(), lists).prop_map(
        |(location_selectors, regions, expression, number_of_locations, lists)| {
            let (tolerations, spread, prioritizers) = lists;
            Where {
                location_selectors,
                regions,
                expression,
                tolerations,
                number_of_locations,
                spread,
                prioritizers,
            }
        },
    )
}

fn effect() -> impl Strategy<Value = TaintEffect> {
    select(vec![TaintEffect::NoSelect, TaintEffect::NoSelectIfNew, TaintEffect::PreferNoSelect])
}

fn toleration() -> impl Strategy<Value = Toleration> {
    let operator = select(vec![TolerationOperator::Equal, TolerationOperator::Exists]);
    (".{0,6}", operator, ".{0,6}", option::of(effect()))
        .prop_map(|(key, operator, value, effect)| Toleration { key, operator, value, effect })
}

fn dependency() -> impl Strategy<Value = Dependency> {
    let phase = select(vec![DependencyPhase::Applied, DependencyPhase::Healthy]);
    (".{1,6}", phase).prop_map(|(placement, phase)| Dependency { placement, phase })
}

fn placement() -> impl Strategy<Value = PlacementSpec> {
    let rollout = option::of(rollouts::spec());
    (collection::vec(clause(), 0..3), where_(), words(), policies(), (ignore(), rollout)).prop_map(
        |(what, where_, transforms, policies, (ignore, rollout))| {
            let (priority, deletion, conflict, adopt, depends_on) = policies;
            PlacementSpec {
                what,
                where_,
                priority,
                transforms,
                deletion,
                conflict,
                adopt,
                ignore,
                rollout,
                depends_on,
            }
        },
    )
}

fn image() -> impl Strategy<Value = ImageOperation> {
    (".{0,6}", ".{0,6}", ".{0,6}", ".{0,6}", ".{0,6}").prop_map(
        |(container, registry, repository, tag, digest)| ImageOperation {
            container,
            registry,
            repository,
            tag,
            digest,
        },
    )
}

pub fn transform() -> impl Strategy<Value = TransformSpec> {
    let operation = prop_oneof![
        ".{0,6}".prop_map(Operation::Remove),
        (".{0,6}", json_value()).prop_map(|(path, value)| Operation::Set { path, value }),
        json_value().prop_map(Operation::MergePatch),
        json_value().prop_map(Operation::JsonPatch),
        image().prop_map(Operation::Image),
    ];
    (option::of(clause()), ".{0,6}", collection::vec(operation, 0..3))
        .prop_map(|(match_, when, operations)| TransformSpec { match_, when, operations })
}

pub fn health_rule() -> impl Strategy<Value = HealthRuleSpec> {
    (clause(), collection::vec(health_check(), 0..3))
        .prop_map(|(match_, rules)| HealthRuleSpec { match_, rules })
}

pub fn health_check() -> impl Strategy<Value = HealthCheck> {
    use HealthPhase::{Degraded, Failed, Healthy, Progressing};
    (".{0,6}", select(vec![Progressing, Healthy, Degraded, Failed]), ".{0,6}", ".{0,6}")
        .prop_map(|(when, phase, reason, message)| HealthCheck { when, phase, reason, message })
}

fn location() -> impl Strategy<Value = LocationSpec> {
    let taint = (".{0,6}", ".{0,6}", effect()).prop_map(|(key, value, effect)| Taint { key, value, effect });
    (name(), map(), map(), collection::vec(taint, 0..3)).prop_map(|(region, properties, capacity, taints)| {
        LocationSpec { region, properties, capacity, taints }
    })
}

pub fn resource() -> impl Strategy<Value = Resource> {
    let workload = (".{0,6}", name(), name(), ".{0,6}", collection::btree_map(".{0,6}", json_value(), 0..3));
    let spec = prop_oneof![
        ".{0,6}".prop_map(|parent| Spec::Region(RegionSpec { parent })),
        location().prop_map(Spec::Location),
        placement().prop_map(Spec::Placement),
        transform().prop_map(Spec::Transform),
        health_rule().prop_map(Spec::HealthRule),
        rollouts::control().prop_map(Spec::RolloutControl),
        workload.prop_map(|(group, kind, version, namespace, manifest)| {
            let key = ObjectKey { group, kind, namespace, name: String::new() };
            Spec::Workload(Object { key, version, manifest: Value::Object(manifest.into_iter().collect()) })
        }),
    ];
    (metadata(), spec).prop_map(|(metadata, mut spec)| {
        if let Spec::Workload(object) = &mut spec {
            object.key.name.clone_from(&metadata.name);
        }
        Resource { metadata, spec }
    })
}

/// A ConfigMap with `size` bytes of data.
pub fn config_map(size: usize) -> Resource {
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"},
        "data": {"greeting": "x".repeat(size)},
    });
    let key = ObjectKey {
        group: String::new(),
        kind: "ConfigMap".into(),
        namespace: "shop".into(),
        name: "settings".into(),
    };
    Resource {
        metadata: Metadata {
            name: "settings".into(),
            space: "default".into(),
            uid: "3f0c".into(),
            generation: 2,
            create_time: 1_790_000_000_000,
            ..Metadata::default()
        },
        spec: Spec::Workload(Object { key, version: "v1".into(), manifest }),
    }
}
