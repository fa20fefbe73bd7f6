//! ClusterRoles that are put together from others: the rules that a cluster has found for them. Written by us, they would
//! be taken back by its controller, again and again; manifests have an empty list there for those who read them.

use serde_json::{Map, Value};

pub fn clean(object: &mut Map<String, Value>) {
    if object.get("aggregationRule").is_some_and(Value::is_object) {
        object.remove("rules");
    }
}
