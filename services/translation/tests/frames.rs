//! What agents make of a document and its shared bundle is what was rendered.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::{
    Bundle, Digest, Location, LocationSpec, Metadata, NamedTransform, ObjectKey, Operation, Own, Release,
    ReleaseObject, Rendered, TransformSpec,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use translation::{Part, Recipe, own_part, render, shared_part};
use translation_service::CODEC;

fn release(texts: &[String], label: bool) -> (Release, BTreeMap<Digest, Value>) {
    let (mut objects, mut sources) = (Vec::new(), BTreeMap::new());
    for (number, text) in texts.iter().enumerate() {
        let name = format!("object-{number:02}");
        let annotations = json!({"tributary.dev/expand": "true"});
        let metadata = json!({"name": name, "namespace": "shop", "annotations": annotations});
        let data = json!({"at": "${location.name} in ${location.region}", "text": text});
        let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        let source = Digest::of(manifest.to_string().as_bytes());
        sources.insert(source, manifest);
        let key = ObjectKey {
            kind: "ConfigMap".to_owned(),
            namespace: "shop".to_owned(),
            name,
            ..ObjectKey::default()
        };
        objects.push(ReleaseObject { key, version: "v1".to_owned(), source, create_only: false });
    }
    let operation =
        Operation::Set { path: "$.metadata.labels".to_owned(), value: json!({"site": "${location.name}"}) };
    let spec = TransformSpec { operations: vec![operation], ..TransformSpec::default() };
    let transforms = if label { vec![NamedTransform { name: "label".to_owned(), spec }] } else { Vec::new() };
    (Release { objects, transforms, ..Release::default() }, sources)
}

fn location(name: &str) -> Location {
    Location {
        metadata: Metadata { name: name.to_owned(), ..Metadata::default() },
        spec: LocationSpec { region: "eu".to_owned(), ..LocationSpec::default() },
    }
}

/// The manifests of an own part, as an agent reads it: by the shared bundle and nothing else. All of them are small.
fn opened(shared: &Bytes, own: &Own) -> Result<Vec<Bytes>, wire::Error> {
    let bundle = match own {
        Own::Framed(frame) => {
            let template = wire::split_bundle(shared)?.template.unwrap_or_default();
            wire::decode_bundle(&wire::content::open_frame(&template, frame)?)?
        }
        Own::Inline(bundle) => bundle.clone(),
        Own::None | Own::Blob(_) => Bundle::default(),
    };
    let manifest = |content: Rendered| match content {
        Rendered::Inline(manifest) => Some(manifest),
        Rendered::Blob(_) | Rendered::Withheld(_) => None,
    };
    Ok(bundle.objects.into_iter().filter_map(|object| manifest(object.content)).collect())
}

proptest! {
    #[test]
    fn own_parts_come_out_as_they_were_rendered(
        texts in prop::collection::vec("[a-z${}]{0,3}[a-z ]{0,300}", 1..6), label: bool, names in prop::collection::vec("[a-z]{1,20}", 1..4)
    ) {
        let texts: Vec<String> = texts.iter().map(|text| text.replace('$', "")).collect();
        let (release, sources) = release(&texts, label);
        let recipe = Recipe::compile(&release, |digest| sources.get(digest));
        let shared = shared_part(&recipe, &CODEC);
        let bundle = shared.blobs.iter().find(|(digest, _)| Some(*digest) == shared.bundle).unwrap();
        let bundle = Bytes::copy_from_slice(&bundle.1);
        for name in names {
            let location = location(&name);
            let part = own_part(&recipe, &shared, &location, &CODEC);
            prop_assert_eq!(&part, &own_part(&recipe, &shared, &location, &CODEC));
            let rendered = render(&release, &sources, &location);
            let rendered = rendered.into_iter().filter(|object| object.part == Part::Own);
            let rendered: Vec<Bytes> = rendered.map(|object| Bytes::from_owner(object.outcome.unwrap())).collect();
            prop_assert_eq!(rendered.len(), texts.len());
            prop_assert_eq!(opened(&bundle, &part.own).unwrap(), rendered);
        }
    }
}

#[test]
fn what_differs_by_a_name_takes_a_few_bytes() {
    let (release, sources) = release(&["0123456789abcdef".repeat(32)], true);
    let recipe = Recipe::compile(&release, |digest| sources.get(digest));
    let shared = shared_part(&recipe, &CODEC);
    let part = own_part(&recipe, &shared, &location("store-1"), &CODEC);
    let Own::Framed(frame) = &*part.own else { panic!("not framed: {part:?}") };
    assert!(frame.len() < 100, "{} bytes", frame.len());
}
