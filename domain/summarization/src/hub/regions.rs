//! The tree of regions as the hub needs it: which of its children tells about a region.

use std::collections::BTreeMap;

/// Regions with the region above, empty for the hub.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    parents: BTreeMap<String, String>,
}

impl Regions {
    /// Whether anything changed.
    pub fn set(&mut self, region: &str, parent: Option<&str>) -> bool {
        match parent {
            Some(parent) => {
                self.parents.insert(region.to_owned(), parent.to_owned()).as_deref() != Some(parent)
            }
            None => self.parents.remove(region).is_some(),
        }
    }

    /// The child of the hub that `region` is below of, or is. A region that is not declared, or whose way up is a
    /// circle, stands for itself.
    pub fn top<'a>(&'a self, region: &'a str) -> &'a str {
        let mut top = region;
        for _ in 0..=self.parents.len() {
            match self.parents.get(top) {
                Some(parent) if !parent.is_empty() => top = parent,
                _ => return top,
            }
        }
        region
    }

    /// `region`, and all that its counts pass on their way to the hub.
    pub fn way_up<'a>(&'a self, region: &'a str) -> impl Iterator<Item = &'a str> {
        let above = |region: &&'a str| self.parents.get(*region).map(String::as_str);
        let way = std::iter::successors(Some(region), above).take_while(|region| !region.is_empty());
        // A circle ends it.
        way.take(self.parents.len() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_ends_below_the_hub() {
        let mut regions = Regions::default();
        regions.set("eu", Some(""));
        regions.set("eu-west", Some("eu"));
        regions.set("paris", Some("eu-west"));
        assert_eq!(
            [regions.top("paris"), regions.top("eu"), regions.top("unknown")],
            ["eu", "eu", "unknown"]
        );
        assert_eq!(regions.way_up("paris").collect::<Vec<_>>(), ["paris", "eu-west", "eu"]);
    }

    #[test]
    fn a_circle_is_no_way_up() {
        let mut regions = Regions::default();
        regions.set("a", Some("b"));
        regions.set("b", Some("a"));
        assert_eq!(regions.top("a"), "a");
    }
}
