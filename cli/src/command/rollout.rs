//! `tributary rollout`: how a release goes out, and what people say to it.

mod pace;
mod say;
mod screen;
mod seen;
mod show;
mod watch;
mod words;

use anyhow::Result;
use clap::{Args, Subcommand};

use self::say::Word;
use super::{Outcome, placements};
use crate::args::Global;

const EXAMPLES: &str = "\
Examples:
  tributary rollout status placement/shop            waves, and what is waited for
  tributary rollout status placement/shop --watch    a picture that moves, until it ends or pauses
  tributary rollout history placement/shop
  tributary rollout pause placement/shop
  tributary rollout resume placement/shop            also after it has paused because of failures
  tributary rollout approve placement/shop --wave canary
  tributary rollout abort placement/shop             back to the last release that was rolled out whole
  tributary rollout undo placement/shop              back to the release before this one
  tributary rollout undo placement/shop --to 3       to the release of rollout 3; digests can be shortened

In the picture, # is healthy, + updated, - on the way, and . not yet. Exit code 1 of --watch: it has paused, or goes back.
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
        /// Every change, until it ends or pauses: a picture that moves, or where that cannot be, a line for each.
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
            What::Status { target, watch: true } => watch::watch(global, &target.name()?).await,
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
