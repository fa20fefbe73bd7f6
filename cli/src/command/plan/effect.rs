//! The difference between what was and what is placed, location by location, told by groups of equal change.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Result;
use model::{Digest, ObjectKey, PlacementKey};
use serde_json::Value;
use similar::TextDiff;
use translation::{Outcome, Recipe, RenderedObject};

use crate::{
    command::offline::{Placed, Rendered},
    output,
};

/// Locations that are named of many.
const NAMED: usize = 3;

/// What happens to a placement.
#[derive(Debug, Default)]
pub struct Effect {
    pub placement: PlacementKey,
    pub joining: Vec<String>,
    pub leaving: Vec<String>,
    pub changing: Vec<String>,
    /// Locations at which nothing changes.
    pub same: usize,
    pub counts: Counts,
    /// The most frequent first.
    pub groups: Vec<Changed>,
}

/// Objects over all locations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub created: usize,
    pub changed: usize,
    pub removed: usize,
    /// Rendered before, and withheld now: they stay as they are.
    pub withheld: usize,
}

/// The same change of an object at several locations.
#[derive(Debug)]
pub struct Changed {
    pub object: String,
    pub place: String,
    pub text: String,
}

/// Of each placement at which anything changes.
pub fn between(before: &Placed, after: &Placed) -> Result<Vec<Effect>> {
    let keys: BTreeSet<&PlacementKey> =
        before.placements().chain(after.placements()).map(|(key, _)| key).collect();
    let effects = keys.into_iter().map(|key| effect(before, after, key));
    let effects: Vec<Effect> = effects.collect::<Result<_>>()?;
    Ok(effects
        .into_iter()
        .filter(|it| !it.joining.is_empty() || !it.leaving.is_empty() || !it.changing.is_empty())
        .collect())
}

/// `store-1, store-2, store-3 and 40 more`.
pub fn some(names: &[String]) -> String {
    let named = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn effect(before: &Placed, after: &Placed, placement: &PlacementKey) -> Result<Effect> {
    let (mut old, mut new) = (Side::of(before), Side::of(after));
    let nowhere = BTreeMap::new();
    let [was, is] = [before, after].map(|it| it.decided(placement).map_or(&nowhere, |it| &it.chosen));
    let mut effect = Effect { placement: placement.clone(), ..Effect::default() };
    let (mut groups, mut compared) = (Groups::new(), Compared::default());
    for name in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
        if was.get(name) == is.get(name) && before.is_same_location(after, name) {
            effect.same += 1;
            continue;
        }
        match (old.at(was.get(name), name)?, new.at(is.get(name), name)?) {
            (Some(then), Some(now)) => effect.take(name, &compared.between(&then, &now)?, &mut groups),
            (then, now) => effect.come_or_go(name, then.as_ref(), now.as_ref()),
        }
    }
    effect.groups = told(groups);
    Ok(effect)
}

/// The locations at which an object changes in the same way.
type Groups = BTreeMap<(ObjectKey, String), Vec<String>>;

impl Effect {
    fn come_or_go(&mut self, name: &str, then: Option<&Here>, now: Option<&Here>) {
        if let Some(here) = now {
            self.joining.push(name.to_owned());
            self.counts.created += here.all().filter(|(_, outcome)| outcome.is_ok()).count();
        }
        if let Some(here) = then {
            self.leaving.push(name.to_owned());
            self.counts.removed += here.all().count();
        }
    }

    fn take(&mut self, name: &str, changes: &[Change], groups: &mut Groups) {
        if changes.is_empty() {
            self.same += 1;
            return;
        }
        self.changing.push(name.to_owned());
        for Change { object, what, text } in changes {
            *match what {
                What::Created => &mut self.counts.created,
                What::Changed => &mut self.counts.changed,
                What::Removed => &mut self.counts.removed,
                What::Withheld => &mut self.counts.withheld,
            } += 1;
            groups.entry((object.clone(), text.clone())).or_default().push(name.to_owned());
        }
    }
}

fn told(groups: Groups) -> Vec<Changed> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let group = |((object, text), names): ((ObjectKey, String), Vec<String>)| Changed {
        object: object.to_string(),
        place: format!("{}: {}", names.len(), some(&names)),
        text,
    };
    groups.into_iter().map(group).collect()
}

type Objects = BTreeMap<ObjectKey, Outcome>;

/// From what objects are made: the release, and what it reads of the location.
type Made = (Digest, Digest);

/// What a location gets.
struct Here {
    release: Digest,
    /// `None`: it reads what no two locations share.
    made: Option<Made>,
    shared: Rc<Objects>,
    own: Objects,
}

impl Here {
    fn get(&self, key: &ObjectKey) -> Option<&Outcome> {
        self.own.get(key).or_else(|| self.shared.get(key))
    }

    fn all(&self) -> impl Iterator<Item = (&ObjectKey, &Outcome)> {
        self.own.iter().chain(self.shared.iter())
    }
}

/// What is placed, and what was rendered of it.
struct Side<'w> {
    placed: &'w Placed,
    recipes: BTreeMap<Digest, (Recipe, Rc<Objects>)>,
    rendered: Rendered,
}

impl<'w> Side<'w> {
    fn of(placed: &'w Placed) -> Self {
        Self { placed, recipes: BTreeMap::new(), rendered: Rendered::default() }
    }

    /// `None`: the location is not chosen.
    fn at(&mut self, release: Option<&Digest>, name: &str) -> Result<Option<Here>> {
        let Some(release) = release.copied() else { return Ok(None) };
        if !self.recipes.contains_key(&release) {
            let recipe = self.placed.recipe(&release)?;
            let shared = Rc::new(objects(recipe.shared()));
            self.recipes.insert(release, (recipe, shared));
        }
        let ((recipe, shared), location) = (&self.recipes[&release], self.placed.location(name)?);
        let made = (!recipe.reads().is_unique()).then(|| (release, recipe.reads().digest(location)));
        let own = objects(self.rendered.own(recipe, location));
        Ok(Some(Here { release, made, shared: shared.clone(), own }))
    }
}

fn objects(rendered: impl IntoIterator<Item = RenderedObject>) -> Objects {
    rendered.into_iter().map(|object| (object.key, object.outcome)).collect()
}

/// What was compared already.
#[derive(Default)]
struct Compared {
    /// Of two releases, the shared objects that differ.
    shared: BTreeMap<(Digest, Digest), Rc<[ObjectKey]>>,
    changes: BTreeMap<(Made, Made), Rc<[Change]>>,
}

impl Compared {
    fn between(&mut self, then: &Here, now: &Here) -> Result<Rc<[Change]>> {
        let made = then.made.zip(now.made);
        if let Some(known) = made.and_then(|made| self.changes.get(&made)) {
            return Ok(known.clone());
        }
        let differing = self.shared.entry((then.release, now.release)).or_insert_with(|| {
            let keys: BTreeSet<&ObjectKey> = then.shared.keys().chain(now.shared.keys()).collect();
            keys.into_iter().filter(|key| then.shared.get(key) != now.shared.get(key)).cloned().collect()
        });
        let own = then.own.keys().chain(now.own.keys());
        let keys: BTreeSet<&ObjectKey> = own.chain(differing.iter()).collect();
        let changes: Rc<[Change]> =
            keys.into_iter().filter_map(|key| change(key, then, now).transpose()).collect::<Result<_>>()?;
        if let Some(made) = made {
            self.changes.insert(made, changes.clone());
        }
        Ok(changes)
    }
}

/// What becomes of an object at a location.
struct Change {
    object: ObjectKey,
    what: What,
    text: String,
}

#[derive(Clone, Copy)]
enum What {
    Created,
    Changed,
    Removed,
    Withheld,
}

fn change(key: &ObjectKey, then: &Here, now: &Here) -> Result<Option<Change>> {
    let (what, text) = match (then.get(key), now.get(key)) {
        (then, now) if then == now => return Ok(None),
        (None, Some(Ok(_))) => (What::Created, "created".to_owned()),
        (Some(Err(_)), Some(Ok(_))) => (What::Changed, "no longer withheld".to_owned()),
        (_, None) => (What::Removed, "removed".to_owned()),
        (_, Some(Err(why))) => (What::Withheld, format!("withheld: {why}")),
        (Some(Ok(then)), Some(Ok(now))) => (What::Changed, difference(then, now)?),
    };
    Ok(Some(Change { object: key.clone(), what, text }))
}

/// Only the lines that differ: what surrounds them may be each location's own.
fn difference(then: &[u8], now: &[u8]) -> Result<String> {
    let yaml = |bytes| output::yaml(&serde_json::from_slice::<Value>(bytes)?);
    let (then, now) = (yaml(then)?, yaml(now)?);
    let diff = TextDiff::from_lines(&then, &now);
    let lines = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    Ok(lines.map(|change| format!("{}{}", change.tag(), change.value())).collect())
}
