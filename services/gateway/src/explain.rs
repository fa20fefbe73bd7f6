//! Why a placement has chosen a location or not: placement's own tests and choice, on what is declared and decided now.

mod message;

use std::collections::BTreeMap;

use model::{API_GROUP, PlacementKey, Resource, ScoreBy, Spec, Where};
use placement::{Explanation, MIN_LIMIT, View};
use wire::{Key, Stored, api};

use self::message::message;
use crate::{
    decided::{Decided, DecisionRow},
    declared::{Declared, Row},
    error::Error,
    names, page,
    state::Shared,
};

/// The rows that the answer depends on.
struct Inputs {
    rows: Vec<(Key, Row)>,
    locations: BTreeMap<String, Row>,
    /// Decision rows: what was chosen before has a say, and for `Balance` what others have chosen.
    decisions: Vec<(PlacementKey, DecisionRow)>,
    rollout: Option<model::Rollout>,
}

pub(crate) async fn explain(
    shared: &Shared,
    request: api::ExplainRequest,
) -> Result<api::ExplainResponse, Error> {
    let placement = names::placement(&request.space, &request.placement)?;
    let size = page::size(request.page_size)?;
    let after = page::after(&request.page_token)?;
    let inputs =
        shared.read(|state| inputs(&state.declared, &state.decided, &placement, &request.location))??;
    let answer = move || {
        let view = view(&inputs, &placement);
        match request.location.is_empty() {
            true => all(&view, &placement, &inputs, after.as_ref(), size),
            false => single(&view, &placement, &request.location),
        }
    };
    // A million locations take seconds: not on a thread that serves other calls.
    tokio::task::spawn_blocking(answer).await.map_err(|error| Error::Internal(format!("explaining: {error}")))
}

fn inputs(
    declared: &Declared,
    decided: &Decided,
    placement: &PlacementKey,
    location: &str,
) -> Result<Inputs, Error> {
    let key = names::placement_row(placement);
    let Some(row) = declared.get(&key) else {
        return Err(Error::NotFound(format!("Placement {placement}")));
    };
    let where_ = asked_for(row);
    let mut locations = locations(declared, location)?;
    if where_.is_choice() {
        // How one does depends on all others.
        locations = self::locations(declared, "")?;
    }
    let only = Some(location).filter(|location| !location.is_empty() && !where_.is_choice());
    let first = transform(placement, String::new());
    let transforms = declared.range(std::ops::Bound::Included(&first));
    let transforms = transforms.take_while(|(key, _)| is_transform(key, placement)).map(owned);
    let regions = declared.regions().map(|(name, row)| (Key::Region(name.to_owned()), row.clone()));
    let mut rows: Vec<(Key, Row)> = transforms.chain(regions).collect();
    rows.extend(declared.get(&key).cloned().map(|row| (key, row)));
    let decisions = decisions(decided, placement, &where_, only);
    Ok(Inputs { rows, locations, decisions, rollout: decided.rollout(placement).cloned() })
}

fn asked_for(row: &Row) -> Where {
    match wire::decode_row(&row.bytes) {
        Ok(Stored::Whole(Resource { spec: Spec::Placement(spec), .. })) => spec.where_,
        _ => Where::default(),
    }
}

fn decisions(
    decided: &Decided,
    placement: &PlacementKey,
    where_: &Where,
    only: Option<&str>,
) -> Vec<(PlacementKey, DecisionRow)> {
    let balances = where_.prioritizers.iter().any(|it| ScoreBy::parse(&it.name) == Some(ScoreBy::Balance));
    let concerned = decided.placements().filter(|other| balances || *other == placement);
    let rows = |other: &PlacementKey| decided.rows(other, only).into_iter();
    concerned.flat_map(|other| rows(other).map(move |row| (other.clone(), row))).collect()
}

/// The location that is asked about, or all.
fn locations(declared: &Declared, asked: &str) -> Result<BTreeMap<String, Row>, Error> {
    if asked.is_empty() {
        return Ok(declared.locations().map(|(name, row)| (name.to_owned(), row.clone())).collect());
    }
    let row = declared.get(&Key::Location(asked.to_owned())).cloned();
    let row = row.ok_or_else(|| Error::NotFound(format!("Location {asked}")))?;
    Ok([(asked.to_owned(), row)].into())
}

fn owned((key, row): (&Key, &Row)) -> (Key, Row) {
    (key.clone(), row.clone())
}

fn transform(placement: &PlacementKey, name: String) -> Key {
    let PlacementKey { space, .. } = placement.clone();
    Key::Intent(model::ResourceKey {
        space,
        group: API_GROUP.to_owned(),
        kind: "Transform".to_owned(),
        namespace: String::new(),
        name,
    })
}

fn is_transform(key: &Key, placement: &PlacementKey) -> bool {
    matches!(key, Key::Intent(key)
        if key.space == placement.space && key.group == API_GROUP && key.kind == "Transform")
}

/// Workload objects are left out: which of them travel does not decide where.
fn view(inputs: &Inputs, placement: &PlacementKey) -> View {
    let mut view = View::new(|release| wire::encode_release(release).to_vec());
    let locations = inputs.locations.iter().map(|(name, row)| (Key::Location(name.clone()), row));
    for (key, row) in inputs.rows.iter().map(|(key, row)| (key.clone(), row)).chain(locations) {
        if let (Some(key), Ok(Stored::Whole(resource))) =
            (names::resource(&key), wire::decode_row(&row.bytes))
        {
            view.set_resource(&key, Some(resource), None);
        }
    }
    for (other, row) in &inputs.decisions {
        if let Ok((decision, _)) = wire::decode_decision(&row.row) {
            view.set_decision(&row.region, row.bucket, other, Some(&decision), row.seq);
        }
    }
    view.set_rollout(placement, inputs.rollout.clone());
    // Finds out whether there is a release; what it would write is not wanted.
    view.place(model::unit(placement), MIN_LIMIT, 0);
    view
}

fn single(view: &View, placement: &PlacementKey, location: &str) -> api::ExplainResponse {
    let explanation = message(location, &view.explain(placement, location));
    api::ExplainResponse {
        chosen_count: explanation.chosen.into(),
        location_count: 1,
        explanations: vec![explanation],
        next_page_token: String::new(),
    }
}

fn all(
    view: &View,
    placement: &PlacementKey,
    inputs: &Inputs,
    after: Option<&Key>,
    size: usize,
) -> api::ExplainResponse {
    let mut answer =
        api::ExplainResponse { location_count: inputs.locations.len() as u64, ..Default::default() };
    for name in inputs.locations.keys() {
        let explanation = view.explain(placement, name);
        answer.chosen_count += u64::from(matches!(explanation, Explanation::Chosen(_)));
        let key = Key::Location(name.clone());
        if after.is_some_and(|after| key <= *after) {
            continue;
        }
        if answer.explanations.len() < size {
            answer.explanations.push(message(name, &explanation));
        } else if answer.next_page_token.is_empty() {
            let last = answer.explanations.last().map(|last| Key::Location(last.location.clone()));
            answer.next_page_token = last.as_ref().map(page::token).unwrap_or_default();
        }
    }
    answer
}
