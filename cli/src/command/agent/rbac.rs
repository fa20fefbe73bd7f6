//! `tributary agent rbac`: the rights that an agent needs in its cluster, and no others.

use anyhow::Result;
use clap::Args;

use super::{
    manifests::{self, Identity},
    rights,
    workload::{self, Workload},
};
use crate::{
    args::{Global, Output},
    command::Outcome,
    input::Files,
    output,
};

pub const EXAMPLES: &str = "\
Examples:
  tributary agent rbac --placement shop | kubectl apply -f -           for what a placement holds now
  tributary agent rbac --location store-1 > rights.yaml                for all that is placed at a location
  tributary agent rbac -f examples                                     from files; needs no server
  tributary agent rbac -f examples --cluster-admin                     may do everything
  kubectl create token tributary-agent -n tributary-system             for an agent outside of the cluster

When placements get objects of other kinds, print and apply it again: what an agent lacks meanwhile is reported with the
verb and the resource, under the reason Forbidden (`tributary get errors --location L`).";

/// Prints what an agent may do in its cluster, to be applied there: a service account with the rights that its work needs.
///
/// For each kind among the objects: get, list, watch, create, patch, delete, in all namespaces. For itself: its Lease and its
/// state, in Secrets of its own namespace. Nothing has a wildcard. Comments say what each right is for.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rbac {
    /// For the objects of this placement, in the space of --space; may be repeated.
    #[arg(short = 'P', long = "placement", value_name = "NAME")]
    placements: Vec<String>,
    /// For this location's agent alone, which has one Lease; without --placement, for the placements that choose it.
    #[arg(long)]
    location: Option<String>,
    #[command(flatten)]
    files: Files,
    /// Let it do everything instead: no later change of the workload needs other rights.
    #[arg(long)]
    cluster_admin: bool,
    /// Where the agent keeps its Lease and its state: its own --namespace.
    #[arg(short, long, default_value = "tributary-system", value_parser = label)]
    namespace: String,
    /// The name of the service account and of its roles.
    #[arg(long, default_value = "tributary-agent", value_parser = label)]
    service_account: String,
}

impl Rbac {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        let identity = Identity {
            name: self.service_account.clone(),
            namespace: self.namespace.clone(),
            location: self.location.clone(),
        };
        let documents = if self.cluster_admin {
            manifests::all_powerful(&identity)
        } else {
            let workload = self.workload(global).await?;
            manifests::least(&identity, &rights::of(&workload))
        };
        match global.document_format() {
            Some(Output::Json) => {
                let documents = documents.iter().map(manifests::Document::to_value).collect();
                output::documents(Output::Json, documents)?;
            }
            _ => output::raw(manifests::yaml(&documents).as_bytes())?,
        }
        Ok(Outcome::Done)
    }

    async fn workload(&self, global: &Global) -> Result<Workload> {
        let wanted = workload::Wanted { placements: &self.placements, location: self.location.as_deref() };
        if self.files.files.is_empty() {
            workload::ask(global, wanted).await
        } else {
            workload::read(&self.files, &global.space, wanted)
        }
    }
}

fn label(text: &str) -> Result<String, String> {
    let is_name = model::name::is_dns_label(text);
    is_name.then(|| text.to_owned()).ok_or_else(|| "a name has lower-case letters, digits and `-`".to_owned())
}
