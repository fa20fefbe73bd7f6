//! Own parts made short: what a template holds, and on what a frame depends.

use bytes::Bytes;
use model::{Clause, Digest, HealthCheck, HealthPhase, HealthRuleSpec, IgnoreRule, IgnoreWhen, Own};
use serde_json::{Value, json};
use translation::{Codec, Recipe, SharedPart, View, own_part, shared_part};

use crate::one::{World, world};
use crate::world::{CODEC, Contents, config_map, expanded, location};

fn recipe(manifests: Vec<Value>) -> Recipe {
    let mut contents = Contents::default();
    let release = contents.add(manifests, vec![]);
    Recipe::compile(&contents.releases[&release], |source| contents.sources.get(source))
}

fn template(manifests: Vec<Value>) -> Option<String> {
    let template = shared_part(&recipe(manifests), &CODEC).template?;
    Some(String::from_utf8(template.to_vec()).expect("the encoding of these tests is text"))
}

fn own(name: &str, text: &str) -> Value {
    expanded(name, json!({"at": "${location.name}", "text": text}))
}

#[test]
fn a_template_is_the_sources_of_own_objects_alone() {
    let mut source = own("b", "common");
    source["status"] = json!("cleaned away");
    let template = template(vec![config_map("a", json!({"x": "shared"})), source]).unwrap();
    assert!(template.contains("common") && template.contains("${location.name}"), "{template}");
    assert!(!template.contains("shared") && !template.contains("cleaned"), "{template}");
}

#[test]
fn a_secret_is_in_no_template() {
    let secret = |name: &str| {
        let mut manifest = own(name, "hush");
        manifest["kind"] = json!("Secret");
        manifest
    };
    assert_eq!(template(vec![secret("s")]), None);
    let template = template(vec![own("b", "common"), secret("s"), own("z", "common")]).unwrap();
    assert!(!template.contains("hush") && !template.contains("Secret"), "{template}");
}

#[test]
fn a_large_object_is_in_no_template() {
    assert_eq!(template(vec![own("b", &"x".repeat(2048))]), None);
}

#[test]
fn a_shared_part_is_there_for_its_template_alone() {
    assert_eq!(shared_part(&recipe(vec![]), &CODEC), SharedPart::default());
    let shared = shared_part(&recipe(vec![own("b", "common")]), &CODEC);
    assert_eq!(shared.bundle, Some(shared.blobs[0].0));
}

/// What becomes of the own part of one location, with this codec.
fn packed(manifests: Vec<Value>, codec: &Codec) -> Own {
    let recipe = recipe(manifests);
    let shared = shared_part(&recipe, codec);
    Own::clone(&own_part(&recipe, &shared, &location("l1", "eu", None), codec).own)
}

#[test]
fn what_is_withheld_or_a_blob_is_in_no_frame() {
    let small = || own("b", "common");
    assert!(matches!(packed(vec![small()], &CODEC), Own::Framed(_)));
    let withheld = expanded("w", json!({"n": "${location.properties.missing}"}));
    assert!(matches!(packed(vec![small(), withheld], &CODEC), Own::Inline(_)));
    assert!(matches!(packed(vec![small(), own("x", &"x".repeat(2048))], &CODEC), Own::Inline(_)));
}

#[test]
fn the_frame_is_what_has_to_be_short() {
    let many = || (0..8).map(|n| own(&format!("b{n}"), &"x".repeat(1500))).collect::<Vec<_>>();
    assert!(matches!(packed(many(), &CODEC), Own::Framed(_)));
    assert!(matches!(packed(many(), &Codec { frame: |_, _| None, ..CODEC }), Own::Blob(_)));
    let long: fn(&[u8], &[u8]) -> Option<Bytes> = |_, own| Some(Bytes::copy_from_slice(own));
    assert!(matches!(packed(many(), &Codec { frame: long, ..CODEC }), Own::Blob(_)));
}

fn framing() -> World {
    let mut world = World { view: View::new(CODEC), ..world() }.ready();
    world.locate("l1", "eu", 1);
    world
}

/// The only location's frame in a release of these objects.
fn frame(world: &mut World, rollout: u64, manifests: Vec<Value>) -> (Option<Digest>, Bytes) {
    let release = world.contents.add(manifests, vec![]);
    world.decide("eu", &[(release, rollout, &["l1"])]);
    world.deliver();
    let entry = world.commit("eu").remove(0).placements.remove(0);
    let Own::Framed(frame) = entry.own else { unreachable!("not framed: {entry:?}") };
    (entry.shared, frame)
}

#[test]
fn a_frame_depends_on_own_objects_and_not_on_shared_ones() {
    let mut world = framing();
    let shared = |value: &str| config_map("a", json!({"x": value}));
    let (first_shared, first) = frame(&mut world, 1, vec![shared("1"), own("b", "common")]);
    let (next_shared, next) = frame(&mut world, 2, vec![shared("2"), own("b", "common")]);
    assert!(next == first && next_shared != first_shared);
    // The same comes out of a view that knows nothing of how it came about.
    let (_, afresh) = frame(&mut framing(), 1, vec![shared("2"), own("b", "common")]);
    assert_eq!(afresh, next);
    let (_, changed) = frame(&mut world, 3, vec![shared("2"), own("b", "changed")]);
    assert_ne!(changed, next);
}

#[test]
fn what_is_ignored_travels_with_own_objects_and_with_their_template() {
    let mut contents = Contents::default();
    let digest = contents.add(vec![config_map("a", json!({})), own("b", "common")], vec![]);
    let match_ = Clause { object_names: vec!["*".to_owned()], ..Clause::default() };
    let rule = IgnoreRule { match_, paths: vec!["$.data.later".to_owned()], when: IgnoreWhen::OnUpdate };
    let compile = |contents: &Contents| {
        Recipe::compile(&contents.releases[&digest], |source| contents.sources.get(source))
    };
    let before = compile(&contents).own_digest();
    contents.releases.get_mut(&digest).unwrap().ignore = vec![rule.clone()];
    let recipe = compile(&contents);
    assert_ne!(recipe.own_digest(), before, "what was rendered before is not rendered again");
    let check = HealthCheck {
        when: "true".into(),
        phase: HealthPhase::Healthy,
        reason: "".into(),
        message: "".into(),
    };
    let health = HealthRuleSpec { match_: rule.match_, rules: vec![check] };
    contents.releases.get_mut(&digest).unwrap().health = vec![health];
    assert_ne!(recipe.own_digest(), compile(&contents).own_digest());
    let unframed = Codec { frame: |_, _| None, ..CODEC };
    let shared = shared_part(&recipe, &unframed);
    let Own::Inline(bundle) =
        Own::clone(&own_part(&recipe, &shared, &location("l1", "eu", None), &unframed).own)
    else {
        unreachable!("it is small")
    };
    assert_eq!(bundle.objects[0].ignore[0].path, "$.data.later");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text(shared.template.as_ref().unwrap()).contains("$.data.later"));
    assert_eq!(
        text(&shared.blobs[0].1).matches("$.data.later").count(),
        2,
        "of the object, and in the template"
    );
}

/// A ternary that takes the same side everywhere: what is rendered does not change with the other.
#[test]
fn a_changed_template_makes_new_frames_though_nothing_renders_differently() {
    let mut world = framing();
    let either = |other: &str| {
        expanded("b", json!({"n": format!("${{location.region == 'eu' ? 'here' : '{other}'}}")}))
    };
    let (_, first) = frame(&mut world, 1, vec![either("x")]);
    let (_, next) = frame(&mut world, 2, vec![either("y")]);
    assert_ne!(next, first);
}
