//! Small changes of what is declared: read, changed, and applied on condition that nobody has changed it meanwhile; again,
//! where somebody has.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use model::Resource;
use wire::api::View;

use super::{
    apply::{self, How},
    selection::Wanted,
    sets::NamedSet,
};
use crate::{
    args::Global,
    client::{Client, Outdated},
    output,
    usage::usage,
};

/// Readings of a resource that others keep changing.
const ATTEMPTS: u32 = 8;

/// Entries of a map of strings to be set and to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    pub set: BTreeMap<String, String>,
    pub remove: BTreeSet<String>,
}

impl Entries {
    /// Takes `KEY=VALUE` and `KEY-` out of what was typed; what is left names resources, whose names never look like
    /// that.
    pub fn take(words: &[String]) -> Result<(Vec<String>, Self)> {
        let mut entries = Self::default();
        let mut names = Vec::new();
        for word in words {
            let (key, is_news) = match (word.split_once('='), word.strip_suffix('-')) {
                (Some((key, value)), _) => {
                    (key, entries.set.insert(key.to_owned(), value.to_owned()).is_none())
                }
                (None, Some(key)) => (key, entries.remove.insert(key.to_owned())),
                (None, None) => {
                    names.push(word.clone());
                    continue;
                }
            };
            let contradicts = entries.set.contains_key(key) && entries.remove.contains(key);
            if key.is_empty() || !is_news || contradicts {
                return Err(usage(format!(
                    "`{word}`: write each key once, as KEY=VALUE to set it or KEY- to remove it"
                )));
            }
        }
        if entries == Self::default() {
            return Err(usage("say what to change, as KEY=VALUE to set it or KEY- to remove it"));
        }
        Ok((names, entries))
    }

    pub fn apply(&self, map: &mut BTreeMap<String, String>) {
        map.retain(|key, _| !self.remove.contains(key));
        map.extend(self.set.clone());
    }
}

/// Again, as long as others have changed meanwhile what was read.
pub async fn insist<T>(mut change: impl AsyncFnMut() -> Result<T>) -> Result<T> {
    for _ in 1..ATTEMPTS {
        match change().await {
            Err(error) if error.is::<Outdated>() => {}
            ended => return ended,
        }
    }
    change().await
}

/// Changes all that is wanted by `edit`, and tells what has become of it.
pub async fn run(
    global: &Global,
    wanted: &Wanted,
    dry_run: bool,
    edit: impl Fn(&mut Resource) -> Result<()>,
) -> Result<()> {
    let mut client = Client::connect(global).await?;
    let view = if global.document_format().is_some() { View::Full } else { View::Basic };
    let changed = insist(async || {
        let mut client = client.clone();
        let mut found = wanted.find(&mut client).await?;
        if found.is_empty() {
            return Ok(None);
        }
        found.iter_mut().try_for_each(&edit)?;
        let how = How { dry_run, view, set: NamedSet::default() };
        Ok(Some((apply::send(&mut client, &found, how).await?, found)))
    });
    let Some((response, sent)) = changed.await? else {
        output::note(wanted.nothing());
        return Ok(());
    };
    match global.document_format() {
        Some(format) => {
            output::documents(format, apply::kept(&mut client, response, sent.iter(), dry_run).await?)
        }
        None => apply::tell(&response, dry_run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<(Vec<String>, Entries)> {
        Entries::take(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn entries_are_told_from_names_and_a_value_may_hold_anything() {
        let (names, entries) = take("store-1 city=Lisbon store-2 size- url=http://a?b=c- empty=").unwrap();
        assert_eq!(names, ["store-1", "store-2"]);
        let mut map =
            [("size", "l"), ("city", "Porto"), ("kept", "x")].map(|(k, v)| (k.into(), v.into())).into();
        entries.apply(&mut map);
        let expected = [("city", "Lisbon"), ("empty", ""), ("kept", "x"), ("url", "http://a?b=c-")];
        assert_eq!(map, expected.map(|(k, v)| (k.into(), v.into())).into());
    }

    #[test]
    fn what_cannot_be_meant_is_wrong_usage() {
        for text in ["store-1", "a=1 a=2", "a=1 a-", "=x", "- store-1"] {
            assert!(crate::usage::is_usage(&take(text).unwrap_err()), "{text}");
        }
    }
}
