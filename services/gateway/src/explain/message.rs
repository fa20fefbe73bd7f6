//! Explanations as messages.

use placement::{Explanation, Standing};
use wire::api;

pub(super) fn message(location: &str, explanation: &Explanation) -> api::Explanation {
    let (chosen, reason, remedy, standing) = match explanation {
        Explanation::Chosen(chosen) => (true, chosen.to_string(), None, chosen.standing.as_ref()),
        Explanation::NotChosen(reason) => (false, reason.to_string(), reason.remedy(), reason.standing()),
    };
    let test = |(test, passed): (placement::Test, bool)| api::Test { name: test.name().to_owned(), passed };
    api::Explanation {
        location: location.to_owned(),
        chosen,
        reason,
        remedy: remedy.unwrap_or_default(),
        tests: explanation.tests().into_iter().map(test).collect(),
        standing: standing.map(standing_message),
    }
}

fn standing_message(standing: &Standing) -> api::Standing {
    let score = |score: &placement::Score| api::Score {
        prioritizer: score.name.clone(),
        weight: score.weight,
        score: score.score,
    };
    let group = |group: &placement::Group| api::SpreadGroup {
        key: group.key.clone(),
        group: group.name.clone().unwrap_or_default(),
        chosen: group.chosen,
        fewest: group.fewest,
    };
    let last = standing.last.as_ref();
    api::Standing {
        scores: standing.scores.iter().map(score).collect(),
        total: standing.total,
        unwelcome: standing.unwelcome,
        groups: standing.groups.iter().map(group).collect(),
        last_location: last.map(|last| last.location.clone()).unwrap_or_default(),
        last_total: last.map_or(0, |last| last.total),
    }
}
