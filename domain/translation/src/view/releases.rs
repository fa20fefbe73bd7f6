//! The releases that decisions name: fetched, compiled, and rendered once for all who need the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use model::{Digest, Location, Patch, Release};
use moka::sync::Cache;
use serde_json::Value;

use super::Name;
use super::documents::Made;
use crate::bundle::{Codec, OwnPart, SharedPart, own_part, shared_part};
use crate::recipe::{CompiledLines, Recipe};

/// Bytes of own parts that are remembered. They can be rendered again at any time.
const OWN_CACHE: u64 = 64 << 20;

/// Content of the release table that is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    Release(Digest),
    Source(Digest),
}

/// Region and location.
type Site = (Name, Name);

#[derive(Debug)]
pub struct Releases {
    codec: Codec,
    tracked: BTreeMap<Digest, Tracked>,
    /// Manifests that some compiled release was made of: the next one has most of them too.
    sources: BTreeMap<Digest, Weak<Value>>,
    compiled: CompiledLines,
    wanted: BTreeSet<Want>,
    missing: BTreeSet<Want>,
    own: Cache<Made, Arc<OwnPart>>,
    /// Between shared parts, from and to; `None`: it is too long.
    patches: BTreeMap<(Digest, Digest), Option<Arc<Patch>>>,
}

#[derive(Debug, Default)]
struct Tracked {
    /// Decision rows that name it.
    uses: usize,
    /// Who is to be looked at when it is there.
    waiting: BTreeSet<Site>,
    /// When its shared blobs were stored last, as far as is known.
    stored_ms: Option<u64>,
    /// No row has named it since the last tidying.
    idle: bool,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Fetching,
    Gathering {
        release: Release,
        sources: BTreeMap<Digest, Arc<Value>>,
    },
    Ready(Arc<Ready>),
    Broken,
}

/// A release that can be rendered.
#[derive(Debug)]
pub struct Ready {
    pub digest: Digest,
    pub recipe: Recipe,
    pub shared: SharedPart,
    /// Held for the next release.
    _sources: BTreeMap<Digest, Arc<Value>>,
}

impl Releases {
    pub fn new(codec: Codec) -> Self {
        let weigh = |_: &Made, part: &Arc<OwnPart>| u32::try_from(part.size()).unwrap_or(u32::MAX);
        Self {
            codec,
            tracked: BTreeMap::new(),
            sources: BTreeMap::new(),
            compiled: CompiledLines::default(),
            wanted: BTreeSet::new(),
            missing: BTreeSet::new(),
            own: Cache::builder().max_capacity(OWN_CACHE).weigher(weigh).build(),
            patches: BTreeMap::new(),
        }
    }

    /// A decision row names it.
    pub fn use_one_more(&mut self, digest: Digest) {
        let tracked = self.tracked.entry(digest).or_insert_with(|| {
            self.wanted.insert(Want::Release(digest));
            Tracked::default()
        });
        tracked.uses += 1;
    }

    /// A decision row names it no more. It may be named again at once, by the row of another region.
    pub fn use_one_less(&mut self, digest: &Digest) {
        if let Some(tracked) = self.tracked.get_mut(digest) {
            tracked.uses = tracked.uses.saturating_sub(1);
        }
    }

    /// No decision is known. What is fetched is kept: the same rows will come again.
    pub fn unuse_all(&mut self) {
        self.tracked.values_mut().for_each(|tracked| tracked.uses = 0);
    }

    /// What is needed, each once.
    pub fn wants(&mut self) -> Vec<Want> {
        std::mem::take(&mut self.wanted).into_iter().collect()
    }

    pub fn set_missing(&mut self, want: Want) {
        self.missing.insert(want);
    }

    /// Forgets what no row has named for a while, and wants again what was not there. What has just been replaced is
    /// what the documents still name: what follows may be told as a patch of it.
    pub fn tidy(&mut self) {
        self.tracked.retain(|_, tracked| {
            let forgotten = tracked.uses == 0 && tracked.idle;
            tracked.idle = tracked.uses == 0;
            !forgotten
        });
        let shared: BTreeSet<Digest> = self.all_ready().filter_map(|ready| ready.shared.bundle).collect();
        self.patches.retain(|(_, to), _| shared.contains(to));
        self.sources.retain(|_, source| source.strong_count() > 0);
        self.compiled.tidy();
        let mut again = std::mem::take(&mut self.missing);
        again.retain(|want| self.is_needed(want));
        self.wanted.append(&mut again);
    }

    fn is_needed(&self, want: &Want) -> bool {
        let gathers = |tracked: &Tracked, source: &Digest| match &tracked.state {
            State::Gathering { release, .. } => release.objects.iter().any(|object| object.source == *source),
            State::Fetching | State::Ready(_) | State::Broken => false,
        };
        match want {
            Want::Release(digest) => self.tracked.contains_key(digest),
            Want::Source(digest) => self.tracked.values().any(|tracked| gathers(tracked, digest)),
        }
    }

    /// Takes in a release; returns who can go on.
    pub fn set_release(&mut self, digest: Digest, release: Result<Release, String>) -> BTreeSet<Site> {
        let Some(tracked) = self.tracked.get_mut(&digest) else { return BTreeSet::new() };
        if !matches!(tracked.state, State::Fetching) {
            return BTreeSet::new();
        }
        let Ok(release) = release else {
            tracked.state = State::Broken;
            return BTreeSet::new();
        };
        let mut sources = BTreeMap::new();
        for object in &release.objects {
            match self.sources.get(&object.source).and_then(Weak::upgrade) {
                Some(source) => _ = sources.insert(object.source, source),
                None => _ = self.wanted.insert(Want::Source(object.source)),
            }
        }
        tracked.state = State::Gathering { release, sources };
        self.compile_if_complete(&digest)
    }

    /// Takes in a manifest; returns who can go on.
    pub fn set_source(&mut self, digest: Digest, manifest: Value) -> BTreeSet<Site> {
        let manifest = Arc::new(manifest);
        let mut gathering = Vec::new();
        for (release_digest, tracked) in &mut self.tracked {
            if let State::Gathering { release, sources } = &mut tracked.state
                && release.objects.iter().any(|object| object.source == digest)
            {
                sources.insert(digest, manifest.clone());
                gathering.push(*release_digest);
            }
        }
        self.sources.insert(digest, Arc::downgrade(&manifest));
        gathering.iter().flat_map(|release| self.compile_if_complete(release)).collect()
    }

    fn compile_if_complete(&mut self, digest: &Digest) -> BTreeSet<Site> {
        let Some(tracked) = self.tracked.get_mut(digest) else { return BTreeSet::new() };
        let State::Gathering { release, sources } = &mut tracked.state else { return BTreeSet::new() };
        if !release.objects.iter().all(|object| sources.contains_key(&object.source)) {
            return BTreeSet::new();
        }
        let source = |source: &Digest| sources.get(source).map(Arc::as_ref);
        let recipe = Recipe::compile_with(&mut self.compiled, release, source);
        let shared = shared_part(&recipe, &self.codec);
        let sources = std::mem::take(sources);
        tracked.state = State::Ready(Arc::new(Ready { digest: *digest, recipe, shared, _sources: sources }));
        std::mem::take(&mut tracked.waiting)
    }

    /// Those that can be rendered.
    pub fn all_ready(&self) -> impl Iterator<Item = &Ready> {
        self.tracked.values().filter_map(|tracked| match &tracked.state {
            State::Ready(ready) => Some(&**ready),
            State::Fetching | State::Gathering { .. } | State::Broken => None,
        })
    }

    /// How the shared part of `ready` follows from another one, if that is short.
    pub fn patch(&mut self, from: Digest, ready: &Ready) -> Option<Arc<Patch>> {
        let to = ready.shared.bundle.filter(|to| *to != from)?;
        if let Some(known) = self.patches.get(&(from, to)) {
            return known.clone();
        }
        let base = self.all_ready().find(|ready| ready.shared.bundle == Some(from));
        let made = base.and_then(|base| (self.codec.patch)(base.shared.content()?, ready.shared.content()?));
        let patch = made.map(Arc::new);
        self.patches.insert((from, to), patch.clone());
        patch
    }

    /// `None`: not there yet.
    pub fn ready(&self, digest: &Digest) -> Option<Arc<Ready>> {
        match &self.tracked.get(digest)?.state {
            State::Ready(ready) => Some(ready.clone()),
            State::Fetching | State::Gathering { .. } | State::Broken => None,
        }
    }

    /// Its shared blobs were stored, not before `stored_ms`.
    pub fn set_published(&mut self, digest: &Digest, stored_ms: u64) {
        if let Some(tracked) = self.tracked.get_mut(digest) {
            tracked.stored_ms = Some(stored_ms);
        }
    }

    /// What was stored is gone.
    pub fn unpublish(&mut self) {
        self.tracked.values_mut().for_each(|tracked| tracked.stored_ms = None);
    }

    /// Whether its shared blobs are known to have been stored later than `since_ms`.
    pub fn is_published(&self, digest: &Digest, since_ms: u64) -> bool {
        self.tracked.get(digest).and_then(|tracked| tracked.stored_ms).is_some_and(|ms| ms >= since_ms)
    }

    /// Has `site` looked at again when the release is there.
    pub fn wait(&mut self, digest: &Digest, site: Site) {
        if let Some(tracked) = self.tracked.get_mut(digest) {
            tracked.waiting.insert(site);
        }
    }

    /// The own part of `location`, rendered once for all locations that agree in the values read.
    pub fn own(&self, ready: &Ready, location: &Location, made: Made) -> Arc<OwnPart> {
        let render = || Arc::new(own_part(&ready.recipe, &ready.shared, location, &self.codec));
        if ready.recipe.reads().is_unique() || !ready.recipe.has_own() {
            return render();
        }
        if let Some(part) = self.own.get(&made) {
            return part;
        }
        let part = render();
        // A reason names the location.
        if !part.withholds {
            self.own.insert(made, part.clone());
        }
        part
    }

    /// From what the own part of `location` is rendered.
    pub fn made(&self, ready: &Ready, location: &Location) -> Made {
        (ready.recipe.own_digest(), ready.recipe.reads().digest(location))
    }

    /// How many are not there completely, and how many never will be.
    pub fn unready(&self) -> (usize, usize) {
        let count =
            |is: fn(&State) -> bool| self.tracked.values().filter(|tracked| is(&tracked.state)).count();
        (
            count(|state| matches!(state, State::Fetching | State::Gathering { .. })),
            count(|state| matches!(state, State::Broken)),
        )
    }
}
