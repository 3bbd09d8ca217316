//! Strangers: running calls notice nothing, and what strangers make the server hold is bounded.

use base::Rng;
use mcu::conference::Server;
use mcu::terminal::core::Terminals;
use mcu_tests::conference::{SERVER, captured_setup as setup, outcomes, terminals, world};
use mcu_tests::sim::{Notebook, World};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// A world with one call that is to last, and a way to see that it did.
fn with_a_call() -> World {
    let mut world = world("", Notebook::default());
    world.add(
        terminals("room --duration 60", world.now(), 3),
        Notebook::default(),
        None,
    );
    world.run_for(2 * SECOND);
    world
}

fn call_stands(world: &World) -> bool {
    let outcome = &outcomes(world, 1)[0];
    outcome.connected_after_ms.is_some() && outcome.release.is_empty()
}

#[test]
fn ten_thousand_silent_connections_are_bounded_and_let_go() {
    let mut world = with_a_call();
    for _ in 0..10_000 {
        world.stranger(SERVER, 1720);
    }
    let held = |world: &World| world.machine(SERVER).core::<Server>().connections();
    assert!(held(&world) <= 2000 + 3, "{}", held(&world));
    let late = world.add(terminals("room", world.now(), 4), Notebook::default(), None);
    world.run_for(5 * SECOND);
    assert!(
        outcomes(&world, late)[0].connected_after_ms.is_some(),
        "others still get in"
    );
    world.run_for(10 * SECOND);
    assert!(held(&world) < 10, "{}", held(&world));
    assert!(call_stands(&world));
}

#[test]
fn half_a_packet_and_noise_end_their_own_connection_alone() {
    let mut world = with_a_call();
    let mut rng = Rng::new(5);
    for n in 0..200 {
        let conn = world.stranger(SERVER, 1720);
        let noise: Vec<u8> = (0..65_536).map(|_| rng.next_u32() as u8).collect();
        match n % 3 {
            0 => world.stranger_sends(SERVER, conn, &setup()[..80]),
            1 => world.stranger_sends(SERVER, conn, &noise),
            _ => {
                world.stranger_sends(SERVER, conn, &[3, 0, 0xff, 0xff]);
                world.stranger_sends(SERVER, conn, &noise[..60_000]);
            }
        }
    }
    world.run_for(15 * SECOND);
    assert_eq!(world.machine(SERVER).core::<Server>().calls(), 1);
    assert!(call_stands(&world));
}

#[test]
fn a_setup_every_millisecond_is_held_to_the_rate_of_one_address() {
    let mut world = with_a_call();
    for _ in 0..3000 {
        let conn = world.stranger(SERVER, 1720);
        world.stranger_sends(SERVER, conn, &setup());
        world.run_for(Duration::from_millis(1));
    }
    // The burst and three seconds at the rate, of the default limits, and the one that was there.
    let calls = world.machine(SERVER).core::<Server>().calls();
    assert!((100..=100 + 3 * 20 + 2).contains(&calls), "{calls}");
    let late = world.add(terminals("room", world.now(), 4), Notebook::default(), None);
    world.run_for(2 * SECOND);
    assert!(
        outcomes(&world, late)[0].connected_after_ms.is_some(),
        "another address is not held to it"
    );
    assert!(call_stands(&world));
}

#[test]
fn a_setup_cut_anywhere_and_changed_anywhere_harms_nobody() {
    let mut world = with_a_call();
    let (setup, mut rng) = (setup(), Rng::new(9));
    for n in 0..setup.len() {
        let conn = world.stranger(SERVER, 1720);
        let mut changed = setup.clone();
        changed[n] ^= 1 << rng.below(8);
        world.stranger_sends(SERVER, conn, &changed[..setup.len() - n % 3]);
        world.run_for(Duration::from_millis(200));
    }
    assert!(call_stands(&world));
    assert!(!world.finished(1));
    let _: &Terminals = world.machine(1).core();
}
