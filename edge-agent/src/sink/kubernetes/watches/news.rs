//! What one watch tells: a stream that restarts by itself.

use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use kube::api::DynamicObject;
use kube::runtime::watcher::{Config, Error as Failure, Event};
use kube::runtime::{WatchStreamExt as _, watcher};

use super::super::cluster::{Cluster, Metadata};
use super::super::kinds::{self, Kind};
use super::super::refusal;
use crate::error::Refusal;

/// A page is all that is in memory of a list.
const PAGE: u32 = 50;

/// What a watch tells.
#[derive(Debug)]
pub enum News {
    Metadata(Box<Metadata>),
    Whole(Box<DynamicObject>),
}

/// Something that has happened to objects of one kind.
#[derive(Debug)]
pub enum Change {
    /// The object is there, and perhaps another one than before.
    There(News),
    Gone(News),
    /// All that is there is about to be told.
    Begun,
    /// All that is there has been told.
    Told,
    /// The watch goes on where it was, or begins anew, by itself.
    Broken,
    /// It is not known what happens.
    Blind(Refusal),
}

/// Changes, after a pause.
pub fn later(pause: Duration, changes: BoxStream<'static, Change>) -> BoxStream<'static, Change> {
    tokio::time::sleep(pause).map(|()| changes).flatten_stream().boxed()
}

/// All changes of what carries this location's label. `whole`: with what is not metadata.
pub fn changes(cluster: &Cluster, kind: &Kind, whole: bool) -> BoxStream<'static, Change> {
    let config = Config::default().labels(&cluster.selector()).page_size(PAGE);
    if whole {
        let news = |object| News::Whole(Box::new(object));
        return watcher(cluster.api(&kind.resource, ""), config)
            .default_backoff()
            .map(move |event| change(event, news))
            .boxed();
    }
    let news = |object| News::Metadata(Box::new(object));
    watcher(cluster.metadata(&kind.resource, ""), config)
        .default_backoff()
        .map(move |event| change(event, news))
        .boxed()
}

/// Something for each change of a definition, whoever made it.
pub fn definitions(cluster: &Cluster) -> BoxStream<'static, ()> {
    let kind = ("CustomResourceDefinition", "customresourcedefinitions");
    let resource = kinds::resource("apiextensions.k8s.io", "v1", kind.0, kind.1);
    let events =
        watcher(cluster.metadata(&resource, ""), Config::default().page_size(PAGE)).default_backoff();
    let changes = events.filter(|event| {
        std::future::ready(matches!(event, Ok(Event::Apply(_) | Event::Delete(_) | Event::InitDone)))
    });
    changes.map(|_| ()).boxed()
}

fn change<K>(event: Result<Event<K>, Failure>, news: impl Fn(K) -> News) -> Change {
    match event {
        Ok(Event::Apply(object) | Event::InitApply(object)) => Change::There(news(object)),
        Ok(Event::Delete(object)) => Change::Gone(news(object)),
        Ok(Event::Init) => Change::Begun,
        Ok(Event::InitDone) => Change::Told,
        Err(Failure::InitialListFailed(error) | Failure::WatchStartFailed(error)) => {
            Change::Blind(refusal::of(&error))
        }
        Err(Failure::NoResourceVersion) => Change::Blind(refusal::not_listed()),
        Err(Failure::WatchFailed(_) | Failure::WatchError(_)) => Change::Broken,
    }
}
