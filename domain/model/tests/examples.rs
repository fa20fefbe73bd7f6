//! The examples that we ship are valid.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::Path};

use model::parse;

fn kinds_below(folder: &Path, kinds: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            kinds_below(&path, kinds);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            let documents = parse::documents(&path.display().to_string(), &text, "default");
            for document in documents.unwrap_or_else(|errors| panic!("{errors:#?}")) {
                *kinds.entry(document.resource.key().kind).or_default() += 1;
            }
        }
    }
}

/// Pages are for people, who copy what stands there.
#[test]
fn every_document_on_the_pages_about_objects_and_placement_parses() {
    for name in ["docs/objects.md", "docs/placement.md"] {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
        let text = fs::read_to_string(page).unwrap();
        let blocks: Vec<_> =
            text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(!blocks.is_empty(), "{name} has no documents");
        for block in blocks {
            let documents = parse::documents(name, block, "default");
            assert!(
                documents.as_ref().is_ok_and(|documents| !documents.is_empty()),
                "{documents:#?}\n{block}"
            );
        }
    }
}

#[test]
fn every_example_parses() {
    let mut kinds = BTreeMap::new();
    kinds_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"), &mut kinds);
    for (kind, count) in
        [("Region", 2), ("Location", 5), ("Placement", 1), ("Transform", 2), ("Deployment", 12)]
    {
        assert_eq!(kinds.get(kind), Some(&count), "{kind}: {kinds:?}");
    }
}
