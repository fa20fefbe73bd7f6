//! The locations of the demo: five stores with an agent each, and as many hosted ones as asked for.

use std::fmt::Write as _;

use crate::folder::Folder;
use crate::tributary::Tributary;

pub const REGIONS: [&str; 2] = ["eu", "us"];

/// A location with an agent of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    pub name: &'static str,
    pub region: &'static str,
}

/// As in `examples/locations.yaml`.
pub const STORES: &[Store] = &[
    Store { name: "store-1", region: "eu" },
    Store { name: "store-2", region: "eu" },
    Store { name: "store-3", region: "eu" },
    Store { name: "store-4", region: "us" },
    Store { name: "store-5", region: "us" },
];

const CITIES: [&str; 8] = ["Ghent", "Porto", "Turku", "Malmo", "Tulsa", "Boise", "Omaha", "Provo"];

/// Regions and stores as the examples have them; the hosted locations as a table.
pub async fn register(folder: &Folder, tributary: &Tributary, hosted: u32) -> anyhow::Result<()> {
    tributary.show(&["apply", "-f", "examples/regions.yaml", "-f", "examples/locations.yaml"], 2).await?;
    if hosted > 0 {
        let file = folder.write("locations.csv", &table(hosted))?;
        tributary.show(&["import", "locations", &folder.shown(&file)], 2).await?;
    }
    Ok(())
}

/// What the hosted locations are called before their number.
pub const PREFIX: &str = "hosted-";

/// The name of a hosted location, as `tributary-loadtest host` makes it; it deals them to the regions in turn.
fn hosted_name(index: u32) -> String {
    format!("{PREFIX}{index}")
}

fn region(index: u32) -> &'static str {
    REGIONS[index as usize % REGIONS.len()]
}

fn table(hosted: u32) -> String {
    let mut table = "name,region,label:tier,property:city,property:replicas\n".to_owned();
    for index in 0..hosted {
        let (name, region, city) = (hosted_name(index), region(index), CITIES[index as usize % CITIES.len()]);
        writeln!(table, "{name},{region},edge,{city},{}", 1 + index % 3).expect("a String takes any text");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stores_are_those_of_the_examples() {
        let text = std::fs::read_to_string("../examples/locations.yaml").unwrap();
        for store in STORES {
            let block = format!(
                "name: {}\n  labels:\n    tier: edge\nspec:\n  region: {}\n",
                store.name, store.region
            );
            assert!(text.contains(&block), "{block}");
        }
    }

    #[test]
    fn each_hosted_location_has_a_line() {
        let table = table(1000);
        assert_eq!(table.lines().count(), 1001);
        assert!(table.contains("\nhosted-999,us,edge,Provo,1\n"), "{table}");
    }
}
