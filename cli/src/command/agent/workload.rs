//! The objects that an agent has to manage.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use model::{Object, PlacementKey, PlacementSpec, Resource, Spec};
use placement::{Explanation, View};
use wire::api;

use crate::{args::Global, client::Client, command::placements::Placements, input::Files, usage::usage};

/// Whose objects.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// None: those that choose the location, or all objects there are.
    pub placements: &'a [String],
    pub location: Option<&'a str>,
}

/// The objects, and all definitions of kinds that are known besides.
#[derive(Debug, Default)]
pub struct Workload {
    pub objects: Vec<Object>,
    pub definitions: Vec<Object>,
}

/// From files.
pub fn read(files: &Files, space: &str, wanted: Wanted<'_>) -> Result<Workload> {
    let resources = files.read(space)?;
    if !wanted.placements.is_empty() {
        return of_placements(&resources, wanted.placements);
    }
    let declared = |name: &&str| {
        resources.iter().any(|it| matches!(it.spec, Spec::Location(_)) && it.metadata.name == **name)
    };
    match wanted.location.filter(declared) {
        Some(location) => of_placements(&resources, &choosing(&resources, space, location)),
        None => Ok(Workload { objects: objects(&resources).cloned().collect(), definitions: Vec::new() }),
    }
}

/// From the hub.
pub async fn ask(global: &Global, wanted: Wanted<'_>) -> Result<Workload> {
    let mut client = Client::connect(global).await?;
    let names = match (wanted.placements, wanted.location) {
        ([], None) => {
            return Err(usage(
                "name placements with --placement, a location with --location, or files with -f",
            ));
        }
        ([], Some(location)) => chosen(&mut client, &global.space, location).await?,
        (names, _) => names.to_vec(),
    };
    let mut resources = list(&mut client, &global.space, model::API_GROUP, "Placement").await?;
    resources.extend(list(&mut client, &global.space, "", "").await?);
    of_placements(&resources, &names)
}

async fn list(client: &mut Client, space: &str, group: &str, kind: &str) -> Result<Vec<Resource>> {
    let request = api::ListRequest {
        space: space.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        ..api::ListRequest::default()
    };
    client.list(request).await
}

/// The placements that choose a location, by the hub's word.
async fn chosen(client: &mut Client, space: &str, location: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for placement in Placements::of(&[], "").find(client, space).await? {
        let request = api::ExplainRequest {
            space: space.to_owned(),
            placement: placement.clone(),
            location: location.to_owned(),
            ..api::ExplainRequest::default()
        };
        let explanations = client.explain(request).await?.explanations;
        found.extend(explanations.iter().any(|one| one.chosen).then_some(placement));
    }
    if found.is_empty() {
        bail!(
            "no placement of space {space} chooses {location}; `tributary explain placement/NAME` says why"
        );
    }
    Ok(found)
}

/// The same by the resources themselves.
fn choosing(resources: &[Resource], space: &str, location: &str) -> Vec<String> {
    let mut view = View::new(|release| wire::encode_release(release).to_vec());
    for resource in resources {
        view.set_resource(&resource.key(), Some(resource.clone()), None);
    }
    let key = |name: &str| PlacementKey { space: space.to_owned(), name: name.to_owned() };
    let chooses = |name: &&str| matches!(view.explain(&key(name), location), Explanation::Chosen(_));
    placements(resources).map(|(name, _)| name).filter(chooses).map(str::to_owned).collect()
}

fn of_placements(resources: &[Resource], names: &[String]) -> Result<Workload> {
    let known: BTreeMap<&str, &PlacementSpec> = placements(resources).collect();
    let mut clauses = Vec::new();
    for name in names {
        let Some(spec) = known.get(name.as_str()) else {
            let known: Vec<_> = known.keys().copied().collect();
            bail!("there is no placement {name}; there are [{}]", known.join(", "));
        };
        clauses.extend(&spec.what);
    }
    let labels: BTreeMap<&str, _> = objects(resources)
        .filter(|object| object.key.group.is_empty() && object.key.kind == "Namespace")
        .map(|namespace| (namespace.key.name.as_str(), namespace.labels()))
        .collect();
    let taken = |object: &&Object| {
        let labels = labels.get(object.key.namespace.as_str());
        clauses.iter().any(|clause| clause.matches(object, labels))
    };
    let objects_taken: Vec<Object> = objects(resources).filter(taken).cloned().collect();
    if objects_taken.is_empty() {
        bail!("the placements [{}] hold no objects, so that their kinds are not known", names.join(", "));
    }
    let definitions = objects(resources).filter(|object| is_definition(object)).cloned().collect();
    Ok(Workload { objects: objects_taken, definitions })
}

fn objects(resources: &[Resource]) -> impl Iterator<Item = &Object> {
    resources.iter().filter_map(|resource| match &resource.spec {
        Spec::Workload(object) => Some(object),
        _ => None,
    })
}

fn placements(resources: &[Resource]) -> impl Iterator<Item = (&str, &PlacementSpec)> {
    resources.iter().filter_map(|resource| match &resource.spec {
        Spec::Placement(spec) => Some((resource.metadata.name.as_str(), spec)),
        _ => None,
    })
}

/// Whether it defines a kind.
pub fn is_definition(object: &Object) -> bool {
    object.key.kind == "CustomResourceDefinition" && object.key.group == "apiextensions.k8s.io"
}

impl Workload {
    /// Namespaces that are needed and not among the objects: the agent makes them.
    pub fn implied_namespaces(&self) -> BTreeSet<&str> {
        let is_namespace = |object: &&Object| object.key.group.is_empty() && object.key.kind == "Namespace";
        let made: BTreeSet<&str> =
            self.objects.iter().filter(is_namespace).map(|object| object.key.name.as_str()).collect();
        let needed = self.objects.iter().map(|object| object.key.namespace.as_str());
        needed.filter(|namespace| !namespace.is_empty() && !made.contains(namespace)).collect()
    }
}
