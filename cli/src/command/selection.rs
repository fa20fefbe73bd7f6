//! Which resources a command is about: by kind and names, or by labels.

use anyhow::Result;
use clap::Args;
use model::Resource;
use wire::api;

use crate::{
    args,
    client::Client,
    kinds::{self, Kind, Scope},
    usage::usage,
};

/// Kind, names, labels and namespace, as kubectl has them.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// KIND, KIND NAME..., or KIND/NAME...
    #[arg(value_name = "KIND [NAME]")]
    target: Vec<String>,
    #[command(flatten)]
    labels: args::Labels,
    /// The namespace of workload objects; without it, all of them are listed.
    #[arg(short, long, default_value = "", hide_default_value = true)]
    namespace: String,
}

/// The same, understood.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub kind: Kind,
    /// Empty: all of the kind that have the labels.
    pub names: Vec<String>,
    pub selector: String,
    pub namespace: String,
    /// Where they are; regions and locations are in no space.
    pub space: String,
}

impl Selection {
    /// Whether it says nothing: neither a kind nor labels.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty() && self.labels.selector.is_empty()
    }

    /// The words that were typed.
    pub fn words(&self) -> &[String] {
        &self.target
    }

    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What was typed, as far as it has a meaning.
    pub fn wanted(&self, space: &str) -> Result<Wanted> {
        let (kind, names) = kinds::targets(&self.target)?;
        if !names.is_empty() && !self.labels.selector.is_empty() {
            return Err(usage("name resources, or select them by labels with -l; not both"));
        }
        if kind.kind.is_empty() && !names.is_empty() {
            return Err(usage("name the kind of the object too, as in `deployment cart`"));
        }
        let space = if kind.scope == Scope::Hub { "" } else { space };
        Ok(Wanted {
            kind,
            names,
            selector: self.labels.selector.clone(),
            namespace: self.namespace.clone(),
            space: space.to_owned(),
        })
    }
}

impl Wanted {
    /// Those that are there; one that is named and is not, is an error.
    pub async fn find(&self, client: &mut Client) -> Result<Vec<Resource>> {
        if self.names.is_empty() {
            return self.list(client).await;
        }
        let mut found = Vec::new();
        for name in &self.names {
            found.push(client.get(&self.kind.key(&self.space, &self.namespace, name)).await?);
        }
        Ok(found)
    }

    async fn list(&self, client: &mut Client) -> Result<Vec<Resource>> {
        let request = api::ListRequest {
            space: self.space.clone(),
            group: self.kind.group.clone(),
            kind: self.kind.kind.clone(),
            label_selector: self.selector.clone(),
            ..api::ListRequest::default()
        };
        let mut found = client.list(request).await?;
        found.retain(|resource| self.takes(&resource.key()));
        Ok(found)
    }

    /// Whether a resource of the kind is among them, labels aside.
    pub fn takes(&self, key: &model::ResourceKey) -> bool {
        (self.names.is_empty() || self.names.contains(&key.name))
            && (self.namespace.is_empty() || key.namespace == self.namespace)
    }

    /// That there are none, in words.
    pub fn nothing(&self) -> String {
        let kind = self.kind.kind.to_lowercase();
        let what = if kind.is_empty() { "objects".to_owned() } else { format!("{kind}s") };
        let labels =
            if self.selector.is_empty() { String::new() } else { format!(" with {}", self.selector) };
        match self.kind.scope {
            Scope::Hub => format!("no {what}{labels}"),
            _ => format!("no {what}{labels} in space {}", self.space),
        }
    }
}
