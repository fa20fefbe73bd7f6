use model::{Decision, DecisionGroup, Rollout, RolloutStep};
use proptest::{collection, option, prelude::*};
use wire::{Complete, Epoch, Lease, Member, StreamBirth};

use super::{digest, name, numbers, problem};

fn group() -> impl Strategy<Value = DecisionGroup> {
    let names = |most| collection::btree_set(name(), 0..most);
    (digest(), any::<u64>(), any::<u32>(), names(2), option::of(digest()), names(6)).prop_map(
        |(release, rollout, wave, arriving_from, former, locations)| DecisionGroup {
            release,
            rollout,
            wave,
            arriving_from: arriving_from.into_iter().collect(),
            former,
            locations: locations.into_iter().collect(),
        },
    )
}

pub fn decision() -> impl Strategy<Value = Decision> {
    (name(), any::<u64>(), 0u32..=24, collection::vec(group(), 0..3)).prop_map(
        |(placement_uid, placement_create_time, bucket_bits, groups)| Decision {
            placement_uid,
            placement_create_time,
            bucket_bits,
            groups,
        },
    )
}

fn step() -> impl Strategy<Value = RolloutStep> {
    (any::<u64>(), digest(), any::<u64>(), ".{0,6}").prop_map(|(number, release, time, reason)| RolloutStep {
        number,
        release,
        time,
        reason,
    })
}

pub fn rollout() -> impl Strategy<Value = Rollout> {
    let state = (name(), any::<u64>(), any::<u64>(), digest(), any::<u32>(), any::<u64>(), any::<bool>());
    let progress = option::of(super::rollouts::progress());
    (state, collection::vec(problem(), 0..3), collection::vec(step(), 0..3), progress).prop_map(
        |(
            (placement_uid, generation, number, release, object_count, location_count, withdrawn),
            problems,
            history,
            progress,
        )| {
            Rollout {
                placement_uid,
                generation,
                number,
                release,
                object_count,
                location_count,
                problems,
                history,
                withdrawn,
                progress,
            }
        },
    )
}

pub fn lease() -> impl Strategy<Value = Lease> {
    (option::of(name()), any::<u32>(), any::<u64>()).prop_map(|(holder, duration_ms, renewal)| Lease {
        holder: holder.unwrap_or_default(),
        duration_ms,
        renewal,
    })
}

pub fn member() -> impl Strategy<Value = Member> {
    (lease(), collection::btree_set(name(), 0..4)).prop_map(|(lease, units)| {
        let Lease { holder, duration_ms, renewal } = lease;
        Member { holder, duration_ms, renewal, units }
    })
}

pub fn complete() -> impl Strategy<Value = Complete> {
    (any::<u64>(), numbers(), any::<u32>()).prop_map(|(epoch, watermark, layout)| Complete {
        epoch,
        watermark,
        layout,
    })
}

pub fn epoch() -> impl Strategy<Value = Epoch> {
    let birth = (any::<u64>(), any::<u64>())
        .prop_map(|(epoch, create_time_ns)| StreamBirth { epoch, create_time_ns });
    (any::<u64>(), collection::btree_map(name(), birth, 0..3))
        .prop_map(|(epoch, streams)| Epoch { epoch, streams })
}
