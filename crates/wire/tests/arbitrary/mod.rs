//! Any row that the model allows.

#![allow(dead_code, reason = "each test binary uses some of these")]

pub mod decisions;
pub mod declared;
pub mod documents;
pub mod reports;
pub mod rollouts;

use std::collections::BTreeMap;

use model::{Digest, Order, Problem};
use proptest::{collection, prelude::*};

pub fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

pub fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9.-]{0,8}"
}

/// Of a placement: usually a UUID.
pub fn uid() -> impl Strategy<Value = String> {
    prop_oneof![name(), "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"]
}

/// Of a row: usually a W3C trace context.
pub fn trace() -> impl Strategy<Value = String> {
    prop_oneof![".{0,9}", "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"]
}

pub fn map() -> impl Strategy<Value = BTreeMap<String, String>> {
    collection::btree_map(".{0,6}", ".{0,6}", 0..3)
}

pub fn numbers() -> impl Strategy<Value = BTreeMap<String, u64>> {
    collection::btree_map(".{0,6}", any::<u64>(), 0..3)
}

pub fn order() -> impl Strategy<Value = Order> {
    (any::<u64>(), any::<u64>()).prop_map(|(epoch, revision)| Order { epoch, revision })
}

pub fn problem() -> impl Strategy<Value = Problem> {
    (".{0,6}", ".{0,6}", ".{0,6}", ".{0,6}").prop_map(|(location, object, reason, message)| Problem {
        location,
        object,
        reason,
        message,
    })
}
