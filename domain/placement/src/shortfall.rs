//! What of a placement's `where` cannot be satisfied, for its users: which constraint, and by how much.

use model::Problem;

use crate::choice::{Rules, Shortfall};
use crate::selection::Selection;
use crate::state::problem;

/// The problems of a selection, the worst first.
pub(crate) fn problems(selection: &Selection) -> Vec<Problem> {
    let unsatisfied = selection.contest.iter().flat_map(|contest| {
        let passing = contest.feasible.len();
        contest.choice.shortfalls.iter().map(move |shortfall| told(shortfall, &contest.rules, passing))
    });
    unsatisfied.chain(selection.failures.problems()).collect()
}

fn told(shortfall: &Shortfall, rules: &Rules, passing: u64) -> Problem {
    match shortfall {
        Shortfall::Groups { spread, wanted, found } => problem(
            "NotEnoughGroups",
            format!(
                "where.spread[{spread}] wants {wanted} groups by {}, {found} can be chosen from, {} too few: what was chosen stays, nothing is added",
                rules.spread[*spread].key,
                wanted - found
            ),
        ),
        Shortfall::Locations { wanted, chosen, kept_out } => {
            let kept_out = kept_out.iter().map(|(spread, count)| {
                format!("; {count} are kept out by maxSkew of where.spread[{spread}]")
            });
            problem(
                "NotEnoughLocations",
                format!(
                    "where.numberOfLocations wants {wanted}, {chosen} are chosen, {} too few: {passing} pass all tests{}",
                    wanted - chosen,
                    kept_out.collect::<String>()
                ),
            )
        }
    }
}
