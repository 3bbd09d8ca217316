//! Nodes ask real arbiters over the loopback: a witness, and etcd where that program is installed.

mod etcd;
mod node;
mod witness;

use node::{Node, claim, keep};
use replication::arbiter::{Answer, ArbiterOptions, LEASE, Question};
use replication::failover::Epoch;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// Two nodes claim the same reign at the same time, again and again; exactly one is granted it, and the
/// other is told who. Returns how often each has won.
fn race(options: &ArbiterOptions, rounds: u64) -> [u64; 2] {
    let key = node::key();
    let nodes = [1, 2].map(|number| Node::start(options, &key, number));
    assert_eq!(nodes[0].ask(keep(1)), Answer::Granted(Epoch(1)));
    let start = Barrier::new(2);
    let claims = |node: &Node| {
        let claims = (2..2 + rounds).map(|epoch| {
            start.wait();
            node.ask(claim(epoch))
        });
        claims.collect::<Vec<Answer>>()
    };
    let claims = &claims;
    let answers = std::thread::scope(|scope| {
        let threads = (nodes.each_ref()).map(|node| scope.spawn(move || claims(node)));
        threads.map(|thread| thread.join().unwrap())
    });
    let mut won = [0, 0];
    for (round, pair) in answers[0].iter().zip(&answers[1]).enumerate() {
        let epoch = Epoch(2 + round as u64);
        let refusal = |number: usize| nodes[number - 1].reigns(epoch.0);
        match pair {
            (Answer::Granted(granted), refused) if *granted == epoch => {
                assert_eq!(*refused, refusal(1));
                won[0] += 1;
            }
            (refused, Answer::Granted(granted)) if *granted == epoch => {
                assert_eq!(*refused, refusal(2));
                won[1] += 1;
            }
            neither => panic!("epoch {epoch}: {neither:?}"),
        }
    }
    won
}

/// A node without state gets a reign when nothing was kept for twice the lease, and not before.
fn waits_for_the_lease(options: &ArbiterOptions) {
    let key = node::key();
    let [first, second] = [1, 2].map(|number| Node::start(options, &key, number));
    assert_eq!(first.ask(keep(5)), Answer::Granted(Epoch(5)));
    std::thread::sleep(LEASE);
    let kept = now();
    assert_eq!(first.ask(keep(5)), Answer::Granted(Epoch(5)));
    let granted = loop {
        match second.ask(Question::ClaimFresh) {
            Answer::Granted(epoch) => break epoch,
            refused => assert_eq!(refused, first.reigns(5)),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let waited = kept.elapsed();
    println!("a fresh claim was granted {waited:?} after the last keep");
    assert_eq!(granted, Epoch(6));
    assert!(waited >= 2 * LEASE, "granted after {waited:?}");
    assert_eq!(first.ask(keep(5)), second.reigns_afresh(6));
    assert_eq!(second.ask(keep(6)), Answer::Granted(Epoch(6)));
}

#[expect(clippy::disallowed_methods, reason = "measures an arbiter")]
fn now() -> Instant {
    Instant::now()
}
