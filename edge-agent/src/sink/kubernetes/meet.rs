//! Objects that no watch tells of: asked for one by one, and by a list where there are many of a kind in a namespace.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, stream};
use kube::api::ListParams;
use model::ObjectKey;

use super::cluster::{Cluster, Metadata, ask};
use super::kinds::Kind;
use super::look::{ABREAST, Stranger};
use super::seen::Seen;
use super::terms::AllTerms;

/// From so many on, a list takes the API server less.
const MANY: usize = 10;
/// Of others, there may be any number: a namespace with more objects of the kind than this is not listed.
const LISTED: u32 = 250;

/// An object to be asked for.
type Asked = (Arc<ObjectKey>, Arc<Kind>);

/// How each of these is.
pub async fn all(cluster: &Cluster, terms: &AllTerms, asked: Vec<Asked>) -> Vec<(ObjectKey, Stranger)> {
    let (mut met, mut left) = (Vec::new(), Vec::new());
    for some in by_kind(asked) {
        match listed(cluster, &some).await {
            Some(found) => met.extend(some.iter().map(|(key, _)| {
                let object = found.get(key.name.as_str());
                (ObjectKey::clone(key), of(cluster, terms, key, object))
            })),
            None => left.extend(some),
        }
    }
    let singly = stream::iter(left).map(|(key, kind)| async move {
        let stranger = one(cluster, terms, &kind, &key).await;
        (ObjectKey::clone(&key), stranger)
    });
    met.extend(singly.buffer_unordered(ABREAST).collect::<Vec<_>>().await);
    met
}

/// Those of one kind in one namespace together.
fn by_kind(asked: Vec<Asked>) -> Vec<Vec<Asked>> {
    let mut groups = BTreeMap::<_, Vec<Asked>>::new();
    for (key, kind) in asked {
        groups.entry((kind.name(), key.namespace.clone())).or_default().push((key, kind));
    }
    groups.into_values().collect()
}

/// All objects where these are, by their names; `None`: they are better asked for singly, or have to be.
async fn listed(cluster: &Cluster, asked: &[Asked]) -> Option<BTreeMap<String, Metadata>> {
    let (key, kind) = asked.first().filter(|_| asked.len() >= MANY)?;
    let api = cluster.metadata(&kind.resource, &key.namespace);
    let list = ask(api.list(&ListParams::default().limit(LISTED))).await.ok()?;
    if list.metadata.continue_.is_some_and(|token| !token.is_empty()) {
        return None;
    }
    let name = |object: Metadata| Some((object.metadata.name.clone()?, object));
    Some(list.items.into_iter().filter_map(name).collect())
}

async fn one(cluster: &Cluster, terms: &AllTerms, kind: &Kind, key: &ObjectKey) -> Stranger {
    let api = cluster.metadata(&kind.resource, &key.namespace);
    match ask(api.get_opt(&key.name)).await {
        Ok(object) => of(cluster, terms, key, object.as_ref()),
        Err(error) => Stranger::Hidden(error),
    }
}

fn of(cluster: &Cluster, terms: &AllTerms, key: &ObjectKey, object: Option<&Metadata>) -> Stranger {
    match object {
        Some(object) => Stranger::There(Seen::partial(object, &cluster.location, key, terms.get(key))),
        None => Stranger::Absent,
    }
}
