//! Checking what is shown against the files that the agents wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// The manifests below a location's folder, by [`identity`], with the files that hold them.
pub fn manifests(folder: &Path) -> anyhow::Result<BTreeMap<String, (Value, PathBuf)>> {
    let mut found = BTreeMap::new();
    walk(folder, &mut found)?;
    Ok(found)
}

fn walk(folder: &Path, found: &mut BTreeMap<String, (Value, PathBuf)>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            walk(&path, found)?;
        } else if path.is_file() && !hidden {
            let manifest = read(&path)?;
            found.insert(identity(&manifest), (manifest, path));
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_saphyr::from_str(&text).with_context(|| format!("{} is no manifest", path.display()))
}

/// `apps/v1 Deployment shop/cart`
pub fn identity(manifest: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &manifest["metadata"];
    let (version, kind) = (text(&manifest["apiVersion"]), text(&manifest["kind"]));
    format!("{version} {kind} {}/{}", text(&metadata["namespace"]), text(&metadata["name"]))
}

/// That a location's folder holds exactly the rendered objects, to the value.
pub fn holds_exactly(folder: &Path, rendered: &[Value]) -> anyhow::Result<()> {
    let mut on_disk = manifests(folder)?;
    for wanted in rendered {
        let name = identity(wanted);
        let Some((manifest, path)) = on_disk.remove(&name) else {
            bail!("{name} is not in {}", folder.display());
        };
        ensure!(manifest == *wanted, "{} differs from what was rendered for {name}", path.display());
    }
    ensure!(on_disk.is_empty(), "{} also holds {:?}", folder.display(), on_disk.keys());
    Ok(())
}

/// Whether some manifest of the folder runs `image`.
pub fn runs(folder: &Path, image: &str) -> anyhow::Result<bool> {
    Ok(manifests(folder)?.values().any(|(manifest, _)| has_image(manifest, image)))
}

fn has_image(value: &Value, image: &str) -> bool {
    match value {
        Value::Object(map) => {
            map.get("image").is_some_and(|i| i == image) || map.values().any(|v| has_image(v, image))
        }
        Value::Array(list) => list.iter().any(|v| has_image(v, image)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_is_found_at_any_depth() {
        let manifest = json!({"spec": {"template": {"spec": {"containers": [{"image": "front:1"}]}}}});
        assert!(has_image(&manifest, "front:1"));
        assert!(!has_image(&manifest, "front:2"));
    }

    #[test]
    fn a_manifest_is_known_by_version_kind_and_name() {
        let manifest =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "n"}});
        assert_eq!(identity(&manifest), "v1 Service n/a");
    }
}
