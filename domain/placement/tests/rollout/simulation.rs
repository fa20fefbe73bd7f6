//! Random histories of rollouts: locations that fail, go offline, come back and report late; links that are cut for whole
//! waves; a machine that dies at any step, with a part of its rows stored; users who change everything in between.
//!
//! Each seed is one history. A failure prints its seed; `TRIBUTARY_SEED=<seed> cargo test --release -p placement --test
//! rollout` replays it. `TRIBUTARY_SEEDS=<count>` sets how many histories are tried.

mod check;
mod dice;
mod edge;
mod users;
mod world;

use world::World;

/// Histories in an ordinary run.
const SEEDS: u64 = 1000;

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is told which histories to play")]
fn whatever_happens_a_rollout_keeps_its_bounds_and_ends() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("TRIBUTARY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TRIBUTARY_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        let history = std::panic::catch_unwind(|| history(seed));
        assert!(history.is_ok(), "history {seed} went wrong: TRIBUTARY_SEED={seed} replays it");
    }
}

/// Trouble, then quiet: everything must then come to its end.
fn history(seed: u64) {
    let mut world = World::new(seed);
    for _ in 0..2 {
        for _ in 0..120 {
            world.event();
        }
        world.settle();
    }
}
