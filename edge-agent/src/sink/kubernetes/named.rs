//! Kinds as people write them: `deploy`, `deployments`, `Deployment`; looked for among all that the cluster serves.

use futures::{StreamExt as _, stream};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIResource, APIResourceList};
use model::ObjectKey;

use super::cluster::{Cluster, ask};
use super::look::ABREAST;
use super::refusal;
use crate::Error;

/// Where who names no namespace looks.
const NAMESPACE: &str = "default";

/// The object with its kind as the cluster writes it. Without a group, it is the core group's or that of the first other one
/// that has the kind.
pub async fn resolve(cluster: &Cluster, key: ObjectKey) -> Result<ObjectKey, Error> {
    let core = if key.group.is_empty() { find(&core(cluster).await?, &key.kind) } else { None };
    let found = match core {
        Some(resource) => Some((String::new(), resource)),
        None => among_groups(cluster, &key).await?,
    };
    let (group, resource) = found.ok_or_else(|| refusal::not_served(&key.group, &key.kind))?;
    let namespace = match (resource.namespaced, key.namespace.as_str()) {
        (false, _) => String::new(),
        (true, "") => NAMESPACE.to_owned(),
        (true, _) => key.namespace,
    };
    Ok(ObjectKey { group, kind: resource.kind, namespace, name: key.name })
}

async fn core(cluster: &Cluster) -> Result<APIResourceList, Error> {
    ask(cluster.client.list_core_api_resources("v1")).await
}

/// The first of the groups that has such a kind, in the order in which the cluster names them.
async fn among_groups(cluster: &Cluster, key: &ObjectKey) -> Result<Option<(String, APIResource)>, Error> {
    let groups = ask(cluster.client.list_api_groups()).await?.groups.into_iter();
    let wanted = groups.filter(|group| key.group.is_empty() || group.name == key.group);
    let preferred = wanted.filter_map(|group| Some((group.name, group.preferred_version?.group_version)));
    let lists = stream::iter(preferred).map(|(group, version)| async move {
        // A group whose server is away hides no other.
        let list = ask(cluster.client.list_api_group_resources(&version)).await.ok()?;
        Some((group, list))
    });
    let lists: Vec<_> = lists.buffered(ABREAST).collect().await;
    let mut found =
        lists.into_iter().flatten().filter_map(|(group, list)| Some((group, find(&list, &key.kind)?)));
    Ok(found.next())
}

fn find(list: &APIResourceList, written: &str) -> Option<APIResource> {
    let is_it = |resource: &&APIResource| {
        let short = resource.short_names.iter().flatten().any(|short| short == written);
        let names = [&resource.kind, &resource.name, &resource.singular_name];
        short || names.into_iter().any(|name| name.eq_ignore_ascii_case(written))
    };
    // Parts of objects, as `deployments/scale`, are of kinds of their own.
    let mut whole = list.resources.iter().filter(|resource| !resource.name.contains('/'));
    whole.find(is_it).cloned()
}
