//! Services: addresses, node ports and IP families as one cluster has assigned them.

use serde_json::{Map, Value, json};

use super::map_mut;

/// Node ports are a cluster's own business unless this says `"true"`.
const KEEP_NODE_PORTS: &str = "tributary.dev/keep-node-ports";

pub fn clean(object: &mut Map<String, Value>) {
    let keeps_ports = keeps_node_ports(object);
    let Some(spec) = map_mut(object, "spec") else { return };
    clean_families(spec);
    clean_addresses(spec);
    if !keeps_ports {
        clean_node_ports(spec);
    }
}

fn keeps_node_ports(object: &Map<String, Value>) -> bool {
    let annotations = object.get("metadata").and_then(|metadata| metadata.get("annotations"));
    annotations.and_then(|all| all.get(KEEP_NODE_PORTS)).and_then(Value::as_str) == Some("true")
}

/// An assigned address tells that the families were filled in too; `SingleStack` is what they are filled in with. Who asks
/// for a headless service writes `clusterIP: None` alone; the list beside it is the cluster's.
fn clean_families(spec: &mut Map<String, Value>) {
    let address = spec.get("clusterIP").and_then(Value::as_str).unwrap_or_default();
    let is_assigned = spec.contains_key("clusterIPs") || !["", "None"].contains(&address);
    let policy = spec.get("ipFamilyPolicy").and_then(Value::as_str);
    if is_assigned && policy.is_none_or(|policy| policy == "SingleStack") {
        spec.remove("ipFamilyPolicy");
        spec.remove("ipFamilies");
    }
}

/// `None` is no address but asks for a headless service.
fn clean_addresses(spec: &mut Map<String, Value>) {
    if spec.get("clusterIP") != Some(&json!("None")) {
        spec.remove("clusterIP");
    }
    if spec.get("clusterIPs") != Some(&json!(["None"])) {
        spec.remove("clusterIPs");
    }
}

fn clean_node_ports(spec: &mut Map<String, Value>) {
    spec.remove("healthCheckNodePort");
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        port.remove("nodePort");
    }
}
