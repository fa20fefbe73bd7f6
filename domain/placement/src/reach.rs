//! Which locations a placement reaches: decided on its `where`, what is declared of them, and the tree of regions.
//!
//! ```text
//!   deleting? -> nowhere? -> regions -> selectors -> expression -> taints -> reached
//! ```
//!
//! The first test that fails is the reason that is told. The same compiled tests answer for all locations at once
//! (bitmaps), for one that changed, and for `explain`. Two of the answers are doubts rather than refusals: an
//! expression that cannot be evaluated, and a taint that only keeps away what is new. There, what was chosen stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Requirement, Taint, TaintEffect, Toleration, Where};
use roaring::{MultiOps, RoaringBitmap};

use crate::answers::Answers;
use crate::condition::Condition;
use crate::difference::Interest;
use crate::inventory::{Inventory, Location};
use crate::labels;

/// The tests of a `where`, compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// ORed; none: they do not narrow.
    pub selectors: Vec<Vec<Requirement>>,
    /// Roots of subtrees; none: they do not narrow.
    pub regions: Vec<String>,
    /// `None`: it does not narrow.
    pub condition: Option<Condition>,
    pub tolerations: Vec<Toleration>,
}

/// By what a location is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct By<'a> {
    pub selector: Option<usize>,
    pub region: Option<&'a str>,
}

/// The first reason why it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// The placement names neither selectors nor regions nor an expression.
    Nowhere,
    Deleting,
    Region,
    Selectors,
    Expression,
    /// The expression cannot be evaluated here, and why.
    Failed(Arc<str>),
    Taint(Taint),
}

/// What was found of many locations.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub reached: RoaringBitmap,
    /// Those that stay where they are chosen already, with the reason.
    pub doubts: BTreeMap<u32, Miss>,
}

impl Miss {
    /// Whether a location stays that was chosen before.
    pub fn is_doubt(&self) -> bool {
        match self {
            Self::Failed(_) => true,
            Self::Taint(taint) => taint.effect == TaintEffect::NoSelectIfNew,
            _ => false,
        }
    }
}

impl Reach {
    pub fn compile(where_: &Where) -> Self {
        let condition = (!where_.expression.is_empty()).then(|| Condition::compile(&where_.expression));
        Self {
            selectors: where_.location_selectors.iter().map(labels::requirements).collect(),
            regions: where_.regions.clone(),
            condition,
            tolerations: where_.tolerations.clone(),
        }
    }

    /// Adds what its tests read.
    pub fn add_interest(&self, interest: &mut Interest) {
        let keys = self.selectors.iter().flatten().map(|requirement| &requirement.key);
        keys.for_each(|key| interest.add("labels", Some(key)));
        self.condition.iter().for_each(|condition| condition.add_interest(interest));
    }

    /// All locations that it reaches.
    pub fn all(&self, inventory: &Inventory, answers: &mut Answers) -> Found {
        let mut found = Found { reached: self.selected(inventory), doubts: BTreeMap::new() };
        if let Some(condition) = &self.condition {
            let answered = answers.all(condition, inventory, &found.reached);
            found.reached = answered.holds;
            let doubt = |(handle, reason)| (handle, Miss::Failed(reason));
            found.doubts = answered.failed.into_iter().map(doubt).collect();
        }
        let doubtful: RoaringBitmap = found.doubts.keys().copied().collect();
        for handle in &((&found.reached | doubtful) & &inventory.tainted) {
            let Some(location) = inventory.location(handle) else { continue };
            let Some(miss) = self.repelled(location) else { continue };
            let was_sure = found.reached.remove(handle);
            if !miss.is_doubt() {
                found.doubts.remove(&handle);
            } else if was_sure {
                found.doubts.insert(handle, miss);
            }
        }
        found
    }

    /// Whether, and why, it reaches one location.
    pub fn test<'a>(
        &'a self,
        inventory: &Inventory,
        handle: u32,
        location: &Location,
        answers: &mut Answers,
    ) -> Result<By<'a>, Miss> {
        if location.deleting {
            return Err(Miss::Deleting);
        }
        if self.is_nowhere() {
            return Err(Miss::Nowhere);
        }
        let region = inventory.regions.root_of(location.region, &self.regions).map(String::as_str);
        if region.is_none() && !self.regions.is_empty() {
            return Err(Miss::Region);
        }
        let holds = |selector: &Vec<_>| first_failing(selector, inventory, location).is_none();
        let selector = self.selectors.iter().position(holds);
        if selector.is_none() && !self.selectors.is_empty() {
            return Err(Miss::Selectors);
        }
        let condition = self.condition.as_ref();
        let doubt = match condition.map(|it| answers.one(it, inventory, handle, location)) {
            Some(Ok(false)) => return Err(Miss::Expression),
            Some(Err(reason)) => Some(Miss::Failed(reason)),
            Some(Ok(true)) | None => None,
        };
        match (doubt, self.repelled(location)) {
            // A doubt would let stay what this sends away.
            (_, Some(miss)) if !miss.is_doubt() => Err(miss),
            (Some(miss), _) | (None, Some(miss)) => Err(miss),
            (None, None) => Ok(By { selector, region }),
        }
    }

    /// How many taints that are not tolerated would rather have it elsewhere.
    pub fn unwelcome(&self, location: &Location) -> u32 {
        let prefers = |taint: &&Taint| taint.effect == TaintEffect::PreferNoSelect && !self.tolerates(taint);
        u32::try_from(location.taints().iter().filter(prefers).count()).unwrap_or(u32::MAX)
    }

    /// The taint that keeps it away, the strictest first.
    fn repelled(&self, location: &Location) -> Option<Miss> {
        let of = |effect| {
            let mut taints = location.taints().iter();
            taints.find(|taint| taint.effect == effect && !self.tolerates(taint))
        };
        let taint = of(TaintEffect::NoSelect).or_else(|| of(TaintEffect::NoSelectIfNew))?;
        Some(Miss::Taint(taint.clone()))
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|toleration| toleration.tolerates(taint))
    }

    fn is_nowhere(&self) -> bool {
        self.selectors.is_empty() && self.regions.is_empty() && self.condition.is_none()
    }

    /// By regions and selectors.
    fn selected(&self, inventory: &Inventory) -> RoaringBitmap {
        if self.is_nowhere() {
            return RoaringBitmap::new();
        }
        let within = self.within(inventory);
        if self.selectors.is_empty() {
            return within;
        }
        self.selectors.iter().map(|requirements| inventory.labels.select(requirements, &within)).union()
    }

    fn within(&self, inventory: &Inventory) -> RoaringBitmap {
        if self.regions.is_empty() {
            return inventory.live.clone();
        }
        let inside = |number| inventory.regions.root_of(number, &self.regions).is_some();
        let regions = inventory.regions.iter().filter(|(number, _)| inside(*number));
        regions.map(|(_, region)| &region.members).union()
    }
}

/// The first requirement that does not hold for a location.
pub(crate) fn first_failing<'a>(
    requirements: &'a [Requirement],
    inventory: &Inventory,
    location: &Location,
) -> Option<&'a Requirement> {
    let value = |requirement: &Requirement| inventory.labels.value(&location.labels, &requirement.key);
    requirements.iter().find(|requirement| !requirement.holds(value(requirement)))
}
