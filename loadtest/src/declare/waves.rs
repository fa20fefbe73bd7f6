//! The placement whose releases go out in waves.

use model::{PlacementKey, RolloutSpec, Select, Wave};
use wire::api;

use super::rolled_out;
use crate::args::Run;

pub fn key() -> PlacementKey {
    PlacementKey { space: model::DEFAULT_SPACE.to_owned(), name: "waves".to_owned() }
}

/// The same as the first numbered placement, but for its waves.
pub fn placement(run: &Run) -> Vec<api::Resource> {
    rolled_out(run, &key(), ("fleet", "load"), Some(rollout(run.locations, run.waves)))
}

/// Waves of equal size, without anything that they would wait for; the last one takes what is left.
fn rollout(locations: u32, waves: u32) -> RolloutSpec {
    let size = locations.div_ceil(waves).max(1);
    let wave = |number: u32| Wave {
        name: format!("wave-{number}"),
        select: (number + 1 < waves).then_some(Select::Count(size)),
        ..Wave::default()
    };
    RolloutSpec { waves: (0..waves).map(wave).collect(), ..RolloutSpec::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_of_equal_size_and_take_everybody() {
        let waves = rollout(1000, 4).waves;
        let sizes: Vec<_> = waves.iter().map(|wave| wave.select.clone()).collect();
        assert_eq!(
            sizes,
            [Some(Select::Count(250)), Some(Select::Count(250)), Some(Select::Count(250)), None]
        );
    }
}
