//! All that is known of why one location is chosen, or not.

use serde_json::{Value, json};
use wire::api;

/// As a document.
pub fn value(one: &api::Explanation) -> Value {
    let tests: Vec<Value> =
        one.tests.iter().map(|test| json!({"name": test.name, "passed": test.passed})).collect();
    let mut value = json!({
        "location": one.location,
        "chosen": one.chosen,
        "reason": one.reason,
        "tests": tests,
    });
    if !one.remedy.is_empty() {
        value["remedy"] = json!(one.remedy);
    }
    if let Some(standing) = &one.standing {
        value["standing"] = standing_value(standing);
    }
    value
}

/// In lines, for people: the tests in order, the scores, the groups, and what would change it.
pub fn lines(one: &api::Explanation) -> Vec<String> {
    let mark = |passed: bool| if passed { "passed" } else { "not passed" };
    let mut lines: Vec<String> =
        one.tests.iter().map(|test| format!("{}: {}", test.name, mark(test.passed))).collect();
    if let Some(standing) = &one.standing {
        lines.extend(standing.scores.iter().map(score_line));
        lines.extend(standing.groups.iter().map(group_line));
        if !standing.last_location.is_empty() {
            let (last, total) = (&standing.last_location, standing.last_total);
            lines.push(format!("total {}, the last that is chosen is {last} with {total}", standing.total));
        }
    }
    if !one.remedy.is_empty() {
        lines.push(format!("what would change it: {}", one.remedy));
    }
    lines
}

fn score_line(score: &api::Score) -> String {
    let points = score.score.map_or_else(|| "none".to_owned(), |points| points.to_string());
    format!("{}: {points} of 100, weight {}", score.prioritizer, score.weight)
}

fn group_line(group: &api::SpreadGroup) -> String {
    match group.group.as_str() {
        "" => format!("spread by {}: it has none", group.key),
        name => format!(
            "spread by {}: {name} has {}, the group with the fewest {}",
            group.key, group.chosen, group.fewest
        ),
    }
}

fn standing_value(standing: &api::Standing) -> Value {
    let scores = standing
        .scores
        .iter()
        .map(|it| json!({"prioritizer": it.prioritizer, "weight": it.weight, "score": it.score}));
    let groups = standing.groups.iter().map(|it| {
        let group = Some(&it.group).filter(|group| !group.is_empty());
        json!({"key": it.key, "group": group, "chosen": it.chosen, "fewest": it.fewest})
    });
    json!({
        "scores": scores.collect::<Vec<_>>(),
        "total": standing.total,
        "unwelcome": standing.unwelcome,
        "groups": groups.collect::<Vec<_>>(),
        "lastLocation": standing.last_location,
        "lastTotal": standing.last_total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_location_is_explained_line_by_line() {
        let score = api::Score { prioritizer: "Capacity:cpu".into(), weight: 2, score: Some(40) };
        let group = api::SpreadGroup { key: "region".into(), group: "eu".into(), chosen: 3, fewest: 2 };
        let standing = api::Standing {
            scores: vec![score],
            total: 80,
            groups: vec![group],
            last_location: "store-9".into(),
            last_total: 90,
            ..api::Standing::default()
        };
        let one = api::Explanation {
            tests: vec![
                api::Test { name: "regions".into(), passed: true },
                api::Test { name: "choice".into(), passed: false },
            ],
            remedy: "raise numberOfLocations".into(),
            standing: Some(standing),
            ..api::Explanation::default()
        };
        assert_eq!(
            lines(&one),
            [
                "regions: passed",
                "choice: not passed",
                "Capacity:cpu: 40 of 100, weight 2",
                "spread by region: eu has 3, the group with the fewest 2",
                "total 80, the last that is chosen is store-9 with 90",
                "what would change it: raise numberOfLocations",
            ]
        );
        assert_eq!(value(&one)["standing"]["scores"][0]["score"], 40);
    }
}
