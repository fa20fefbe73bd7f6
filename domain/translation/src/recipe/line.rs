//! One object of a release: finished, or what is left to do with it at each location.

use std::sync::Arc;

use model::{Digest, HealthCheck, IgnoredPath, JsonPath, Location, Object, ReleaseObject};
use serde_json::Value;

use super::outcome::{self, Identity, Outcome};
use super::{Broken, Made, Part, RenderedObject, Rules};
use crate::expansion::Expansion;
use crate::transform::{Transformation, takes};
use crate::{Error, clean};
use expression::{Reads, Scope};

/// Asks for expansion in the object itself.
pub const EXPAND: &str = "tributary.dev/expand";

#[derive(Clone, Debug)]
pub struct Line {
    pub object: ReleaseObject,
    identity: Identity,
    ignore: Arc<[IgnoredPath]>,
    health: Arc<[HealthCheck]>,
    /// Of all that it is made of but for the location.
    pub digest: Digest,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// The same everywhere.
    Done(Outcome),
    Open(Program),
}

/// What is left to do, in order.
#[derive(Clone, Debug)]
struct Program {
    manifest: Expansion,
    steps: Vec<Step>,
    reads: Reads,
}

#[derive(Clone, Debug)]
enum Step {
    Transform(Arc<Transformation>),
    Ignore(Arc<[JsonPath]>),
}

impl Line {
    pub fn compile(object: &ReleaseObject, source: Option<&Value>, rules: &Rules<'_>) -> Self {
        let cleaned = cleaned(object, source);
        let (ignore, health) = cleaned.as_ref().map(|cleaned| rules.notes(cleaned)).unwrap_or_default();
        let digest = cleaned
            .as_ref()
            .map_or(Digest::default(), |cleaned| rules.digest(object, cleaned, (&ignore, &health)));
        let state = match cleaned.and_then(|cleaned| Program::compile(cleaned, rules)) {
            Ok(program) => State::Open(program),
            Err(why) => State::Done(Err(outcome::locate(&object.key, &why))),
        };
        let identity = source.map(Identity::of).unwrap_or_default();
        let mut line = Self { object: object.clone(), identity, ignore, health, digest, state };
        line.settle();
        line
    }

    /// What it reads of a location; `None`: it is the same everywhere.
    pub fn reads(&self) -> Option<&Reads> {
        match &self.state {
            State::Done(_) => None,
            State::Open(program) => Some(&program.reads),
        }
    }

    pub fn shared(&self) -> Option<RenderedObject> {
        match &self.state {
            State::Done(outcome) => Some(self.rendered(Part::Shared, outcome.clone())),
            State::Open(_) => None,
        }
    }

    /// What it is at a location; `recall` renders, or knows the outcome for what it is made of.
    pub fn own(
        &self,
        location: &Location,
        scope: &Scope,
        recall: &mut impl FnMut(Option<Made>, &dyn Fn() -> Outcome) -> Outcome,
    ) -> Option<RenderedObject> {
        let State::Open(program) = &self.state else { return None };
        // What no two locations share need not be remembered.
        let is_shared = !program.reads.is_unique();
        let made = is_shared.then(|| (self.digest, program.reads.digest(location)));
        let outcome = recall(made, &|| self.finish(program.run(scope)));
        Some(self.rendered(Part::Own, outcome))
    }

    /// The object with a manifest that it starts from.
    pub fn source(&self, mut manifest: Value) -> RenderedObject {
        clean(&mut manifest);
        self.rendered(Part::Own, Ok(manifest.to_string().into_bytes().into()))
    }

    /// Finishes what no location can change.
    fn settle(&mut self) {
        let State::Open(program) = &mut self.state else { return };
        if program.reads.is_empty() {
            let result = program.run(&Scope::empty());
            self.state = State::Done(self.finish(result));
        } else if let Err(why) = program.run_ahead() {
            self.state = State::Done(Err(outcome::locate(&self.object.key, &why)));
        }
    }

    fn finish(&self, result: Result<Value, String>) -> Outcome {
        let bytes = |manifest| outcome::finish(&self.identity, &manifest).map_err(|error| told(&error));
        result.and_then(bytes).map_err(|why| outcome::locate(&self.object.key, &why))
    }

    fn rendered(&self, part: Part, outcome: Outcome) -> RenderedObject {
        RenderedObject {
            key: self.object.key.clone(),
            version: self.object.version.clone(),
            create_only: self.object.create_only,
            part,
            outcome,
            ignore: self.ignore.clone(),
            health: self.health.clone(),
        }
    }
}

impl Program {
    fn compile(cleaned: Object, rules: &Rules<'_>) -> Result<Self, String> {
        let steps = steps(&cleaned, rules)?;
        let manifest = expansion(cleaned)?;
        let mut reads = Reads::default();
        manifest.add_reads(&mut reads);
        for step in &steps {
            step.add_reads(&mut reads);
        }
        Ok(Self { manifest, steps, reads })
    }

    fn run(&self, scope: &Scope) -> Result<Value, String> {
        let failed =
            |leaf: crate::LeafError| format!("{}: {}: {}", leaf.error.reason(), leaf.path, leaf.error);
        let mut manifest = self.manifest.render(scope).map_err(failed)?;
        self.steps.iter().try_for_each(|step| step.apply(&mut manifest, scope))?;
        Ok(manifest)
    }

    /// Does the steps that come before the first that reads the location.
    fn run_ahead(&mut self) -> Result<(), String> {
        if !self.manifest.is_plain() {
            return Ok(());
        }
        let reads_location = |step: &Step| {
            let mut reads = Reads::default();
            step.add_reads(&mut reads);
            !reads.is_empty()
        };
        let later = self.steps.iter().position(reads_location).unwrap_or(self.steps.len());
        let rest = self.steps.split_off(later);
        let manifest = self.run(&Scope::empty())?;
        self.manifest = Expansion::plain(manifest);
        self.steps = rest;
        Ok(())
    }
}

impl Step {
    fn apply(&self, manifest: &mut Value, scope: &Scope) -> Result<(), String> {
        match self {
            Self::Transform(it) => {
                it.apply(manifest, scope).map_err(|error| outcome::describe(it.name(), &error))
            }
            Self::Ignore(paths) => {
                paths.iter().for_each(|path| path.remove(manifest));
                Ok(())
            }
        }
    }

    fn add_reads(&self, reads: &mut Reads) {
        match self {
            Self::Transform(it) => reads.extend(it.reads()),
            Self::Ignore(_) => {}
        }
    }
}

/// The object as it is declared, without what its former cluster gave it.
fn cleaned(object: &ReleaseObject, source: Option<&Value>) -> Result<Object, String> {
    let source = source.filter(|source| source.is_object());
    let mut manifest = source.ok_or_else(|| told(&Error::Source))?.clone();
    clean(&mut manifest);
    Ok(Object { key: object.key.clone(), version: object.version.clone(), manifest })
}

/// The steps for this object; one that is broken is the object's failure.
fn steps(object: &Object, rules: &Rules<'_>) -> Result<Vec<Step>, String> {
    let why = |broken: &Broken| broken.to_string();
    let mut steps = Vec::new();
    for (transform, compiled) in &rules.transforms {
        if takes(transform.spec.match_.as_ref(), object) {
            steps.push(Step::Transform(compiled.as_ref().map_err(why)?.clone()));
        }
    }
    for ignored in rules.ignored.iter().filter(|ignored| ignored.takes(object)) {
        steps.extend(ignored.left_out().map_err(why)?.cloned().map(Step::Ignore));
    }
    Ok(steps)
}

fn expansion(object: Object) -> Result<Expansion, String> {
    if object.annotation(EXPAND) != Some("true") {
        return Ok(Expansion::plain(object.manifest));
    }
    Expansion::compile(object.manifest).map_err(|leaves| {
        let leaf = leaves.into_iter().next().expect("a refusal has a reason");
        format!("{}: {}: {}", leaf.error.reason(), leaf.path, leaf.error)
    })
}

fn told(error: &Error) -> String {
    format!("{}: {error}", error.reason())
}
