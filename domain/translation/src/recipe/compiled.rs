//! Objects that have been compiled: the next release has most of them too.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use model::{Digest, ObjectKey, Release, ReleaseObject};
use serde_json::{Value, json};

use super::Rules;
use super::line::Line;

/// What compiled releases hold, by what it was made of.
#[derive(Debug, Default)]
pub struct CompiledLines {
    lines: BTreeMap<Name, Weak<Line>>,
}

/// The rules, the source, and the object.
type Name = (Digest, Digest, ObjectKey);

impl CompiledLines {
    /// The lines of a release, in its order.
    pub(super) fn of<'s>(
        &mut self,
        release: &Release,
        source: impl Fn(&Digest) -> Option<&'s Value>,
    ) -> Vec<Arc<Line>> {
        let (rules, digest) = (Rules::of(release), rules_digest(release));
        let lines = release.objects.iter().map(|object| {
            let compile = || Line::compile(object, source(&object.source), &rules);
            self.line(digest, object, compile)
        });
        lines.collect()
    }

    fn line(&mut self, rules: Digest, object: &ReleaseObject, compile: impl FnOnce() -> Line) -> Arc<Line> {
        let name = (rules, object.source, object.key.clone());
        let known = self.lines.get(&name).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|line| line.object == *object) {
            return known;
        }
        let line = Arc::new(compile());
        self.lines.insert(name, Arc::downgrade(&line));
        line
    }

    /// Forgets what no release holds any more.
    pub fn tidy(&mut self) {
        self.lines.retain(|_, line| line.strong_count() > 0);
    }
}

/// Names all of a release that can make a difference to each of its objects.
fn rules_digest(release: &Release) -> Digest {
    let transforms: Value = release.transforms.iter().map(|named| json!([named.name, named.spec])).collect();
    Digest::of(json!([transforms, release.ignore, release.health]).to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use model::{NamedTransform, Operation, TransformSpec};

    use super::*;
    use crate::Recipe;

    fn source(data: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"key": data}})
    }

    fn digest(data: &str) -> Digest {
        Digest::of(data.as_bytes())
    }

    fn release(objects: &[(&str, &str)]) -> Release {
        let object = |(name, data): &(&str, &str)| {
            let key = ObjectKey { kind: "ConfigMap".into(), name: (*name).into(), ..ObjectKey::default() };
            ReleaseObject { key, version: "v1".into(), source: digest(data), create_only: false }
        };
        Release { objects: objects.iter().map(object).collect(), ..Release::default() }
    }

    /// The recipe, which is the one that is compiled alone, and its lines.
    fn compile(compiled: &mut CompiledLines, release: &Release) -> Vec<Arc<Line>> {
        let sources: BTreeMap<Digest, Value> = ["1", "2"].map(|data| (digest(data), source(data))).into();
        let recipe = Recipe::compile_with(compiled, release, |source| sources.get(source));
        let alone = Recipe::compile(release, |source| sources.get(source));
        assert!(recipe.shared().eq(alone.shared()));
        recipe.lines
    }

    fn shared(one: &[Arc<Line>], other: &[Arc<Line>]) -> Vec<bool> {
        one.iter().zip(other).map(|(one, other)| Arc::ptr_eq(one, other)).collect()
    }

    #[test]
    fn what_two_releases_have_in_common_is_compiled_once() {
        let mut compiled = CompiledLines::default();
        let first = compile(&mut compiled, &release(&[("a", "1"), ("b", "1"), ("c", "1")]));
        let next = compile(&mut compiled, &release(&[("a", "1"), ("b", "2"), ("c", "1")]));
        assert_eq!(shared(&first, &next), [true, false, true]);
    }

    #[test]
    fn another_transform_or_another_policy_of_an_object_is_another_line() {
        let mut compiled = CompiledLines::default();
        let plain = release(&[("a", "1")]);
        let first = compile(&mut compiled, &plain);
        let remove = TransformSpec {
            operations: vec![Operation::Remove("$.data.key".into())],
            ..TransformSpec::default()
        };
        let transforms = vec![NamedTransform { name: "less".into(), spec: remove }];
        let mut once = plain.clone();
        once.objects[0].create_only = true;
        for other in [Release { transforms, ..plain.clone() }, once] {
            assert_eq!(shared(&first, &compile(&mut compiled, &other)), [false]);
        }
    }

    #[test]
    fn what_no_release_holds_is_forgotten() {
        let mut compiled = CompiledLines::default();
        let lines = compile(&mut compiled, &release(&[("a", "1")]));
        compiled.tidy();
        assert_eq!(compiled.lines.len(), 1);
        drop(lines);
        compiled.tidy();
        assert!(compiled.lines.is_empty());
    }
}
