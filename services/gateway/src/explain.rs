//! Why a placement has chosen a location or not: placement's own test, on what is declared now.

use std::collections::BTreeMap;

use model::{API_GROUP, PlacementKey};
use placement::{Explanation, MIN_LIMIT, View};
use wire::{Key, Stored, api};

use crate::{
    declared::{Declared, Row},
    error::Error,
    names, page,
    state::Shared,
};

/// The rows that the answer depends on.
struct Inputs {
    rows: Vec<(Key, Row)>,
    locations: BTreeMap<String, Row>,
    rollout: Option<model::Rollout>,
}

pub(crate) async fn explain(
    shared: &Shared,
    request: api::ExplainRequest,
) -> Result<api::ExplainResponse, Error> {
    let placement = names::placement(&request.space, &request.placement)?;
    let size = page::size(request.page_size)?;
    let after = page::after(&request.page_token)?;
    let inputs = shared.read(|state| {
        let rollout = state.decided.rollout(&placement).cloned();
        inputs(&state.declared, &placement, &request.location).map(|inputs| Inputs { rollout, ..inputs })
    })??;
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

fn inputs(declared: &Declared, placement: &PlacementKey, location: &str) -> Result<Inputs, Error> {
    let locations = locations(declared, location)?;
    let key = names::placement_row(placement);
    if declared.get(&key).is_none() {
        return Err(Error::NotFound(format!("Placement {placement}")));
    }
    let first = transform(placement, String::new());
    let transforms = declared.range(std::ops::Bound::Included(&first));
    let transforms = transforms.take_while(|(key, _)| is_transform(key, placement)).map(owned);
    let regions = declared.regions().map(|(name, row)| (Key::Region(name.to_owned()), row.clone()));
    let mut rows: Vec<(Key, Row)> = transforms.chain(regions).collect();
    rows.extend(declared.get(&key).cloned().map(|row| (key, row)));
    Ok(Inputs { rows, locations, rollout: None })
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

fn message(location: &str, explanation: &Explanation) -> api::Explanation {
    let (chosen, reason) = match explanation {
        Explanation::Chosen(chosen) => (true, chosen.to_string()),
        Explanation::NotChosen(reason) => (false, reason.to_string()),
    };
    api::Explanation { location: location.to_owned(), chosen, reason }
}
