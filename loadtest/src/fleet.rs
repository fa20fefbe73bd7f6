//! Which locations a host plays.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use edge_agent::args::label;

/// A location and the region that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub location: String,
    pub region: String,
}

/// Where the names come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One location a line: its name, and its region where it is not the first of `--regions`.
    File(PathBuf),
    /// `prefix` and a number from `first`, dealt to the regions in turn; of each hundred, the first `offline` are left out.
    Count { prefix: String, first: u32, count: u32, offline: u32 },
}

/// Whether a numbered location has an agent, where `offline` of each hundred have none.
pub fn is_live(number: u32, offline: u32) -> bool {
    number % 100 >= offline
}

/// Whether one subscription serves all agents of a region. Each has its own, as in the field, unless there are no more
/// connections than regions: more connections would each be sent everything.
pub fn shares_subscriptions(connections: u32, regions: &[String]) -> bool {
    connections as usize <= regions.len()
}

impl Source {
    /// All locations, in order.
    pub fn members(&self, regions: &[String]) -> anyhow::Result<Vec<Member>> {
        let first = regions.first().context("at least one region is needed")?;
        match self {
            Self::File(path) => read(path, first),
            Self::Count { prefix, first, count, offline } => {
                let member = |number: u32| Member {
                    location: format!("{prefix}{number}"),
                    region: regions[number as usize % regions.len()].clone(),
                };
                let live = |number: &u32| is_live(*number, *offline);
                Ok((*first..first + count).filter(live).map(member).collect())
            }
        }
    }
}

fn read(path: &Path, region: &str) -> anyhow::Result<Vec<Member>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let member = |(number, line): (usize, &str)| {
        parse(line, region).with_context(|| format!("{}, line {}", path.display(), number + 1))
    };
    lines.map(member).collect()
}

fn parse(line: &str, region: &str) -> anyhow::Result<Member> {
    let mut words = line.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let name = |word: &str| label(word).map_err(|reason| anyhow::anyhow!("{word:?}: {reason}"));
    let location = name(words.next().unwrap_or_default())?;
    let region = name(words.next().unwrap_or(region))?;
    if let Some(word) = words.next() {
        bail!("{word:?} is one word too many; expected a location and perhaps its region");
    }
    Ok(Member { location, region })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_locations_are_dealt_to_the_regions_in_turn() {
        let source = Source::Count { prefix: "store-".into(), first: 0, count: 3, offline: 0 };
        let members = source.members(&["eu".into(), "us".into()]).unwrap();
        let pairs: Vec<_> =
            members.iter().map(|member| (member.location.as_str(), member.region.as_str())).collect();
        assert_eq!(pairs, [("store-0", "eu"), ("store-1", "us"), ("store-2", "eu")]);
    }

    #[test]
    fn a_file_names_locations_and_perhaps_regions() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a\n\nb us\nc,eu\n").unwrap();
        let members = Source::File(file.path().into()).members(&["asia".into()]).unwrap();
        let regions: Vec<_> = members.iter().map(|member| member.region.as_str()).collect();
        assert_eq!(regions, ["asia", "us", "eu"]);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "a\nStore_1\n").unwrap();
        let error = Source::File(file.path().into()).members(&["eu".into()]).unwrap_err();
        assert!(format!("{error:#}").contains("line 2"), "{error:#}");
    }
}
