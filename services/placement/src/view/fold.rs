//! Rows into the domain. One that cannot be read changes nothing: what was known before stays.

use bus::Row;
use model::{API_GROUP, Resource, ResourceKey};
use wire::{Key, Stored};

use super::View;
use crate::metrics::Unreadable;

impl View {
    pub(super) fn fold_row(&mut self, row: Row) {
        self.work.arrive(row.trace.as_deref());
        let folded = match row.key.clone() {
            Key::Intent(key) => self.fold_intent(key, row),
            Key::Location(name) => self.fold_inventory("Location", name, &row),
            Key::Region(name) => self.fold_inventory("Region", name, &row),
            Key::Decision { .. } | Key::Rollout(_) => self.fold_decision(&row),
            Key::Summary(_) => self.fold_summary(&row),
            Key::Presence { .. } | Key::Progress { .. } => self.fold_feedback(&row),
            _ => Ok(()),
        };
        if let Err((table, error)) = folded {
            self.unreadable(table, &error);
        }
    }

    fn fold_intent(&mut self, key: ResourceKey, row: Row) -> Folded {
        let stored = row.value.map(|value| wire::decode_row(&value)).transpose();
        let stored = stored.map_err(|error| (Unreadable::intent, error))?;
        let was_waiting = self.pending.forget(&key);
        let trace = row.trace;
        match stored {
            Some(Stored::Large(large)) => self.pending.wait(key, large, trace),
            Some(Stored::Whole(resource)) => {
                self.domain.set_resource(&key, Some(resource), trace.as_deref());
            }
            None => self.domain.set_resource(&key, None, trace.as_deref()),
        }
        if was_waiting || self.pending.len() > 0 {
            self.hold();
        }
        Ok(())
    }

    fn fold_inventory(&mut self, kind: &str, name: String, row: &Row) -> Folded {
        let resource: Option<Resource> = row
            .value
            .as_ref()
            .map(|v| wire::decode_resource(v))
            .transpose()
            .map_err(|error| (Unreadable::locations, error))?;
        let key = ResourceKey {
            group: API_GROUP.to_owned(),
            kind: kind.to_owned(),
            name,
            ..ResourceKey::default()
        };
        self.domain.set_resource(&key, resource, row.trace.as_deref());
        Ok(())
    }

    fn fold_decision(&mut self, row: &Row) -> Folded {
        match &row.key {
            Key::Decision { region, bucket, placement } => {
                let decision = row.value.as_ref().map(|value| wire::decode_decision(value)).transpose();
                let decision =
                    decision.map_err(|error| (Unreadable::decision, error))?.map(|(decision, _)| decision);
                self.domain.set_decision(region, *bucket, placement, decision.as_ref(), row.seq);
            }
            Key::Rollout(placement) => {
                let rollout = row.value.as_ref().map(|value| wire::decode_rollout(value)).transpose();
                self.domain.set_rollout(placement, rollout.map_err(|error| (Unreadable::rollout, error))?);
            }
            _ => {}
        }
        Ok(())
    }

    fn fold_summary(&mut self, row: &Row) -> Folded {
        if let (Key::Summary(placement), Some(value)) = (&row.key, &row.value) {
            let (summary, trace) =
                wire::decode_summary(value).map_err(|error| (Unreadable::summary, error))?;
            let trace = Some(trace.as_str()).filter(|trace| !trace.is_empty());
            self.work.arrive(trace);
            self.domain.set_summary_watermark(placement, &summary.partial.watermark, trace);
        }
        Ok(())
    }

    fn fold_feedback(&mut self, row: &Row) -> Folded {
        let value = row.value.as_ref();
        match &row.key {
            Key::Presence { region, bucket } => {
                let presence = value.map(|value| wire::decode_presence(value)).transpose();
                let presence = presence.map_err(|error| (Unreadable::presence, error))?;
                self.domain.set_presence(region, *bucket, presence.as_ref());
            }
            Key::Progress { region, bucket, placement } => {
                let progress = value.map(|value| wire::decode_progress(value)).transpose();
                let progress = progress.map_err(|error| (Unreadable::progress, error))?;
                self.domain.set_progress(region, *bucket, placement, progress.as_ref());
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts off decisions about spaces of which something is not known yet.
    pub(super) fn hold(&mut self) {
        self.domain.hold(self.pending.spaces());
        self.metrics.waiting.set(i64::try_from(self.pending.len()).unwrap_or(i64::MAX));
    }

    pub(super) fn unreadable(&self, table: Unreadable, error: &wire::Error) {
        tracing::warn!(?table, %error, "a row cannot be read; what was known before stays");
        self.metrics.unreadable(table);
    }
}

type Folded = Result<(), (Unreadable, wire::Error)>;
