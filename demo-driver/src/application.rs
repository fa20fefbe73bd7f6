//! The application that is placed: the example, or the user's own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use model::PlacementKey;
use serde_json::Value;

/// Used when the application brings no Placement: all of it goes everywhere.
const EVERYWHERE: &str = "apiVersion: tributary.dev/v1alpha1
kind: Placement
metadata: {name: demo}
spec:
  what:
    - objectNames: [\"*\"]
  where:
    locationSelectors: [{}]
";

/// Manifests as text, so that a change is what a user would edit.
#[derive(Debug, Clone)]
pub struct Application {
    pub text: String,
    /// What places it; the first one is the one that is shown.
    pub placements: Vec<PlacementKey>,
}

impl Application {
    /// The shop of the examples.
    pub fn example() -> anyhow::Result<Application> {
        let mut paths = files(Path::new("examples/shop"))?;
        paths.push("examples/placement.yaml".into());
        Application::of(&paths)
    }

    /// The user's own: a file, or all manifests of a folder.
    pub fn read(path: &Path) -> anyhow::Result<Application> {
        Application::of(&files(path)?)
    }

    fn of(files: &[PathBuf]) -> anyhow::Result<Application> {
        let mut text = join(files)?;
        let mut placements = placements(&text)?;
        if placements.is_empty() {
            text = format!("{text}---\n{EVERYWHERE}");
            placements = vec![PlacementKey { space: "default".to_owned(), name: "demo".to_owned() }];
        }
        Ok(Application { text, placements })
    }

    /// The same application with another tag of its first image, and the image as it is then.
    pub fn next_image(&self, tag: &str) -> anyhow::Result<(Application, String)> {
        let line = self.text.lines().find(|line| image(line).is_some());
        let Some((line, old)) = line.and_then(|line| Some((line, image(line)?))) else {
            bail!("the application has no container image that could be changed");
        };
        let new = format!("{}:{tag}", without_tag(old));
        let text = self.text.replacen(line, &line.replacen(old, &new, 1), 1);
        Ok((Application { text, placements: self.placements.clone() }, new))
    }
}

impl Application {
    /// All images that it names literally.
    pub fn images(&self) -> BTreeSet<&str> {
        self.text.lines().filter_map(image).collect()
    }
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("no application at {}", path.display()))?;
    let mut files: Vec<_> = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json"));
    files.sort();
    if files.is_empty() {
        bail!("no .yaml, .yml or .json file in {}", path.display());
    }
    Ok(files)
}

fn join(files: &[PathBuf]) -> anyhow::Result<String> {
    let mut text = String::new();
    for file in files {
        let read = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        text = format!("{text}---\n{}\n", read.trim());
    }
    Ok(text)
}

fn placements(text: &str) -> anyhow::Result<Vec<PlacementKey>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).context("the application is not YAML")?;
    let ours = |d: &&Value| d["kind"] == "Placement" && d["apiVersion"] == "tributary.dev/v1alpha1";
    let name = |d: &Value| PlacementKey {
        space: d["metadata"]["space"].as_str().unwrap_or("default").to_owned(),
        name: d["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
    };
    Ok(documents.iter().filter(ours).map(name).collect())
}

/// The image that a line of YAML sets, if it sets one literally: `- image: a:1`, `{name: a, image: "a:1"}`.
fn image(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("image:")?;
    let is_key = before.chars().last().is_none_or(|c| " {,-".contains(c));
    let value =
        after.trim_start().trim_start_matches(['"', '\'']).split([' ', ',', '}', '"', '\'']).next()?;
    (is_key && !value.is_empty() && !value.starts_with(['#', '$', '{'])).then_some(value)
}

/// `registry:5000/name:tag` without its tag.
fn without_tag(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(text: &str) -> Application {
        Application { text: text.to_owned(), placements: placements(text).unwrap() }
    }

    #[test]
    fn only_the_first_image_changes() {
        let text = "a:\n  - image: registry:5000/front:1.0\n  - image: back:1.0\n";
        let (changed, image) = application(text).next_image("1.1").unwrap();
        assert_eq!(image, "registry:5000/front:1.1");
        assert_eq!(changed.text, "a:\n  - image: registry:5000/front:1.1\n  - image: back:1.0\n");
    }

    #[test]
    fn an_image_is_found_in_either_style() {
        assert_eq!(image("        - image: \"a/b:1\"  # why"), Some("a/b:1"));
        assert_eq!(image("  - {name: a, image: a:1, tty: true}"), Some("a:1"));
        assert_eq!(image("  image: \"${location.properties.image}\""), None);
        assert_eq!(image("  baseimage: a:1"), None);
        assert_eq!(image("  image:"), None);
    }

    #[test]
    fn an_image_without_a_tag_gets_one() {
        assert_eq!(without_tag("registry:5000/front"), "registry:5000/front");
        assert_eq!(without_tag("front"), "front");
    }

    #[test]
    fn placements_are_found_among_the_manifests() {
        let text = "kind: Namespace\nmetadata: {name: x}\n---\napiVersion: tributary.dev/v1alpha1\nkind: Placement\n\
                    metadata: {name: shop, space: team}\n";
        let found = application(text).placements;
        assert_eq!(found, [PlacementKey { space: "team".to_owned(), name: "shop".to_owned() }]);
    }
}
