//! What belongs to objects: their ReplicaSets, Jobs and Pods, by the owners that those name.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use kube::api::ListParams;
use kube::core::ApiResource;
use model::ObjectKey;

use super::super::cluster::{Cluster, ask};
use super::super::kinds::resource;
use super::super::pages::pages;
use super::PAGE;
use crate::Error;

/// Of one kind in one namespace.
const MOST: usize = 5000;

/// The objects and what belongs to them.
#[derive(Debug, Default)]
pub struct Kin {
    pub uids: BTreeSet<String>,
    /// What could not be told.
    pub notes: Vec<String>,
}

pub async fn of(cluster: &Cluster, namespace: &str, objects: &[(ObjectKey, String)]) -> Kin {
    let mut kin = Kin::default();
    kin.uids.extend(objects.iter().map(|(_, uid)| uid.clone()).filter(|uid| !uid.is_empty()));
    // In this order: pods name what comes before them.
    for made in model::MADE_KINDS.iter().rev() {
        if !objects.iter().any(|(key, _)| made.may_come_of(key)) {
            continue;
        }
        let resource = resource(made.group, "v1", made.kind, made.plural);
        if let Err(error) = kin.add(cluster, &resource, namespace).await {
            kin.notes.push(format!("events of {} are left out: {error}", resource.plural));
        }
    }
    kin
}

impl Kin {
    async fn add(&mut self, cluster: &Cluster, resource: &ApiResource, namespace: &str) -> Result<(), Error> {
        let api = &cluster.metadata(resource, namespace);
        let params = ListParams::default().limit(PAGE);
        let mut pages = pages(params, |params| async move { ask(api.list(&params)).await });
        let mut looked_at = 0;
        while let Some((objects, more)) = pages.try_next().await? {
            looked_at += objects.len();
            for object in objects {
                let owners = object.metadata.owner_references.iter().flatten();
                if owners.into_iter().any(|owner| self.uids.contains(&owner.uid)) {
                    self.uids.extend(object.metadata.uid);
                }
            }
            if more && looked_at >= MOST {
                self.notes.push(format!(
                    "namespace {namespace} has more than {MOST} {}, of which these were looked at",
                    resource.plural
                ));
                return Ok(());
            }
        }
        Ok(())
    }
}
