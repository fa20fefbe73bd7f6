//! `tributary rollout`: how a release goes out, and what people say to it.

mod say;
mod show;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use model::{Digest, Rollout, RolloutProgress};
use tokio::time::{Instant, sleep};

use self::say::Word;
use super::{Outcome, placements};
use crate::{args::Global, client::Client, kinds, usage::usage};

const EXAMPLES: &str = "\
Examples:
  tributary rollout status placement/shop            waves, and what is waited for
  tributary rollout status placement/shop --watch    a line for each change, until it ends or pauses
  tributary rollout history placement/shop
  tributary rollout pause placement/shop
  tributary rollout resume placement/shop            also after it has paused because of failures
  tributary rollout approve placement/shop --wave canary
  tributary rollout abort placement/shop             back to the last release that was rolled out whole
  tributary rollout undo placement/shop              back to the release before this one
  tributary rollout undo placement/shop --to 3       to the release of rollout 3; digests can be shortened

Only placements with `spec.rollout` go out in waves; all others go everywhere at once.
What is said is about the rollout that is under way: the next one does not hear it.";

/// Shows how a release goes out in waves, and decides about it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RolloutCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Waves, counts, and what is waited for.
    Status {
        #[command(flatten)]
        target: Target,
        /// A line for each change, until it ends or pauses.
        #[arg(long, short)]
        watch: bool,
    },
    /// Every step, with its reason and time.
    History(Target),
    /// Moves nobody until it is resumed; who is on the way arrives.
    Pause(Target),
    /// Lifts a pause, also one that failures have brought.
    Resume(Target),
    /// Lets a wave pass that waits for approval.
    Approve {
        #[command(flatten)]
        target: Target,
        /// The wave that waits, unless it is named.
        #[arg(long)]
        wave: Option<String>,
    },
    /// Goes back to the last release that was rolled out whole.
    Abort(Target),
    /// Rolls an earlier release out, in waves as any other.
    Undo {
        #[command(flatten)]
        target: Target,
        /// The number of a rollout, or the beginning of a release's digest, as `history` tells them.
        #[arg(long, value_name = "ROLLOUT|RELEASE")]
        to: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Target {
    /// placement/NAME.
    #[arg(value_name = "placement/NAME", required = true)]
    target: Vec<String>,
}

impl Target {
    fn name(&self) -> Result<String> {
        placements::one(&self.target)
    }
}

impl RolloutCommand {
    pub async fn run(self, global: &Global) -> Result<Outcome> {
        match self.what {
            What::Status { target, watch: true } => show::watch(global, &target.name()?).await,
            What::Status { target, watch: false } => show::status(global, &target.name()?).await,
            What::History(target) => show::history(global, &target.name()?).await,
            What::Pause(target) => say::say(global, &target.name()?, &Word::Pause).await,
            What::Resume(target) => say::say(global, &target.name()?, &Word::Resume).await,
            What::Approve { target, wave } => say::say(global, &target.name()?, &Word::Approve(wave)).await,
            What::Abort(target) => say::say(global, &target.name()?, &Word::Abort).await,
            What::Undo { target, to } => say::say(global, &target.name()?, &Word::Undo(to)).await,
        }
    }
}

/// Between two looks at what placement decides within milliseconds.
const AGAIN: Duration = Duration::from_millis(50);

/// The rollout of a placement as it is declared now: a change that has just been applied is decided a moment later.
async fn read(client: &mut Client, global: &Global, placement: &str) -> Result<Rollout> {
    let declared = client.get(&kinds::kind("placement")?.key(&global.space, "", placement)).await?;
    let patience = Instant::now() + global.request_timeout;
    loop {
        let rollout = client.status(&global.space, placement).await?.rollout;
        let decided = rollout.filter(|rollout| rollout.generation >= declared.metadata.generation);
        match decided {
            Some(rollout) => return Ok(wire::rollout(rollout)?),
            None if Instant::now() >= patience => {
                bail!("placement has not decided placement/{placement} yet; does its service run?")
            }
            None => sleep(AGAIN).await,
        }
    }
}

/// How it goes out in waves.
fn in_waves<'a>(rollout: &'a Rollout, placement: &str) -> Result<&'a RolloutProgress> {
    let help = "give it a `spec.rollout`, and the next change goes out in waves";
    let missing = || usage(format!("placement/{placement} goes everywhere at once; {help}"));
    rollout.progress.as_ref().ok_or_else(missing)
}

/// A release as people see it.
fn short(release: &Digest) -> String {
    release.short()
}
