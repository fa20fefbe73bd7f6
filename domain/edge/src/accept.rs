//! Whether a document is acted on, decided on its order alone.

use model::Order;

/// What to do with an incoming document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It is newer than what is applied.
    Newer,
    /// It is what is applied; nothing to do.
    Same,
    /// A late or stale copy. A location never goes back.
    Older,
}

/// Compares by (epoch, revision): the epoch is raised when documents are rebuilt from nothing and their revisions
/// start again, so that neither counter alone, nor a sequence of a stream, could tell.
pub fn accept(current: Order, incoming: Order) -> Acceptance {
    match incoming.cmp(&current) {
        std::cmp::Ordering::Greater => Acceptance::Newer,
        std::cmp::Ordering::Equal => Acceptance::Same,
        std::cmp::Ordering::Less => Acceptance::Older,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(current: (u64, u64), incoming: (u64, u64), expected: Acceptance) {
        let order = |(epoch, revision)| Order { epoch, revision };
        assert_eq!(accept(order(current), order(incoming)), expected, "{current:?} <- {incoming:?}");
    }

    #[test]
    fn a_location_never_goes_back() {
        check((2, 1), (1, 900), Acceptance::Older);
        check((2, 5), (2, 4), Acceptance::Older);
    }

    #[test]
    fn a_new_epoch_wins_over_any_revision() {
        check((1, 900), (2, 1), Acceptance::Newer);
    }

    #[test]
    fn the_same_document_again_changes_nothing() {
        check((2, 5), (2, 5), Acceptance::Same);
    }
}
