//! What the pods of an object add to what it says of itself.

use model::{Phase, Status};

use super::deletion::TERMINATING;
use super::generation::NOT_OBSERVED;
use crate::{Outcome, cut};

/// Why pods do not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub outlook: Outlook,
    /// Stable, in CamelCase.
    pub reason: String,
    pub message: String,
}

/// What becomes of a pod, from what explains least to what explains most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlook {
    /// It is being deleted.
    Leaving,
    /// Nothing is wrong so far.
    Starting,
    /// It has failed, and is or was replaced: it explains its workload only while no pod that lives does.
    Over,
    /// It runs and does not say that it is ready.
    Unready,
    /// It cannot run now: no node takes it, a container has failed once.
    Blocked,
    /// It cannot run until somebody changes something.
    Stuck,
}

/// What an object says of itself with the reason and the words of its pods. One that is well, that goes, or whose status
/// is of an older spec is left as it is: its pods do not explain it.
pub fn refine(own: Outcome, why: Option<Why>) -> Outcome {
    let Some(why) = why.filter(|_| is_explained_by_pods(&own)) else { return own };
    let pods_first = explains(&own, why.outlook);
    let phase = if is_worse(&own, why.outlook) { Phase::Degraded } else { own.phase };
    let (first, second) =
        if pods_first { (&why.message, &own.message) } else { (&own.message, &why.message) };
    let message = joined(first, second);
    let reason = if pods_first { why.reason } else { own.reason };
    Outcome { phase, reason, message }
}

fn is_explained_by_pods(own: &Outcome) -> bool {
    let of_its_pods = matches!(own.phase, Phase::Progressing | Phase::Degraded | Phase::Failed);
    of_its_pods && own.reason != TERMINATING && own.reason != NOT_OBSERVED
}

/// A failed Job's own reason says which of its limits was reached, and a Degraded one has more to say than that a pod is
/// not ready.
fn explains(own: &Outcome, outlook: Outlook) -> bool {
    match own.phase {
        Phase::Failed => false,
        Phase::Degraded => outlook >= Outlook::Blocked,
        _ => true,
    }
}

fn is_worse(own: &Outcome, outlook: Outlook) -> bool {
    own.phase == Phase::Progressing && outlook == Outlook::Stuck
}

fn joined(first: &str, second: &str) -> String {
    let both: Vec<&str> = [first, second].into_iter().filter(|words| !words.is_empty()).collect();
    cut(&both.join("; "), Status::MAX_MESSAGE).to_owned()
}
