//! What has been sent of each placement, as what, and under which sequence it stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Digest, PlacementKey, ReportOrder, Status};

/// The rows of this location, as far as this start of the agent knows them.
#[derive(Debug, Default)]
pub struct Ledger {
    rows: BTreeMap<PlacementKey, Row>,
    last: ReportOrder,
}

/// A ledger of what stands, without what can be worked out again.
#[derive(Debug)]
pub struct Rest {
    last: ReportOrder,
    /// Order and sequence of each row, by placement.
    rows: Box<[(ReportOrder, u64)]>,
    /// See [`Ledger::digest`].
    pub digest: Digest,
}

#[derive(Debug, Default)]
struct Row {
    /// What is known to have been stored last.
    sent: Option<(Arc<Status>, ReportOrder)>,
    /// It may not be there any more: to be sent again, whatever it was. Until then heartbeats tell of it, so that whoever
    /// does not have it asks.
    doubted: bool,
    /// Of the row that is stored. `None`: not known, so that the first write finds out.
    sequence: Option<u64>,
}

impl Ledger {
    /// Statuses that say something else than what was sent, and forgets placements that nothing is said of any more.
    pub fn news(&mut self, boot: u64, statuses: &BTreeMap<PlacementKey, Arc<Status>>) -> Vec<PlacementKey> {
        self.rows.retain(|placement, _| statuses.contains_key(placement));
        if boot > self.last.boot {
            self.last = ReportOrder { boot, seq: 0 };
            self.resend();
        }
        let news = statuses.iter().filter(|(placement, status)| self.is_news(placement, status));
        news.map(|(placement, _)| placement.clone()).collect()
    }

    fn is_news(&self, placement: &PlacementKey, status: &Status) -> bool {
        let trusted = self.rows.get(placement).filter(|row| !row.doubted);
        let sent = trusted.and_then(|row| row.sent.as_ref());
        sent.is_none_or(|(sent, _)| edge::differs(sent, status))
    }

    /// The order of the next report.
    pub fn number(&mut self) -> ReportOrder {
        self.last.seq += 1;
        self.last
    }

    /// The sequence that the stored row is expected to have; 0 where none is expected.
    pub fn expected(&self, placement: &PlacementKey) -> u64 {
        self.sequence(placement).unwrap_or(0)
    }

    /// The sequence of the stored row, if it was written or read in this life.
    pub fn sequence(&self, placement: &PlacementKey) -> Option<u64> {
        self.rows.get(placement).and_then(|row| row.sequence)
    }

    /// The stored row has another sequence than was expected.
    pub fn learn(&mut self, placement: &PlacementKey, sequence: u64) {
        self.rows.entry(placement.clone()).or_default().sequence = Some(sequence);
    }

    /// The status is stored.
    pub fn stored(
        &mut self,
        placement: PlacementKey,
        status: Arc<Status>,
        order: ReportOrder,
        sequence: u64,
    ) {
        let row = Row { sent: Some((status, order)), doubted: false, sequence: Some(sequence) };
        self.rows.insert(placement, row);
    }

    /// Whether the newest status is stored is not known: it is sent again, also if it is what was stored before, which it
    /// may have replaced.
    pub fn doubt(&mut self, placement: &PlacementKey) {
        if let Some(row) = self.rows.get_mut(placement) {
            row.doubted = true;
        }
    }

    /// Everything is sent again; where it stands is still known.
    pub fn resend(&mut self) {
        self.rows.values_mut().for_each(|row| row.doubted = true);
    }

    /// The rows are those of another region.
    pub fn forget(&mut self) {
        self.rows.clear();
    }

    /// The same in little, if just `statuses` stand.
    pub fn rest(&self, boot: u64, statuses: &BTreeMap<PlacementKey, Arc<Status>>) -> Option<Rest> {
        let stands = |(placement, status): (&PlacementKey, &Arc<Status>)| {
            let row = self.rows.get(placement).filter(|_| !self.is_news(placement, status))?;
            Some((row.sent.as_ref()?.1, row.sequence?))
        };
        let complete = self.rows.len() == statuses.len() && (self.last.boot == boot || statuses.is_empty());
        let rows: Option<Box<[_]>> = complete.then(|| statuses.iter().map(stands).collect()).flatten();
        Some(Rest { last: self.last, rows: rows?, digest: self.digest() })
    }

    /// Takes up what rested while `statuses` stood.
    pub fn wake(rest: &Rest, statuses: &BTreeMap<PlacementKey, Arc<Status>>) -> Self {
        let row = |((placement, status), (order, sequence)): ((&PlacementKey, &Arc<Status>), &(_, u64))| {
            let sent = Some((status.clone(), *order));
            (placement.clone(), Row { sent, doubted: false, sequence: Some(*sequence) })
        };
        Self { rows: statuses.iter().zip(&rest.rows).map(row).collect(), last: rest.last }
    }

    /// The digest of all that stands, as summarization computes it: confirmed withdrawals are left out.
    pub fn digest(&self) -> Digest {
        let sent = self.rows.iter().filter_map(|(placement, row)| Some((placement, row.sent.as_ref()?)));
        let standing = sent.filter(|(_, (status, _))| !status.withdrawn);
        model::status_digest(standing.map(|(placement, (_, order))| (placement, *order)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement() -> PlacementKey {
        PlacementKey { space: "default".into(), name: "cart".into() }
    }

    fn statuses(rollout: u64) -> BTreeMap<PlacementKey, Arc<Status>> {
        BTreeMap::from([(placement(), Arc::new(Status { rollout, ..Status::default() }))])
    }

    fn send(ledger: &mut Ledger, rollout: u64) -> ReportOrder {
        let order = ledger.number();
        ledger.stored(placement(), statuses(rollout)[&placement()].clone(), order, 7);
        order
    }

    #[test]
    fn only_what_differs_is_sent() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.news(3, &statuses(1)), [placement()]);
        assert_eq!(send(&mut ledger, 1), ReportOrder { boot: 3, seq: 1 });
        assert!(ledger.news(3, &statuses(1)).is_empty());
        assert_eq!(ledger.news(3, &statuses(2)), [placement()]);
    }

    #[test]
    fn a_status_that_may_have_been_replaced_is_sent_again() {
        let mut ledger = Ledger::default();
        ledger.news(3, &statuses(1));
        send(&mut ledger, 1);
        // The next one was sent, its answer was lost, and then all was as before.
        ledger.number();
        ledger.doubt(&placement());
        assert_eq!(ledger.news(3, &statuses(1)), [placement()]);
        assert_eq!(ledger.expected(&placement()), 7);
        assert_ne!(ledger.digest(), model::status_digest([]), "who has lost it has to see that it asks");
    }

    #[test]
    fn a_new_start_sends_everything_again_and_counts_anew() {
        let mut ledger = Ledger::default();
        ledger.news(3, &statuses(1));
        send(&mut ledger, 1);
        assert_eq!(ledger.news(4, &statuses(1)), [placement()]);
        assert_eq!(ledger.expected(&placement()), 7);
        assert_eq!(send(&mut ledger, 1), ReportOrder { boot: 4, seq: 1 });
    }

    #[test]
    fn what_has_rested_goes_on_where_it_was() {
        let mut ledger = Ledger::default();
        ledger.news(3, &statuses(1));
        assert!(ledger.rest(3, &statuses(1)).is_none(), "it has not been sent");
        send(&mut ledger, 1);
        assert!(ledger.rest(3, &statuses(2)).is_none(), "something else is to be sent");
        assert!(ledger.rest(4, &statuses(1)).is_none(), "it is to be sent as of another start");
        let rest = ledger.rest(3, &statuses(1)).unwrap();
        assert_eq!(rest.digest, ledger.digest());
        let mut woken = Ledger::wake(&rest, &statuses(1));
        assert_eq!(woken.digest(), ledger.digest());
        assert!(woken.news(3, &statuses(1)).is_empty());
        assert_eq!(woken.expected(&placement()), 7);
        assert_eq!(woken.number(), ledger.number());
        woken.doubt(&placement());
        assert!(woken.rest(3, &statuses(1)).is_none());
    }

    #[test]
    fn the_digest_is_over_what_stands() {
        let mut ledger = Ledger::default();
        ledger.news(3, &statuses(1));
        let order = send(&mut ledger, 1);
        assert_eq!(ledger.digest(), model::status_digest([(&placement(), order)]));
        let gone = Arc::new(Status { withdrawn: true, ..Status::default() });
        ledger.stored(placement(), gone, order, 8);
        assert_eq!(ledger.digest(), model::status_digest([]));
    }
}
