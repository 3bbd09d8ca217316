use super::*;
use base::Rng;

const BOUND: usize = 1000;

fn text(reassembly: &mut Reassembly) -> Bytes {
    let end = reassembly.received();
    reassembly.take(end).unwrap()
}

#[test]
fn octets_come_out_in_order_whatever_comes_early_twice_or_overlapping() {
    let mut r = Reassembly::new(Sequence(u32::MAX - 3), 0);
    r.store(6, b"ghi", BOUND).unwrap();
    r.store(2, b"cd", BOUND).unwrap();
    r.store(3, b"defg", BOUND).unwrap();
    assert_eq!(r.early.len(), 1, "runs that touch are one");
    assert_eq!(r.received(), 0);
    r.store(0, b"abc", BOUND).unwrap();
    r.store(-3, b"...ab", BOUND).unwrap();
    assert_eq!(text(&mut r), "abcdefghi");
    assert_eq!(r.next(), Sequence(5));
    assert_eq!(r.offset_of(Sequence(5)), 9);
    assert_eq!(r.offset_of(Sequence(u32::MAX)), 3);
    assert_eq!(
        (r.held(), r.ready.capacity(), r.early.capacity()),
        (0, 0, 0)
    );
}

#[test]
fn the_first_gap_always_has_room() {
    let mut r = Reassembly::new(Sequence(0), 0);
    r.store(500, &[1; 500], BOUND).unwrap();
    assert_eq!(r.store(1, &[1; 1000], BOUND), Err(Refusal::Full));
    assert_eq!(r.store(1000, &[1], BOUND), Err(Refusal::Full));
    r.store(0, &[1; 500], BOUND).unwrap();
    assert_eq!(r.store(1000, &[1], BOUND), Err(Refusal::Full));
    r.take(1).unwrap();
    r.store(1000, &[1], BOUND).unwrap();
    assert_eq!(r.received(), 1001);
}

#[test]
fn gaps_are_bounded_but_can_be_filled() {
    let mut r = Reassembly::new(Sequence(0), 0);
    for run in 0..RUNS_MAX as i64 {
        r.store(2 + run * 2, b"x", BOUND).unwrap();
    }
    assert_eq!(r.store(200, b"x", BOUND), Err(Refusal::Gaps));
    r.store(3, b"y", BOUND).unwrap();
    r.store(200, b"x", BOUND).unwrap();
    r.store(0, b"ab", BOUND).unwrap();
    assert_eq!(r.received(), 5);
}

#[test]
fn a_fin_counts_after_all_data_before_it() {
    let mut r = Reassembly::new(Sequence(10), 0);
    r.finish(3, BOUND).unwrap();
    assert!(!r.finished());
    assert_eq!(r.next(), Sequence(10));
    assert_eq!(r.store(2, b"cd", BOUND), Err(Refusal::AfterFin));
    r.store(0, b"abc", BOUND).unwrap();
    assert!(r.finished());
    assert_eq!(r.next(), Sequence(14), "the FIN has a number of its own");
    r.finish(7, BOUND).unwrap();
    assert_eq!(r.next(), Sequence(14), "the first FIN counts");
}

#[test]
fn octets_taken_are_taken_once_and_lacking_ones_never() {
    let mut r = Reassembly::new(Sequence(0), 0);
    r.store(0, b"abcdef", BOUND).unwrap();
    assert_eq!(r.take(4).unwrap(), "abcd");
    assert_eq!(r.take(3).unwrap(), "");
    assert_eq!(r.take(7), None);
    assert_eq!(r.take(6).unwrap(), "ef");
}

#[test]
fn a_beginning_guessed_wrong_is_corrected() {
    let mut r = Reassembly::new(Sequence(105), 0);
    r.store(0, b"fgh", BOUND).unwrap();
    r.store(5, b"klm", BOUND).unwrap();
    r.finish(8, BOUND).unwrap();
    r.rebase(Sequence(100));
    assert_eq!(r.received(), 0);
    r.insert(0, b"abcde");
    assert_eq!(r.received(), 8);
    r.store(8, b"ij", BOUND).unwrap();
    assert!(r.finished());
    assert_eq!(text(&mut r), "abcdefghijklm");
}

/// Against a plain model: the stream itself, and which of its octets were let in.
#[test]
fn random_segments_make_the_stream() {
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let size = 1 + rng.below(5000) as usize;
        let stream: Vec<u8> = (0..size).map(|_| rng.next_u32() as u8).collect();
        let start = Sequence(u32::MAX - rng.below(size as u64) as u32);
        let mut r = Reassembly::new(start, 0);
        let mut let_in = vec![false; size];
        let mut out = Vec::new();
        let mut rounds = 0;
        while out.len() < size {
            rounds += 1;
            assert!(rounds < 100_000, "seed {seed} hangs");
            // Mostly near the gap, as a client sends it again; sometimes anywhere.
            let near = rng.below(3) > 0;
            let from = if near {
                (r.received() as usize).saturating_sub(rng.below(50) as usize)
                    + rng.below(400) as usize
            } else {
                rng.below(size as u64) as usize
            }
            .min(size - 1);
            let end = (from + 1 + rng.below(300) as usize).min(size);
            let offset = r.offset_of(start + from as u64);
            assert_eq!(offset, from as i64);
            match r.store(offset, &stream[from..end], BOUND) {
                Ok(()) => let_in[from..end].fill(true),
                Err(Refusal::Full) => assert!(end > out.len() + BOUND),
                Err(Refusal::Gaps) => assert_eq!(r.early.len(), RUNS_MAX),
                Err(Refusal::AfterFin) => panic!("there is no FIN"),
            }
            let model = let_in.iter().position(|&held| !held).unwrap_or(size);
            assert_eq!(r.received() as usize, model, "seed {seed}");
            let beyond = let_in[model..].iter().filter(|&&held| held).count();
            assert_eq!(r.held(), model - out.len() + beyond, "seed {seed}");
            assert!(r.held() <= BOUND);
            if rng.below(4) == 0 {
                let end = r.taken() + rng.below(r.received() - r.taken() + 1);
                out.extend(r.take(end).unwrap());
            }
        }
        assert_eq!(out, stream, "seed {seed}");
    }
}
