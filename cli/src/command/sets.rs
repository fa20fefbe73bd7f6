//! Sets of resources, and what goes because a set no longer names it.

use clap::Args;
use wire::api::{self, LocationDeletion};

use crate::{args::dns_label, kinds};

/// Which set what is applied belongs to.
#[derive(Clone, Debug, Default, Args)]
pub struct SetArgs {
    /// All that is applied belongs to this set of the space from now on.
    #[arg(long, value_name = "NAME", value_parser = dns_label)]
    set: Option<String>,
    /// In the same change, delete what belongs to the set and no file names any more.
    #[arg(long, requires = "set")]
    prune: bool,
    /// Take over what belongs to another set, which then no longer prunes it.
    #[arg(long, requires = "set")]
    take_over: bool,
    /// With --prune: a location that is chosen goes when its agent has removed what was applied there.
    #[arg(long, requires = "prune")]
    withdraw: bool,
}

/// The same, as the gateway is told.
#[derive(Clone, Debug, Default)]
pub struct NamedSet {
    /// `space/name`; empty: none.
    pub set: String,
    pub prune: bool,
    pub take_over: bool,
    pub location_deletion: LocationDeletion,
}

impl SetArgs {
    pub fn named(&self, space: &str) -> NamedSet {
        let how = if self.withdraw { LocationDeletion::Withdraw } else { LocationDeletion::Unspecified };
        NamedSet {
            set: self.set.as_ref().map(|name| format!("{space}/{name}")).unwrap_or_default(),
            prune: self.prune,
            take_over: self.take_over,
            location_deletion: how,
        }
    }

    /// Whether anything was said.
    pub fn is_named(&self) -> bool {
        self.set.is_some()
    }
}

/// What has become of a resource that a set no longer names.
pub fn line(pruned: &api::PruneResult, dry_run: bool) -> String {
    let key = wire::resource_key(pruned.key.clone().unwrap_or_default());
    let stays = if pruned.withdrawing { "; it stays listed until it is withdrawn everywhere" } else { "" };
    let suffix = if dry_run { " (dry run)" } else { "" };
    format!("{} pruned{stays}{suffix}", kinds::title(&key))
}
