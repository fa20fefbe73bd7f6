//! A release, compiled: what its objects are everywhere, and how to make those that differ by location.
//!
//! ```text
//!   source --clean--> --expand--> --transforms, in order--> --ignored fields out--> manifest
//! ```
//!
//! Whatever leads to an object without reading the location is done here, once; an object that nothing makes depend
//! on it is finished here.

mod compiled;
mod line;
mod notes;
mod outcome;

use std::sync::Arc;

use model::{
    Adopt, Conflict, Deletion, Dependency, Digest, HealthCheck, IgnoredPath, Location, NamedTransform,
    Object, ObjectKey, Release, ReleaseObject,
};
use serde_json::{Value, json};

use crate::transform::{Transformation, takes};
use expression::{Reads, Scope};
use line::Line;
use notes::{Ignored, Judged};

pub use compiled::CompiledLines;
pub use line::EXPAND;
pub use outcome::{MAX_MANIFEST, Outcome};

/// A compiled release.
#[derive(Clone, Debug)]
pub struct Recipe {
    lines: Vec<Arc<Line>>,
    reads: Reads,
    own_digest: Digest,
    own_sources: Vec<RenderedObject>,
    /// As the release says, for the edge.
    pub priority: i32,
    /// As the release says, for the edge.
    pub deletion: Deletion,
    /// As the release says, for the edge.
    pub conflict: Conflict,
    /// As the release says, for the edge.
    pub adopt: Adopt,
    /// As the release says, for the edge.
    pub depends_on: Vec<Dependency>,
}

/// An object as it is at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedObject {
    pub key: ObjectKey,
    pub version: String,
    pub create_only: bool,
    pub part: Part,
    pub outcome: Outcome,
    /// For the edge; see [`model::BundleObject`].
    pub ignore: Arc<[IgnoredPath]>,
    /// For the edge; see [`model::BundleObject`].
    pub health: Arc<[HealthCheck]>,
}

/// Whether an object is the same at every location of its placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Shared,
    Own,
}

/// Why a transform or an ignore rule cannot be used: whatever it is for is withheld.
type Broken = Arc<str>;

/// From what an outcome is made: the object with the rules for it, and the values read of the location.
pub type Made = (Digest, Digest);

/// What the edge is told of an object.
type Notes<'a> = (&'a [IgnoredPath], &'a [HealthCheck]);

type Compiled<T> = Result<Arc<T>, Broken>;

/// What is done to objects, in this order, with whom it is for.
struct Rules<'a> {
    transforms: Vec<(&'a NamedTransform, Compiled<Transformation>)>,
    ignored: Vec<Ignored<'a>>,
    health: Vec<Judged<'a>>,
}

impl Recipe {
    /// Compiles `release`. What is wrong with an object, or with a transform for it, withholds that object alone.
    ///
    /// `source`: the manifests that the release names.
    pub fn compile<'s>(release: &Release, source: impl Fn(&Digest) -> Option<&'s Value>) -> Self {
        Self::compile_with(&mut CompiledLines::default(), release, source)
    }

    /// The same; what other releases have in common with it is taken from `compiled`, and the rest is put there.
    pub fn compile_with<'s>(
        compiled: &mut CompiledLines,
        release: &Release,
        source: impl Fn(&Digest) -> Option<&'s Value>,
    ) -> Self {
        let mut lines = compiled.of(release, &source);
        lines.sort_by(|left, right| left.object.key.cmp(&right.object.key));
        let mut reads = Reads::default();
        lines.iter().filter_map(|line| line.reads()).for_each(|more| reads.extend(more));
        Self {
            own_digest: own_digest(&lines),
            own_sources: own_sources(&lines, source),
            lines,
            reads,
            priority: release.priority,
            deletion: release.deletion,
            conflict: release.conflict,
            adopt: release.adopt,
            depends_on: release.depends_on.clone(),
        }
    }

    /// Which values of a location its own objects can depend on.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Names all that own parts are made of, but for the location: the same in two releases that differ in what is shared.
    /// [`Recipe::own_sources`] are among it.
    pub fn own_digest(&self) -> Digest {
        self.own_digest
    }

    /// The objects that depend on the location, by key, cleaned and before all else.
    pub fn own_sources(&self) -> impl Iterator<Item = &RenderedObject> {
        self.own_sources.iter()
    }

    /// Whether some object depends on the location.
    pub fn has_own(&self) -> bool {
        self.lines.iter().any(|line| line.reads().is_some())
    }

    /// The objects that are the same everywhere, by key.
    pub fn shared(&self) -> impl Iterator<Item = RenderedObject> {
        self.lines.iter().filter_map(|line| line.shared())
    }

    /// The objects that depend on the location, by key.
    pub fn own(&self, location: &Location) -> Vec<RenderedObject> {
        self.own_by(location, |_, render| render())
    }

    /// The same, where `recall` renders each, or knows the outcome for what it is made of; `None`: nobody else has it.
    pub fn own_by(
        &self,
        location: &Location,
        mut recall: impl FnMut(Option<Made>, &dyn Fn() -> Outcome) -> Outcome,
    ) -> Vec<RenderedObject> {
        let scope = Scope::of(location);
        self.lines.iter().filter_map(|line| line.own(location, &scope, &mut recall)).collect()
    }
}

fn own_sources<'s>(
    lines: &[Arc<Line>],
    source: impl Fn(&Digest) -> Option<&'s Value>,
) -> Vec<RenderedObject> {
    let own = lines.iter().filter(|line| line.reads().is_some());
    own.filter_map(|line| Some(line.source(source(&line.object.source)?.clone()))).collect()
}

fn own_digest(lines: &[Arc<Line>]) -> Digest {
    let own = lines.iter().filter(|line| line.reads().is_some());
    Digest::of(&own.flat_map(|line| line.digest.0).collect::<Vec<u8>>())
}

impl<'a> Rules<'a> {
    fn of(release: &'a Release) -> Self {
        Self {
            transforms: release.transforms.iter().map(|it| (it, compile_transform(it))).collect(),
            ignored: release.ignore.iter().map(Ignored::of).collect(),
            health: release.health.iter().map(Judged::of).collect(),
        }
    }

    /// Names all that an object is made of but for the location: of the rules, those that are for it.
    fn digest(&self, object: &ReleaseObject, cleaned: &Object, (ignore, health): Notes<'_>) -> Digest {
        let taken = self.transforms.iter().filter(|(it, _)| takes(it.spec.match_.as_ref(), cleaned));
        let transforms: Value =
            taken.map(|(it, _)| json!([it.name, it.spec.when, it.spec.operations])).collect();
        let ignore: Value = ignore.iter().map(|it| json!([it.path, it.when])).collect();
        let source = json!([object.key, object.version, object.source.to_string(), object.create_only]);
        Digest::of(json!([source, transforms, ignore, health]).to_string().as_bytes())
    }

    /// What the edge is told of an object.
    fn notes(&self, object: &Object) -> (Arc<[IgnoredPath]>, Arc<[HealthCheck]>) {
        (notes::ignored(object, &self.ignored), notes::health(object, &self.health))
    }
}

fn compile_transform(transform: &NamedTransform) -> Compiled<Transformation> {
    let first = |errors: Vec<crate::FieldError>| {
        let first = errors.into_iter().next().expect("a refusal has a reason");
        outcome::describe(&transform.name, &first).into()
    };
    Transformation::compile(transform).map(Arc::new).map_err(first)
}
