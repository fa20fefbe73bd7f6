//! What watches tell, taken up.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use model::ObjectKey;

use super::kinds::{Kind, Name};
use super::seen::Seen;
use super::watches::{Change, News, Told};
use super::{Kubernetes, is_of, look};

impl Kubernetes {
    /// Whether it is something that a pass has to look at.
    pub(super) fn hear(&mut self, told: Told) -> bool {
        match told {
            Told::Of(kind, change) => self.take(&kind, change),
            Told::Definitions => {
                self.kinds.forget();
                true
            }
        }
    }

    /// Takes a change up; whether it is one that the agent has not made itself.
    fn take(&mut self, kind: &Kind, change: Change) -> bool {
        let name = kind.name();
        match change {
            Change::Begun => {
                self.told.insert(name, BTreeSet::new());
                false
            }
            Change::There(news) => {
                let (key, seen) = self.read(kind, news);
                if let Some(told) = self.told.get_mut(&name) {
                    told.insert(key.clone());
                }
                self.note(key, seen)
            }
            Change::Gone(news) => {
                let (key, _) = self.read(kind, news);
                self.definitions_changed(&key);
                self.seen.remove(&key).is_some()
            }
            Change::Told => self.drop_untold(kind, &name),
            Change::Blind(_) => true,
            Change::Broken => false,
        }
    }

    /// What a list does not have is gone.
    fn drop_untold(&mut self, kind: &Kind, name: &Name) -> bool {
        let Some(told) = self.told.remove(name) else { return false };
        let untold = |key: &ObjectKey| is_of(key, kind) && !told.contains(key);
        self.seen.extract_if(.., |key, _| untold(key)).count() > 0
    }

    fn read(&self, kind: &Kind, news: News) -> (ObjectKey, Seen) {
        let location = &self.cluster.location;
        match news {
            News::Metadata(object) => {
                let key = look::key(&kind.resource, &object.metadata);
                let seen = Seen::partial(&object, location, &key, self.terms.get(&key));
                (key, seen)
            }
            News::Whole(object) => {
                let key = look::key(&kind.resource, &object.metadata);
                let seen = Seen::whole(*object, location, &key, self.terms.get(&key));
                (key, seen)
            }
        }
    }

    /// Notes how an object is now, unless something later is known; whether that is news.
    pub(super) fn note(&mut self, key: ObjectKey, mut seen: Seen) -> bool {
        let before = self.seen.get(&key);
        if before.is_some_and(|before| before.version > seen.version && before.uid == seen.uid) {
            return false;
        }
        before.into_iter().for_each(|before| seen.follow(before));
        let news = before != Some(&seen);
        if before.is_none() {
            self.definitions_changed(&key);
        }
        self.seen.insert(key, seen);
        news
    }

    /// A kind may have come or gone with its definition.
    fn definitions_changed(&mut self, key: &ObjectKey) {
        if matches!(key.kind.as_str(), "CustomResourceDefinition" | "APIService") {
            self.kinds.forget();
        }
    }

    /// Takes up what the watches tell until each has told what is there.
    pub(super) async fn begin(&mut self) {
        while !self.watches.have_begun() {
            let told = self.watches.next().await;
            self.unseen |= self.hear(told);
        }
    }

    /// Takes up what has been told by now, so that many changes at once are one piece of work.
    pub(super) async fn catch_up(&mut self) {
        loop {
            // A connection hands on a piece at a time, and only while it has its turn.
            tokio::task::yield_now().await;
            let Some(told) = self.watches.next().now_or_never() else { return };
            self.unseen |= self.hear(told);
        }
    }
}
