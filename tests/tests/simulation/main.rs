//! The real views of all services and the real decisions of the edge over simulated tables and a bad network.
//!
//! Each seed is one history: users change things while processes die, streams are lost, messages come twice, late, out
//! of order or not at all. The invariants are asserted on every step; at the end all must be as declared. About half of the
//! placements go out in waves; each batch of decisions about them has to keep to the rules by what its process knew.
//!
//! A failure prints its seed; `TRIBUTARY_SEED=<seed> cargo test --release -p tests --test simulation` replays it.
//! `TRIBUTARY_SEEDS=<count>` sets how many histories are tried.

#![expect(clippy::panic, reason = "a test fails by panicking")]

mod agent;
mod check;
mod declared;
mod replica;
mod rollouts;
mod services;
mod tables;
mod waves;
mod world;

use check::Watch;
use world::World;

/// Histories in an ordinary run.
const SEEDS: u64 = 1000;

#[test]
fn whatever_fails_everything_becomes_as_declared_and_nothing_is_taken_away_by_mistake() {
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

/// Changes under faults, then quiet; faults alone, which may change nothing at the edge; changes while nobody summarizes
/// one of the regions; and again from the beginning.
fn history(seed: u64) {
    let mut world = World::new(seed, services::ALL);
    let mut watch = Watch::default();
    for _ in 0..3 {
        run(&mut world, &mut watch, 150, true);
        world.settle_with_people();
        check::settled(&world);
        watch.freeze(&world);
        run(&mut world, &mut watch, 100, false);
        world.settle();
        watch.step(&world);
        check::settled(&world);
        watch.thaw();
        world.abandon_a_region();
        run(&mut world, &mut watch, 60, true);
        world.outlast_leases();
        watch.step(&world);
        check::abandoned(&world);
        world.abandoned = None;
    }
}

fn run(world: &mut World, watch: &mut Watch, steps: usize, users: bool) {
    for _ in 0..steps {
        world.step(users);
        watch.step(world);
    }
}
