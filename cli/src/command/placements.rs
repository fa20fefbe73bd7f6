//! Which placements a command is about, and their states as they change.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use futures::{
    StreamExt as _,
    future::try_join_all,
    stream::{BoxStream, SelectAll},
};
use wire::api::{self, watch_response::Event};

use crate::{args, client::Client, kinds, usage::usage};

/// Each takes a stream of one connection, and servers bound those.
const MAX_FOLLOWED: usize = 100;

/// Placements by name, by labels, or all of the space.
#[derive(Clone, Debug, Args)]
pub struct Placements {
    /// placement/NAME...
    #[arg(value_name = "placement/NAME")]
    target: Vec<String>,
    #[command(flatten)]
    labels: args::Labels,
}

impl Placements {
    /// By names or by labels, as they were understood already.
    pub fn of(names: &[String], selector: &str) -> Self {
        let target = names.iter().map(|name| format!("placement/{name}")).collect();
        Self { target, labels: args::Labels { selector: selector.to_owned() } }
    }

    /// The names that were typed.
    pub fn names(&self) -> Result<Vec<String>> {
        if !self.target.is_empty() && !self.labels.selector.is_empty() {
            return Err(usage("name placements, or select them by labels with -l; not both"));
        }
        named(&self.target)
    }

    /// The words that were typed, where they name something else than placements.
    pub fn words(&self) -> Result<&[String]> {
        if self.labels.selector.is_empty() {
            return Ok(&self.target);
        }
        Err(usage("labels select placements; at a location, name one object as KIND/NAME, or none"))
    }

    /// Whether any were named or selected, rather than all meant.
    pub fn is_narrowed(&self) -> bool {
        !self.target.is_empty() || !self.labels.selector.is_empty()
    }

    /// Those that are declared. One that is named and is not there is an error: nothing will ever be told of it.
    pub async fn find(&self, client: &mut Client, space: &str) -> Result<Vec<String>> {
        let names = self.names()?;
        let kind = placement_kind()?;
        let asked = names.iter().map(|name| {
            let (mut client, key) = (client.clone(), kind.key(space, "", name));
            async move { client.get(&key).await }
        });
        try_join_all(asked).await?;
        if !names.is_empty() {
            return Ok(names);
        }
        let found = client.list(self.request(space)).await?;
        Ok(found.into_iter().map(|resource| resource.metadata.name).collect())
    }

    fn request(&self, space: &str) -> api::ListRequest {
        api::ListRequest {
            space: space.to_owned(),
            group: model::API_GROUP.to_owned(),
            kind: "Placement".to_owned(),
            label_selector: self.labels.selector.clone(),
            ..api::ListRequest::default()
        }
    }

    /// The states of all of them, those to be declared included.
    pub async fn follow(&self, client: &mut Client, space: &str) -> Result<States> {
        let names = self.names()?;
        let api::ListRequest { space, group, kind, label_selector, .. } = self.request(space);
        let request = api::WatchRequest { space: space.clone(), group, kind, label_selector };
        let declared = client.watch(request).await?;
        Ok(States {
            client: client.clone(),
            space,
            names,
            declared,
            known: BTreeMap::new(),
            states: SelectAll::new(),
        })
    }
}

fn placement_kind() -> Result<kinds::Kind> {
    kinds::kind("placement")
}

/// The placements that `placement NAME…`, `placement/NAME…` or `NAME` name.
fn named(words: &[String]) -> Result<Vec<String>> {
    match words {
        [] => Ok(Vec::new()),
        [name] if !name.contains('/') => Ok(vec![name.clone()]),
        _ => match kinds::targets(words)? {
            (kind, names) if kind.is_own("Placement") && !names.is_empty() => Ok(names),
            _ => Err(usage("name placements, as placement/NAME")),
        },
    }
}

/// The one placement that `words` name.
pub fn one(words: &[String]) -> Result<String> {
    match named(words)?.as_slice() {
        [name] => Ok(name.clone()),
        _ => Err(usage("name one placement, as placement/NAME")),
    }
}

/// A placement and its state, or why there is none.
type Told = (String, Result<api::PlacementStatus>);

/// States of several placements, each at every change.
pub struct States {
    client: Client,
    space: String,
    /// Empty: all.
    names: Vec<String>,
    declared: tonic::Streaming<api::WatchResponse>,
    /// When each was created, in milliseconds since the Unix epoch.
    known: BTreeMap<String, u64>,
    states: SelectAll<BoxStream<'static, Told>>,
}

impl States {
    /// When a placement was created, in milliseconds since the Unix epoch.
    pub fn created(&self, name: &str) -> u64 {
        self.known.get(name).copied().unwrap_or_default()
    }

    /// The next state of any of them.
    pub async fn next(&mut self) -> Result<(String, api::PlacementStatus)> {
        loop {
            tokio::select! {
                Some((name, state)) = self.states.next() => return Ok((name, state?)),
                change = self.declared.message() => match change.map_err(|status| self.client.stream_error(&status))? {
                    Some(change) => self.take(change.event).await?,
                    None => bail!("the gateway ended the watch; run it again"),
                },
            }
        }
    }

    /// A placement that is new is followed from now on; one that is gone goes on telling of its withdrawal.
    async fn take(&mut self, event: Option<Event>) -> Result<()> {
        let Some(Event::Changed(message)) = event else { return Ok(()) };
        let api::Metadata { name, create_time_ms, .. } = message.metadata.unwrap_or_default();
        let is_wanted = self.names.is_empty() || self.names.contains(&name);
        if !is_wanted || self.known.insert(name.clone(), create_time_ms).is_some() {
            return Ok(());
        }
        if self.known.len() > MAX_FOLLOWED {
            bail!("more than {MAX_FOLLOWED} placements cannot be followed at once; select fewer with -l");
        }
        let request = api::WatchStatusRequest {
            space: self.space.clone(),
            placement: name.clone(),
            ..api::WatchStatusRequest::default()
        };
        let client = self.client.clone();
        let states = self.client.watch_status(request).await?;
        let told = move |next: Result<api::WatchStatusResponse, tonic::Status>| match next {
            Ok(next) => (name.clone(), Ok(next.status.unwrap_or_default())),
            Err(status) => (name.clone(), Err(client.stream_error(&status))),
        };
        self.states.push(states.map(told).boxed());
        Ok(())
    }
}
