//! One event, of either age: counts and times moved from one place to another with the API `events.k8s.io`, and clusters
//! have both.

use kube::api::DynamicObject;
use model::ObjectKey;
use serde_json::Value;
use wire::bus::ClusterEvent;

/// An event, and whom it is about.
#[derive(Debug)]
pub struct Noted {
    pub uid: String,
    kind: String,
    object: String,
    pub event: ClusterEvent,
}

impl Noted {
    /// Kind and name of whom it is about.
    pub fn name(&self) -> (&str, &str) {
        (&self.kind, &self.object)
    }
}

pub fn read(object: DynamicObject) -> Noted {
    let event = &object.data;
    let about = |field: &str| text(event, &["involvedObject", field]).to_owned();
    let version = about("apiVersion");
    let key = ObjectKey {
        group: version.split_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default(),
        kind: about("kind"),
        namespace: about("namespace"),
        name: about("name"),
    };
    Noted { uid: about("uid"), kind: key.kind.clone(), object: key.name.clone(), event: told(event, &key) }
}

fn told(event: &Value, key: &ObjectKey) -> ClusterEvent {
    let time = |fields: &[&[&str]]| {
        fields.iter().find_map(|path| model::time::from_rfc3339(text(event, path))).unwrap_or_default()
    };
    let count = event["series"]["count"].as_u64().or_else(|| event["count"].as_u64()).unwrap_or(1);
    let sources = [text(event, &["source", "component"]), text(event, &["reportingComponent"])];
    ClusterEvent {
        r#type: text(event, &["type"]).to_owned(),
        object: key.to_string(),
        reason: text(event, &["reason"]).to_owned(),
        message: text(event, &["message"]).trim().to_owned(),
        source: sources.into_iter().find(|source| !source.is_empty()).unwrap_or_default().to_owned(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        first_time_ms: time(&[&["firstTimestamp"], &["eventTime"]]),
        last_time_ms: time(&[
            &["series", "lastObservedTime"],
            &["lastTimestamp"],
            &["eventTime"],
            &["firstTimestamp"],
        ]),
    }
}

fn text<'a>(event: &'a Value, path: &[&str]) -> &'a str {
    path.iter().try_fold(event, |value, field| value.get(field)).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(fields: Value) -> ClusterEvent {
        let mut object: DynamicObject = serde_json::from_value(json!({"metadata": {"name": "e"}})).unwrap();
        object.data = fields;
        read(object).event
    }

    #[test]
    fn times_and_counts_are_found_where_either_api_puts_them() {
        let old = event(
            json!({"count": 4, "firstTimestamp": "2026-01-01T00:00:01Z", "lastTimestamp": "2026-01-01T00:00:05Z",
            "eventTime": null, "source": {"component": "kubelet"}}),
        );
        let new = event(json!({"eventTime": "2026-01-01T00:00:01.000000Z", "reportingComponent": "kubelet",
            "lastTimestamp": null, "series": {"count": 4, "lastObservedTime": "2026-01-01T00:00:05.000000Z"}}));
        assert_eq!(old, new);
        assert_eq!((old.count, old.last_time_ms - old.first_time_ms), (4, 4000));
    }

    #[test]
    fn it_is_about_an_object_as_statuses_name_it() {
        let about =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "cart"});
        assert_eq!(event(json!({"involvedObject": about})).object, "Deployment.apps shop/cart");
    }
}
