//! What expressions have answered: each is evaluated once at a location, for however many placements have it, until
//! something changes there that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expression::Expression;
use roaring::RoaringBitmap;

use crate::condition::{Answer, Condition};
use crate::difference::{Difference, Interest};
use crate::inventory::{Inventory, Location};

/// Answers by the text of the expression.
#[derive(Debug, Default)]
pub(crate) struct Answers(BTreeMap<Arc<str>, Column>);

/// Those of one expression.
#[derive(Debug, Default)]
struct Column {
    /// What it reads.
    interest: Interest,
    /// Where it was evaluated.
    known: RoaringBitmap,
    /// Where it holds, and where nobody can tell.
    holds: RoaringBitmap,
    failed: BTreeMap<u32, Arc<str>>,
}

/// Of many locations.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub holds: RoaringBitmap,
    pub failed: Vec<(u32, Arc<str>)>,
}

impl Answers {
    /// Whether it holds at a location.
    pub fn one(
        &mut self,
        condition: &Condition,
        inventory: &Inventory,
        handle: u32,
        location: &Location,
    ) -> Answer {
        let expression = condition.expression().map_err(Clone::clone)?;
        let column = self.column(condition, expression);
        if !column.known.contains(handle) {
            let answer = condition.holds(inventory, inventory.names.name(handle), location);
            column.take(handle, answer);
        }
        column.answer(handle)
    }

    /// Where it holds of many, and where nobody can tell.
    pub fn all(&mut self, condition: &Condition, inventory: &Inventory, of: &RoaringBitmap) -> Found {
        let expression = match condition.expression() {
            Ok(expression) => expression,
            Err(reason) => {
                let failed = of.iter().map(|handle| (handle, reason.clone())).collect();
                return Found { failed, ..Found::default() };
            }
        };
        let column = self.column(condition, expression);
        let mut memo = Memo::default();
        for handle in of - &column.known {
            let Some(location) = inventory.location(handle) else { continue };
            column.take(handle, memo.answer(condition, expression, inventory, handle, location));
        }
        let failed = column.failed.iter().filter(|(handle, _)| of.contains(**handle));
        let failed = failed.map(|(handle, reason)| (*handle, reason.clone())).collect();
        Found { holds: of & &column.holds, failed }
    }

    /// A location has changed.
    pub fn forget(&mut self, handle: u32, difference: &Difference) {
        for column in self.0.values_mut().filter(|column| column.interest.concerns(difference)) {
            column.forget(handle);
        }
    }

    /// Forgets expressions that nobody asks any more.
    pub fn retain(&mut self, asked: &BTreeSet<&str>) {
        self.0.retain(|text, _| asked.contains(&**text));
    }

    fn column(&mut self, condition: &Condition, expression: &Expression) -> &mut Column {
        if !self.0.contains_key(expression.text()) {
            let mut column = Column::default();
            condition.add_interest(&mut column.interest);
            self.0.insert(expression.text().into(), column);
        }
        self.0.get_mut(expression.text()).expect("it was inserted if it was missing")
    }
}

impl Column {
    fn take(&mut self, handle: u32, answer: Answer) {
        self.known.insert(handle);
        match answer {
            Ok(true) => _ = self.holds.insert(handle),
            Ok(false) => {}
            Err(reason) => _ = self.failed.insert(handle, reason),
        }
    }

    fn answer(&self, handle: u32) -> Answer {
        self.failed.get(&handle).map_or_else(|| Ok(self.holds.contains(handle)), |reason| Err(reason.clone()))
    }

    fn forget(&mut self, handle: u32) {
        if self.known.remove(handle) {
            self.holds.remove(handle);
            self.failed.remove(&handle);
        }
    }
}

/// Answers by the values read: locations that agree in them are evaluated once.
#[derive(Debug, Default)]
struct Memo {
    answers: BTreeMap<Vec<u8>, Answer>,
    values: Vec<u8>,
}

impl Memo {
    fn answer(
        &mut self,
        condition: &Condition,
        expression: &Expression,
        inventory: &Inventory,
        handle: u32,
        location: &Location,
    ) -> Answer {
        let evaluate = || condition.holds(inventory, inventory.names.name(handle), location);
        if expression.reads().is_unique() || location.is_too_large() {
            return evaluate();
        }
        self.read(expression, inventory, location);
        if let Some(answer) = self.answers.get(&self.values) {
            return answer.clone();
        }
        let answer = evaluate();
        self.answers.insert(self.values.clone(), answer.clone());
        answer
    }

    /// Writes down the values that an expression reads: with their lengths, and what is not there differs from nothing.
    fn read(&mut self, expression: &Expression, inventory: &Inventory, location: &Location) {
        self.values.clear();
        for (field, key) in expression.reads().iter() {
            match key {
                Some(key) => self.put(inventory.entry(location, field, key)),
                None if field == "region" => self.put(Some(&inventory.regions.get(location.region).name)),
                None => {
                    for (key, value) in inventory.entries(location, field) {
                        self.put(Some(key));
                        self.put(Some(value));
                    }
                    self.put(None);
                }
            }
        }
    }

    fn put(&mut self, text: Option<&str>) {
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        self.values.extend_from_slice(&length.to_le_bytes());
        self.values.extend_from_slice(text.unwrap_or_default().as_bytes());
    }
}
