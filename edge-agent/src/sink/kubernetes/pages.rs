//! Lists that are longer than one answer.

use futures::{Stream, stream};
use kube::api::ListParams;
use kube::core::ObjectList;

use crate::Error;

/// The pages of a list, one after the other, each with whether there is another one. `list` asks for one page.
pub fn pages<K, F>(
    params: ListParams,
    list: impl Fn(ListParams) -> F,
) -> impl Stream<Item = Result<(Vec<K>, bool), Error>>
where
    K: Clone,
    F: Future<Output = Result<ObjectList<K>, Error>>,
{
    let asked = stream::try_unfold((Some(params), list), |(params, list)| async move {
        let Some(params) = params else { return Ok(None) };
        let page = list(params.clone()).await?;
        let token = page.metadata.continue_.filter(|token| !token.is_empty());
        let next = token.map(|token| ListParams { continue_token: Some(token), ..params });
        Ok(Some(((page.items, next.is_some()), (next, list))))
    });
    // Boxed, so that it can be polled from where it stands.
    Box::pin(asked)
}
