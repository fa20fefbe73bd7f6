//! Waves that can have no locations, whatever the locations are.

use std::collections::BTreeSet;

use crate::{LabelSelector, Operator, Percent, Requirement, Select, Wave, violation::Findings};

pub(super) fn check(waves: &[Wave], findings: &mut Findings) {
    let mut index = 0;
    findings.each("waves", waves, |findings, wave| {
        let (before, is_last) = (&waves[..index], index + 1 == waves.len());
        findings.field("select", |findings| {
            if let Some((message, help)) = refusal(before, wave, is_last) {
                findings.report(message, help);
            }
        });
        index += 1;
    });
}

/// What is wrong with the selection of a wave, and what to do.
fn refusal(before: &[Wave], wave: &Wave, is_last: bool) -> Option<(String, &'static str)> {
    if let Some(Select::Percent(percent)) = &wave.select
        && percent.0 > 100
    {
        return Some((format!("{percent} is more than all"), "write at most 100"));
    }
    if matches!(&wave.select, Some(Select::Count(0) | Select::Percent(Percent(0)))) {
        return Some(("0 locations are no wave".to_owned(), "write at least 1, or remove the wave"));
    }
    if let Some(all) = before.iter().find(|wave| takes_all(wave)) {
        return Some((format!("wave `{}` leaves nothing", all.name), "remove this wave, or narrow that one"));
    }
    if let Some(wider) = before.iter().find(|earlier| takes_all_of(earlier, wave)) {
        let message = format!("wave `{}` has taken all of these", wider.name);
        return Some((message, "remove one of the two, or let them select different labels"));
    }
    if wave.select.is_none() && !is_last {
        return Some((
            "the waves after it would have no locations".to_owned(),
            "say select, or move it to the end",
        ));
    }
    let percent = percent(wave).map(|percent| percent + before.iter().filter_map(self::percent).sum::<u64>());
    let percent = percent.filter(|percent| *percent > 100)?;
    Some((format!("with the waves before it {percent}% are more than all"), "let them add up to at most 100"))
}

fn percent(wave: &Wave) -> Option<u64> {
    match &wave.select {
        Some(Select::Percent(percent)) => Some(percent.0.into()),
        _ => None,
    }
}

fn takes_all(wave: &Wave) -> bool {
    match &wave.select {
        Some(Select::Selector(selector)) => selector.is_empty(),
        Some(Select::Percent(percent)) => percent.0 >= 100,
        // Refused itself, unless it is the last.
        None | Some(Select::Count(_)) => false,
    }
}

/// Whether whatever the other one selects has been selected already: it asks for all that the first asks for, and perhaps
/// for more.
fn takes_all_of(first: &Wave, other: &Wave) -> bool {
    match (&first.select, &other.select) {
        (Some(Select::Selector(first)), Some(Select::Selector(other))) => {
            requirements(first).is_subset(&requirements(other))
        }
        _ => false,
    }
}

/// What a selector asks for, however it is written.
fn requirements(selector: &LabelSelector) -> BTreeSet<Requirement> {
    let equal = |(key, value): (&String, &String)| Requirement {
        key: key.clone(),
        operator: Operator::In,
        values: vec![value.clone()],
    };
    let mut all: BTreeSet<Requirement> = selector.match_labels.iter().map(equal).collect();
    all.extend(selector.match_expressions.iter().cloned().map(|mut requirement| {
        requirement.values.sort_unstable();
        requirement.values.dedup();
        requirement
    }));
    all
}
