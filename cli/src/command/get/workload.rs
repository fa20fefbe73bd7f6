//! Workload objects, as they are kept at the hub.

use model::{Resource, Spec};

use crate::{args::Global, moment, table::Table};

pub fn table(global: &Global, found: &[Resource]) -> Table {
    let mut header = vec!["KIND", "NAMESPACE", "NAME", "AGE"];
    if global.is_wide() {
        header.extend(["GROUP", "VERSION", "BYTES"]);
    }
    let mut table = Table::new(header);
    for resource in found {
        let Spec::Workload(object) = &resource.spec else { continue };
        let age = moment::age(resource.metadata.create_time, moment::now_ms());
        let mut row =
            vec![object.key.kind.clone(), object.key.namespace.clone(), object.key.name.clone(), age];
        if global.is_wide() {
            row.extend([
                object.key.group.clone(),
                object.version.clone(),
                object.to_bytes().len().to_string(),
            ]);
        }
        table.row(row);
    }
    table
}
