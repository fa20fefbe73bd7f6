//! Truth that users write.

use bytes::Bytes;
use model::{
    Adopt, Clause, Conflict, Deletion, Dependency, DependencyPhase, HealthCheck, HealthPhase, HealthRuleSpec,
    IgnoreRule, IgnoreWhen, LabelSelector, LocationSpec, Metadata, Operation, Operator, PlacementSpec,
    Prioritizer, RegionSpec, Requirement, Resource, Spec, Spread, Taint, TaintEffect, Toleration,
    TolerationOperator, TransformSpec, Where,
};
use serde_json::json;
use wire::Key;

use crate::arbitrary::declared::config_map;

pub fn rows() -> Vec<(&'static str, Key, Bytes)> {
    let resource = |name, spec| Resource { metadata: metadata(name), spec };
    let intents = [
        ("intent-placement", resource("shop", Spec::Placement(placement()))),
        ("intent-transform", resource("replicas", Spec::Transform(transform()))),
        ("intent-health-rule", resource("widgets", Spec::HealthRule(health_rule()))),
        ("intent-rollout-control", resource("shop", Spec::RolloutControl(super::rollouts::control()))),
        ("intent-workload", config_map(5)),
        ("intent-workload-large", config_map(wire::LARGE_MANIFEST)),
    ];
    let mut rows =
        Vec::from(intents.map(|(name, r)| (name, Key::Intent(r.key()), wire::encode_row(&r).bytes)));
    let fixed = [
        (
            "region",
            Key::Region("eu".into()),
            resource("eu", Spec::Region(RegionSpec { parent: "world".into() })),
        ),
        ("location", Key::Location("fra-1".into()), resource("fra-1", Spec::Location(location()))),
    ];
    rows.extend(fixed.map(|(name, key, resource)| (name, key, wire::encode_row(&resource).bytes)));
    rows
}

fn metadata(name: &str) -> Metadata {
    Metadata {
        name: name.into(),
        space: "default".into(),
        labels: [("team".to_owned(), "checkout".to_owned())].into(),
        annotations: [("note".to_owned(), "two words".to_owned())].into(),
        uid: "3f0c9a52".into(),
        generation: 3,
        resource_version: "41".into(),
        create_time: 1_790_000_000_000,
        deletion_timestamp: 1_790_000_900_000,
        set: "default/shop".into(),
    }
}

fn clause() -> Clause {
    let expression =
        Requirement { key: "tier".into(), operator: Operator::NotIn, values: vec!["test".into()] };
    let selector = LabelSelector {
        match_labels: [("app".to_owned(), "shop".to_owned())].into(),
        match_expressions: vec![expression],
    };
    Clause {
        api_group: Some("apps".into()),
        kinds: vec!["Deployment".into()],
        namespaces: vec!["shop".into()],
        namespace_selectors: vec![selector.clone()],
        object_names: vec!["cart".into()],
        object_selectors: vec![selector],
        create_only: true,
    }
}

pub fn dependencies() -> Vec<Dependency> {
    vec![Dependency { placement: "db".into(), phase: DependencyPhase::Applied }]
}

fn placement() -> PlacementSpec {
    let selector = LabelSelector {
        match_labels: [("env".to_owned(), "prod".to_owned())].into(),
        ..LabelSelector::default()
    };
    PlacementSpec {
        what: vec![clause()],
        where_: where_(selector),
        priority: -2,
        transforms: vec!["replicas".into()],
        deletion: Deletion::Orphan,
        conflict: Conflict::Report,
        adopt: Adopt::Always,
        ignore: vec![IgnoreRule {
            match_: clause(),
            paths: vec!["$.spec.replicas".into()],
            when: IgnoreWhen::OnUpdate,
        }],
        rollout: Some(super::rollouts::spec()),
        depends_on: dependencies(),
    }
}

fn where_(selector: LabelSelector) -> Where {
    Where {
        location_selectors: vec![selector],
        regions: vec!["eu".into()],
        expression: "location.properties.tier == 'gold'".into(),
        tolerations: vec![Toleration {
            key: "drain".into(),
            operator: TolerationOperator::Exists,
            value: String::new(),
            effect: Some(TaintEffect::NoSelect),
        }],
        number_of_locations: Some(3),
        spread: vec![Spread {
            key: "region".into(),
            max_skew: Some(1),
            min_groups: Some(2),
            max_groups: Some(4),
        }],
        prioritizers: vec![Prioritizer { name: "Capacity:cpu".into(), weight: -2 }],
    }
}

pub fn transform() -> TransformSpec {
    TransformSpec {
        match_: Some(clause()),
        when: "location.region == 'eu'".into(),
        operations: vec![
            Operation::Remove("$.spec.paused".into()),
            Operation::Set { path: "$.spec.replicas".into(), value: json!("${int(location.properties.n)}") },
            Operation::MergePatch(json!({"spec": {"minReadySeconds": 5}})),
        ],
    }
}

pub fn health_rule() -> HealthRuleSpec {
    HealthRuleSpec { match_: clause(), rules: vec![health_check()] }
}

pub fn health_check() -> HealthCheck {
    HealthCheck {
        when: "status.phase == 'Broken'".into(),
        phase: HealthPhase::Degraded,
        reason: "Broken".into(),
        message: "two words".into(),
    }
}

fn location() -> LocationSpec {
    LocationSpec {
        region: "eu".into(),
        properties: [("n".to_owned(), "3".to_owned())].into(),
        capacity: [("cpu".to_owned(), "4".to_owned())].into(),
        taints: vec![Taint { key: "drain".into(), value: "soon".into(), effect: TaintEffect::NoSelectIfNew }],
    }
}
