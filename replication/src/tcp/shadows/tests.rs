use super::super::Scales;
use super::super::segment::Timestamps;
use super::super::sequence::Sequence;
use super::*;
use base::Rng;

const LIMITS: Limits = Limits {
    connections: 100,
    handshakes: 10,
    buffered_octets: 70_000,
};
const CLIENT: u32 = u32::MAX - 4;
const SERVICE: u32 = u32::MAX - 1;
const CONN: ConnId = ConnId(7);
const OFFER: Offer = Offer {
    mss: 1400,
    scale: 6,
};

fn at(millis: u64) -> Instant {
    Instant::from_millis(1_000_000 + millis)
}

fn ends(port: u16) -> Ends {
    Ends {
        local: "198.18.0.100:1720".parse().unwrap(),
        peer: SocketAddr::new("10.0.0.2".parse().unwrap(), port),
    }
}

/// A pure ACK of all data up to these stream offsets.
fn ack(received: u64, acknowledged: u64) -> Segment<'static> {
    Segment {
        ends: ends(40_000),
        sequence: Sequence(CLIENT) + 1 + received,
        acknowledgement: Some(Sequence(SERVICE) + 1 + acknowledged),
        syn: false,
        fin: false,
        rst: false,
        window: 500,
        mss: None,
        scale: None,
        sack_permitted: false,
        timestamps: None,
        payload: &[],
    }
}

fn data(offset: u64, payload: &[u8]) -> Segment<'_> {
    Segment {
        payload,
        ..ack(offset, 0)
    }
}

fn syn() -> Segment<'static> {
    Segment {
        sequence: Sequence(CLIENT),
        acknowledgement: None,
        syn: true,
        window: 64_000,
        mss: Some(1460),
        scale: Some(7),
        sack_permitted: true,
        timestamps: Some(Timestamps { value: 1, echo: 0 }),
        ..ack(0, 0)
    }
}

fn syn_ack() -> Segment<'static> {
    Segment {
        acknowledgement: Some(Sequence(SERVICE) + 1),
        timestamps: Some(Timestamps {
            value: 1,
            echo: 5000,
        }),
        ..syn()
    }
}

fn negotiated() -> Negotiated {
    Negotiated {
        mss: 1448,
        scales: Some(Scales {
            send: 7,
            receive: 9,
        }),
        sack: true,
        timestamp: Some(10_000),
        send_start: SERVICE.wrapping_add(1),
        receive_start: CLIENT.wrapping_add(1),
    }
}

fn announced() -> Shadows {
    let mut shadows = Shadows::new(LIMITS);
    assert_eq!(shadows.segment(at(0), &syn()), Verdict::Forward);
    assert_eq!(shadows.segment(at(0), &ack(0, 0)), Verdict::Forward);
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(shadows.newly_covered(), Some(CONN));
    shadows
}

fn forward(shadows: &mut Shadows, segment: &Segment<'_>) {
    assert_eq!(shadows.segment(at(0), segment), Verdict::Forward);
}

fn hold(shadows: &mut Shadows, segment: &Segment<'_>, why: Hold) {
    assert_eq!(shadows.segment(at(0), segment), Verdict::Hold(why));
}

fn restored(shadows: &Shadows) -> Restoration {
    shadows.restoration(CONN, at(0)).unwrap()
}

#[test]
fn after_a_takeover_only_handshakes_of_the_other_node_are_left() {
    let from = |port, segment: Segment<'static>| Segment {
        ends: ends(port),
        ..segment
    };
    let mut shadows = announced();
    // One whose handshake is half done and one that has not been answered.
    forward(&mut shadows, &from(1, syn()));
    forward(&mut shadows, &from(2, syn()));
    shadows.take_over();
    assert_eq!(shadows.conns().count(), 0, "the kernel has them");
    forward(&mut shadows, &data(0, b"for the kernel"));
    forward(&mut shadows, &from(1, ack(0, 0)));
    forward(&mut shadows, &from(2, syn()));
    forward(&mut shadows, &from(2, ack(0, 0)));
    forward(&mut shadows, &from(3, syn()));
    forward(&mut shadows, &from(3, ack(0, 0)));
    let left = shadows.unannounced(at(0), OFFER);
    let left: Vec<Ends> = left.into_iter().map(|(ends, _)| ends).collect();
    assert_eq!(left, [ends(1)]);
}

#[test]
fn the_log_takes_what_the_tap_has_seen() {
    let mut shadows = announced();
    forward(&mut shadows, &data(5, b"world"));
    assert_eq!(shadows.take(CONN, 5), Err(Missing { have: 0 }));
    forward(&mut shadows, &data(0, b"hello"));
    assert_eq!(shadows.take(CONN, 7).unwrap(), "hellowo");
    forward(&mut shadows, &data(0, b"helloworld!"));
    assert_eq!(shadows.take_rest(CONN), "rld!");
    assert_eq!(restored(&shadows).receive_next, (Sequence(CLIENT) + 12).0);
    assert_eq!(
        shadows.take(ConnId(9), 0),
        Err(Missing { have: 0 }),
        "nobody has that name"
    );
}

#[test]
fn a_segment_beyond_the_bound_is_not_passed_on_and_gets_in_later() {
    let mut shadows = announced();
    let most = vec![1; 60_000];
    forward(&mut shadows, &data(0, &most));
    hold(&mut shadows, &data(60_000, &most), Hold::Full);
    forward(&mut shadows, &ack(60_000, 0));
    shadows.take(CONN, 50_000).unwrap();
    forward(&mut shadows, &data(60_000, &most));
    assert_eq!(shadows.take_rest(CONN).len(), 70_000);
}

#[test]
fn keep_alives_and_window_probes_change_nothing() {
    let mut shadows = announced();
    forward(&mut shadows, &data(0, b"hello"));
    forward(&mut shadows, &ack(5, 0));
    let before = restored(&shadows);
    forward(&mut shadows, &ack(4, 0));
    forward(&mut shadows, &data(4, b"?"));
    assert_eq!(shadows.take_rest(CONN), "hello");
    assert_eq!(restored(&shadows), before);
    forward(
        &mut shadows,
        &Segment {
            sequence: Sequence(CLIENT),
            ..data(0, b"?")
        },
    );
    assert_eq!(shadows.take_rest(CONN), "");
}

#[test]
fn a_syn_sent_again_is_no_new_connection() {
    let mut shadows = announced();
    forward(&mut shadows, &data(0, b"hello"));
    forward(&mut shadows, &syn());
    assert_eq!(shadows.take_rest(CONN), "hello");
}

#[test]
fn a_syn_with_another_number_is_the_kernels_to_challenge_while_the_connection_lives() {
    let mut shadows = announced();
    let other = Segment {
        sequence: Sequence(12_345),
        ..syn()
    };
    forward(&mut shadows, &other);
    forward(&mut shadows, &data(0, b"hello"));
    assert_eq!(shadows.take_rest(CONN), "hello");
}

#[test]
fn the_ends_are_used_again_after_a_reset_and_the_log_still_gets_the_old_octets() {
    let mut shadows = announced();
    forward(&mut shadows, &data(0, b"hello"));
    forward(
        &mut shadows,
        &Segment {
            rst: true,
            ..ack(5, 0)
        },
    );
    let again = Segment {
        sequence: Sequence(12_345),
        ..syn()
    };
    forward(&mut shadows, &again);
    let first = Segment {
        sequence: Sequence(12_346),
        ..data(0, b"again")
    };
    forward(&mut shadows, &first);
    let next = ConnId(8);
    shadows.announce(
        at(0),
        next,
        ends(40_000),
        Negotiated {
            receive_start: 12_346,
            ..negotiated()
        },
    );
    assert_eq!(shadows.take(CONN, 5).unwrap(), "hello");
    assert_eq!(shadows.ended(CONN), Some(End::Reset));
    shadows.forget(CONN);
    assert_eq!(shadows.take(next, 5).unwrap(), "again");
    assert_eq!(shadows.conns().collect::<Vec<_>>(), [(next, ends(40_000))]);
}

#[test]
fn a_handshake_that_was_never_announced_gives_way_to_a_new_one() {
    let mut shadows = Shadows::new(LIMITS);
    forward(
        &mut shadows,
        &Segment {
            sequence: Sequence(5),
            ..syn()
        },
    );
    forward(&mut shadows, &syn());
    forward(&mut shadows, &data(0, b"hello"));
    assert_eq!(shadows.nameless_count(), 1);
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(shadows.take(CONN, 5).unwrap(), "hello");
}

#[test]
fn a_reset_counts_only_at_the_exact_number() {
    let mut shadows = announced();
    forward(&mut shadows, &data(0, b"hello"));
    for offset in [4, 6] {
        forward(
            &mut shadows,
            &Segment {
                rst: true,
                ..ack(offset, 0)
            },
        );
        assert!(shadows.restoration(CONN, at(0)).is_some());
    }
    forward(
        &mut shadows,
        &Segment {
            rst: true,
            ..ack(5, 0)
        },
    );
    assert_eq!(shadows.ended(CONN), None, "octets before it remain");
    assert_eq!(shadows.take_rest(CONN), "hello");
    assert_eq!(shadows.ended(CONN), Some(End::Reset));
    assert_eq!(shadows.restoration(CONN, at(0)), None);
}

#[test]
fn a_fin_counts_as_received_once_all_data_before_it_is_here() {
    let mut shadows = announced();
    forward(
        &mut shadows,
        &Segment {
            fin: true,
            ..data(2, b"llo")
        },
    );
    assert_eq!(restored(&shadows).receive_next, (Sequence(CLIENT) + 1).0);
    forward(&mut shadows, &data(0, b"he"));
    assert_eq!(restored(&shadows).receive_next, (Sequence(CLIENT) + 7).0);
    assert_eq!(shadows.ended(CONN), None);
    assert_eq!(shadows.take_rest(CONN), "hello");
    assert_eq!(shadows.ended(CONN), Some(End::PeerFinished));
    hold(&mut shadows, &data(5, b"more"), Hold::AfterFin);
}

#[test]
fn output_is_kept_until_acknowledged_even_if_that_comes_first() {
    let mut shadows = announced();
    // The primary's core was faster than ours.
    forward(&mut shadows, &ack(0, 3));
    assert_eq!(
        restored(&shadows).send_unacknowledged,
        SERVICE.wrapping_add(1)
    );
    shadows.send(CONN, Bytes::from_static(b"abcde"));
    shadows.send(CONN, Bytes::from_static(b"fgh"));
    let r = restored(&shadows);
    assert_eq!(r.pending, ["de", "fgh"]);
    assert_eq!(r.send_unacknowledged, (Sequence(SERVICE) + 4).0);
    forward(&mut shadows, &ack(0, 6));
    forward(&mut shadows, &ack(0, 2));
    assert_eq!(restored(&shadows).pending, ["gh"]);
}

#[test]
fn an_acknowledgement_of_what_cannot_have_been_sent_is_not_believed() {
    let mut shadows = announced();
    let most = (500 << 7) + 1;
    forward(&mut shadows, &ack(0, most + 1));
    hold(
        &mut shadows,
        &Segment {
            payload: b"x",
            ..ack(0, most + 1)
        },
        Hold::Acknowledgement,
    );
    shadows.send(CONN, Bytes::from_static(b"abc"));
    assert_eq!(restored(&shadows).pending, ["abc"]);
    forward(&mut shadows, &ack(0, most));
    assert!(restored(&shadows).pending.is_empty());
}

#[test]
fn the_window_is_that_of_the_newest_segment_and_a_syns_is_not_scaled() {
    let mut shadows = Shadows::new(LIMITS);
    forward(&mut shadows, &syn());
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(restored(&shadows).send_window, 64_000);
    forward(
        &mut shadows,
        &Segment {
            window: 100,
            ..ack(0, 0)
        },
    );
    assert_eq!(restored(&shadows).send_window, 100 << 7);
    forward(
        &mut shadows,
        &Segment {
            window: 200,
            ..data(0, b"hello")
        },
    );
    forward(
        &mut shadows,
        &Segment {
            window: 300,
            ..ack(5, 0)
        },
    );
    forward(
        &mut shadows,
        &Segment {
            window: 200,
            ..data(0, b"hello")
        },
    );
    assert_eq!(restored(&shadows).send_window, 300 << 7);
    assert_eq!(restored(&shadows).window_update, (Sequence(CLIENT) + 6).0);
}

#[test]
fn our_fin_is_sent_again_until_both_directions_are_over() {
    let mut shadows = announced();
    shadows.send(CONN, Bytes::from_static(b"bye"));
    shadows.finish(CONN);
    let r = restored(&shadows);
    assert!(r.finished && r.pending == ["bye"]);
    forward(&mut shadows, &ack(0, 4));
    let r = restored(&shadows);
    assert!(r.finished && r.pending.is_empty());
    assert_eq!(r.send_unacknowledged, (Sequence(SERVICE) + 4).0);
    forward(
        &mut shadows,
        &Segment {
            fin: true,
            ..ack(0, 4)
        },
    );
    assert_eq!(shadows.restoration(CONN, at(0)), None);
}

#[test]
fn a_closed_connection_lingers_for_its_time() {
    let mut shadows = announced();
    shadows.segment(at(5000), &ack(0, 0));
    shadows.finish(CONN);
    let end = at(5000) + CLOSED_LINGER;
    assert_eq!(shadows.next_timeout(), Some(end));
    shadows.expire(end - Duration::from_nanos(1));
    assert_eq!(shadows.conns().count(), 1);
    shadows.expire(end);
    assert_eq!(shadows.conns().count(), 0);
    assert_eq!(shadows.next_timeout(), None);
}

#[test]
fn the_timestamp_is_never_behind_what_the_client_has_seen() {
    let mut shadows = announced();
    let stamped = |echo| Segment {
        timestamps: Some(Timestamps { value: 9, echo }),
        ..ack(0, 0)
    };
    let timestamp = |shadows: &Shadows, millis| {
        let restoration = shadows.restoration(CONN, at(millis)).unwrap();
        restoration.negotiated.timestamp.unwrap()
    };
    assert_eq!(timestamp(&shadows, 0), 10_010);
    // An echo of something sent long ago says nothing new.
    shadows.segment(at(100), &stamped(10_001));
    assert_eq!(timestamp(&shadows, 100), 10_110);
    // The primary's clock is ahead of what we thought.
    shadows.segment(at(200), &stamped(10_301));
    assert_eq!(timestamp(&shadows, 200), 10_312, "even");
    let hour = 3_600_000;
    assert_eq!(timestamp(&shadows, 200 + hour), 10_312 + 3_600_000 + 720);
}

#[test]
fn a_connection_nobody_announced_can_be_accepted_at_a_takeover() {
    let mut shadows = Shadows::new(LIMITS);
    forward(&mut shadows, &syn());
    assert!(shadows.unannounced(at(0), OFFER).is_empty());
    assert_eq!(shadows.nameless_count(), 1);
    let first = Segment {
        timestamps: Some(Timestamps {
            value: 2,
            echo: 6000,
        }),
        ..data(0, b"setup")
    };
    forward(&mut shadows, &first);
    let guess = Negotiated {
        mss: 1400,
        scales: Some(Scales {
            send: 7,
            receive: 6,
        }),
        sack: true,
        timestamp: Some(6010),
        ..negotiated()
    };
    assert_eq!(shadows.unannounced(at(0), OFFER), [(ends(40_000), guess)]);
    shadows.announce(at(0), CONN, ends(40_000), guess);
    assert!(shadows.unannounced(at(0), OFFER).is_empty());
    assert_eq!(shadows.take_rest(CONN), "setup");
    let r = restored(&shadows);
    assert_eq!((r.send_window, r.negotiated.mss), (500 << 7, 1400));
}

#[test]
fn a_connection_that_we_placed_is_known_by_its_syn_ack() {
    let mut shadows = Shadows::new(LIMITS);
    forward(&mut shadows, &syn_ack());
    let Ends { local, peer } = ends(40_000);
    assert!(shadows.unannounced(at(0), OFFER).is_empty());
    assert_eq!(shadows.placed(at(0), peer.ip(), peer, OFFER), None);
    let (ends, guess) = shadows.placed(at(0), local.ip(), peer, OFFER).unwrap();
    assert_eq!(guess.send_start, SERVICE.wrapping_add(1));
    assert_eq!(guess.receive_start, CLIENT.wrapping_add(1));
    assert_eq!(guess.timestamp, Some(5010));
    shadows.announce(at(0), CONN, ends, guess);
    assert_eq!(shadows.newly_covered(), Some(CONN));
    assert_eq!(shadows.placed(at(0), local.ip(), peer, OFFER), None);
    assert_eq!(restored(&shadows).send_window, 64_000);
}

#[test]
fn a_connection_whose_handshake_was_pushed_out_is_inferred() {
    let mut shadows = Shadows::new(LIMITS);
    forward(&mut shadows, &ack(0, 0));
    assert!(shadows.unannounced(at(0), OFFER).is_empty());
    forward(&mut shadows, &data(0, b"setup"));
    let unannounced = shadows.unannounced(at(0), OFFER);
    assert_eq!(unannounced.len(), 1);
    assert_eq!(
        unannounced[0].1.scales,
        Some(Scales {
            send: 0,
            receive: 6
        })
    );
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(shadows.newly_covered(), Some(CONN));
    assert_eq!(shadows.take_rest(CONN), "setup");
    assert_eq!(restored(&shadows).send_window, 500 << 7);
}

#[test]
fn octets_come_by_the_log_until_the_tap_has_all() {
    let mut shadows = Shadows::new(LIMITS);
    // The tap comes late: "he" went to the primary by another way.
    forward(&mut shadows, &data(2, b"llo"));
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(shadows.newly_covered(), None);
    assert_eq!(shadows.take(CONN, 5), Err(Missing { have: 0 }));
    shadows.insert(CONN, 0, b"he");
    assert_eq!(shadows.take(CONN, 5).unwrap(), "hello");
    assert_eq!(shadows.newly_covered(), None, "more may be on another way");
    forward(&mut shadows, &ack(7, 0));
    assert_eq!(shadows.newly_covered(), None);
    shadows.insert(CONN, 5, b", ");
    assert_eq!(shadows.newly_covered(), Some(CONN));
    assert_eq!(shadows.newly_covered(), None);
}

#[test]
fn a_connection_unknown_to_the_tap_begins_where_the_log_says() {
    let mut shadows = Shadows::new(LIMITS);
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    assert_eq!(shadows.newly_covered(), None);
    forward(&mut shadows, &ack(0, 0));
    assert_eq!(shadows.newly_covered(), Some(CONN));
    forward(&mut shadows, &data(0, b"hello"));
    assert_eq!(shadows.take(CONN, 5).unwrap(), "hello");
}

#[test]
fn a_connection_taken_over_goes_on_where_it_was() {
    let mut old = announced();
    forward(&mut old, &data(0, b"hello"));
    old.take_rest(CONN);
    old.send(CONN, Bytes::from_static(b"welcome"));
    forward(&mut old, &ack(5, 3));
    let restoration = restored(&old);
    // Offsets beyond 2^32 are like any other.
    for wraps in [0, 3 << 32] {
        let mut new = Shadows::new(LIMITS);
        new.adopt(
            at(0),
            CONN,
            &restoration,
            Progress {
                consumed: 5 + wraps,
                written: 7 + wraps,
                peer_finished: false,
            },
        );
        assert_eq!(new.newly_covered(), None);
        let again = restored(&new);
        assert_eq!(again.receive_next, restoration.receive_next);
        assert_eq!(again.send_unacknowledged, restoration.send_unacknowledged);
        assert_eq!(again.pending, ["come"]);
        assert_eq!(again.send_window, restoration.send_window);
        assert_eq!(again.window_update, restoration.window_update);
        forward(&mut new, &ack(5, 7));
        assert_eq!(new.newly_covered(), Some(CONN));
        assert!(restored(&new).pending.is_empty());
        forward(&mut new, &data(5, b" there"));
        assert_eq!(new.take(CONN, 11 + wraps).unwrap(), " there");
    }
}

#[test]
fn a_peer_that_had_finished_before_the_adoption_has_finished() {
    let mut old = announced();
    forward(
        &mut old,
        &Segment {
            fin: true,
            ..data(0, b"hello")
        },
    );
    let restoration = restored(&old);
    let mut new = Shadows::new(LIMITS);
    let progress = Progress {
        consumed: 2,
        written: 0,
        peer_finished: true,
    };
    new.adopt(at(0), CONN, &restoration, progress);
    assert_eq!(new.ended(CONN), None);
    new.insert(CONN, 2, b"llo");
    assert_eq!(new.take_rest(CONN), "llo");
    assert_eq!(new.ended(CONN), Some(End::PeerFinished));
}

#[test]
fn a_flood_of_handshakes_pushes_out_the_oldest_without_data() {
    let mut shadows = Shadows::new(LIMITS);
    let from = |port, segment: Segment<'static>| Segment {
        ends: ends(port),
        ..segment
    };
    forward(&mut shadows, &from(1, syn()));
    forward(&mut shadows, &from(1, data(0, b"setup")));
    for port in 2..1000 {
        forward(&mut shadows, &from(port, syn()));
    }
    assert_eq!(shadows.nameless_count(), LIMITS.handshakes);
    let unannounced = shadows.unannounced(at(0), OFFER);
    assert_eq!(unannounced.len(), 1, "data is not lost");
    assert_eq!(unannounced[0].0, ends(1));
    // With data in all of them a further one has to wait, until a living primary would have spoken.
    for port in 2..=LIMITS.handshakes as u16 {
        forward(&mut shadows, &from(port, syn()));
        forward(&mut shadows, &from(port, data(0, b"setup")));
    }
    hold(&mut shadows, &from(2000, syn()), Hold::Handshakes);
    let late = at(0) + ANNOUNCEMENT_MAX;
    assert_eq!(shadows.segment(late, &from(2000, syn())), Verdict::Forward);
    assert_eq!(shadows.nameless_count(), LIMITS.handshakes);
    shadows.expire(late + UNANNOUNCED_LINGER);
    assert_eq!(shadows.nameless_count(), 0);
    assert_eq!(shadows.next_timeout(), None);
}

#[test]
fn with_all_connections_taken_no_further_one_is_let_in() {
    let mut shadows = Shadows::new(Limits {
        connections: 1,
        ..LIMITS
    });
    shadows.announce(at(0), CONN, ends(1), negotiated());
    hold(&mut shadows, &syn(), Hold::Connections);
    hold(&mut shadows, &data(0, b"x"), Hold::Connections);
    shadows.forget(CONN);
    forward(&mut shadows, &syn());
}

#[test]
fn segments_that_make_no_sense_are_not_passed_on() {
    let mut shadows = announced();
    hold(&mut shadows, &Segment { fin: true, ..syn() }, Hold::Flags);
    hold(
        &mut shadows,
        &Segment {
            payload: b"x",
            ..syn()
        },
        Hold::Flags,
    );
    let nothing = Segment {
        acknowledgement: None,
        ..data(0, b"x")
    };
    hold(&mut shadows, &nothing, Hold::Flags);
    forward(
        &mut shadows,
        &Segment {
            ends: ends(9),
            rst: true,
            ..ack(0, 0)
        },
    );
    assert_eq!(shadows.nameless_count(), 0);
}

/// The client's stream cut, doubled, reordered and overlapping, over the wrap, with data refused by
/// small bounds, takes and inserts between: the log gets the stream, and nothing is passed on that
/// the tap lacks.
#[test]
fn random_segments_give_the_log_the_stream() {
    for seed in 0..100 {
        let mut rng = Rng::new(seed);
        let mut shadows = Shadows::new(Limits {
            buffered_octets: 2000,
            ..LIMITS
        });
        if rng.below(2) == 0 {
            forward(&mut shadows, &syn());
        }
        shadows.announce(at(0), CONN, ends(40_000), negotiated());
        let size = 1 + rng.below(20_000);
        let stream: Vec<u8> = (0..size).map(|_| rng.next_u32() as u8).collect();
        let (mut passed_on, mut refused) = (vec![false; size as usize], 0);
        let (mut out, mut sent) = (Vec::new(), 0);
        while shadows.ended(CONN).is_none() {
            sent += 1;
            assert!(sent < 200_000, "seed {seed} hangs");
            let gap = passed_on.iter().position(|p| !p).unwrap_or(size as usize) as u64;
            let from = (gap.saturating_sub(rng.below(100)) + rng.below(1500)).min(size);
            let end = (from + rng.below(600)).min(size);
            let (first, last) = (from as usize, end as usize);
            if rng.below(20) == 0 && from <= gap {
                // The primary has these by another way and ships them.
                shadows.insert(CONN, from, &stream[first..last]);
                passed_on[first..last].fill(true);
            } else {
                let segment = Segment {
                    fin: end == size,
                    ..data(from, &stream[first..last])
                };
                match shadows.segment(at(0), &segment) {
                    Verdict::Forward => passed_on[first..last].fill(true),
                    Verdict::Hold(Hold::Full | Hold::Gaps) => refused += 1,
                    Verdict::Hold(hold) => panic!("seed {seed}: {hold:?}"),
                }
            }
            // What the primary may have read, the log can always have.
            let gap = passed_on.iter().position(|p| !p).unwrap_or(size as usize) as u64;
            if rng.below(3) == 0 {
                let end = out.len() as u64 + rng.below(gap - out.len() as u64 + 1);
                out.extend(shadows.take(CONN, end).unwrap());
            }
        }
        assert_eq!(out, stream, "seed {seed}");
        assert!(
            size < 5000 || refused > 0,
            "the bound was never met: {seed}"
        );
    }
}

#[test]
fn ten_thousand_idle_connections_take_less_than_a_kib_each() {
    let mut shadows = Shadows::new(Limits {
        connections: 10_000,
        ..LIMITS
    });
    for n in 0..10_000 {
        let conn = ConnId(n);
        let of = |segment: Segment<'static>| Segment {
            ends: ends(n as u16),
            ..segment
        };
        forward(&mut shadows, &of(syn()));
        forward(&mut shadows, &of(ack(0, 0)));
        shadows.announce(at(0), conn, ends(n as u16), negotiated());
        assert_eq!(shadows.newly_covered(), Some(conn));
        forward(&mut shadows, &of(data(0, b"hello")));
        assert_eq!(shadows.take(conn, 5).unwrap(), "hello");
        shadows.send(conn, Bytes::from_static(b"hello"));
        forward(&mut shadows, &of(ack(5, 5)));
    }
    assert_eq!(shadows.conns().count(), 10_000);
    assert_eq!(shadows.held_octets(), 0);
    let allocated: usize = shadows.shadows.values().map(|s| s.allocated()).sum();
    assert_eq!(allocated, 0, "what is idle has nothing allocated");
    // Nodes of a B-tree are half empty at worst.
    let entries =
        size_of::<(Key, Box<Shadow>)>() + size_of::<(Ends, Key)>() + size_of::<(ConnId, Key)>();
    let each = size_of::<Shadow>() + 2 * entries;
    assert!(each < 1024, "{each} octets for a connection");
}

#[test]
fn octets_not_yet_announced_are_not_thrown_away_for_a_syn() {
    let mut shadows = Shadows::new(LIMITS);
    forward(&mut shadows, &syn());
    forward(&mut shadows, &data(0, b"setup"));
    let other = Segment {
        sequence: Sequence(12_345),
        ..syn()
    };
    forward(&mut shadows, &other);
    assert_eq!(shadows.unannounced(at(0), OFFER).len(), 1);
    let late = at(0) + ANNOUNCEMENT_MAX;
    assert_eq!(shadows.segment(late, &other), Verdict::Forward);
    assert!(shadows.unannounced(late, OFFER).is_empty());
    assert_eq!(shadows.nameless_count(), 1);
}

#[test]
fn a_keep_alive_is_no_proof_that_nothing_came_before() {
    let mut shadows = Shadows::new(LIMITS);
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    shadows.insert(CONN, 0, b"hello");
    forward(&mut shadows, &ack(4, 0));
    assert_eq!(shadows.newly_covered(), None);
    forward(&mut shadows, &ack(5, 0));
    assert_eq!(shadows.newly_covered(), Some(CONN));
}

#[test]
fn a_connection_closed_by_both_sides_makes_room_at_once() {
    let mut shadows = announced();
    forward(
        &mut shadows,
        &Segment {
            fin: true,
            ..ack(0, 0)
        },
    );
    shadows.finish(CONN);
    assert_eq!(shadows.conns().count(), 1, "our FIN may be lost");
    forward(&mut shadows, &ack(1, 1));
    assert_eq!(shadows.conns().count(), 0);

    let mut shadows = announced();
    forward(
        &mut shadows,
        &Segment {
            rst: true,
            ..ack(0, 0)
        },
    );
    assert_eq!(shadows.conns().count(), 1, "the log has to speak first");
    shadows.finish(CONN);
    assert_eq!(shadows.conns().count(), 0);
}

#[test]
fn a_peer_that_has_finished_is_covered_by_its_last_acknowledgement() {
    let mut shadows = Shadows::new(LIMITS);
    shadows.announce(at(0), CONN, ends(40_000), negotiated());
    let fin = Segment {
        fin: true,
        ..data(0, b"bye")
    };
    forward(&mut shadows, &fin);
    assert_eq!(shadows.newly_covered(), None);
    forward(&mut shadows, &ack(4, 0));
    assert_eq!(shadows.newly_covered(), Some(CONN));
}

/// Segments that any host may send, and a log that speaks of the same connections: no panic, and no
/// bound is exceeded.
#[test]
fn nonsense_never_panics_nor_exceeds_a_bound() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let mut shadows = Shadows::new(LIMITS);
        let mut next = 0;
        let octets = [5; 3000];
        let near = |rng: &mut Rng, number: u32| match rng.below(4) {
            0 => Sequence(rng.next_u32()),
            1 => Sequence(number) + 1,
            _ => Sequence(number) + rng.below(100_000) - 1000,
        };
        for step in 0..5000 {
            let now = at(step * 20);
            let ends = ends(rng.below(30) as u16);
            let conn = ConnId(rng.below(next + 1));
            match rng.below(20) {
                0 => {
                    let skew = near(&mut rng, 0).0;
                    let negotiated = Negotiated {
                        receive_start: CLIENT.wrapping_add(skew),
                        ..negotiated()
                    };
                    shadows.announce(now, ConnId(next), ends, negotiated);
                    next += 1;
                }
                1 => shadows.insert(conn, rng.below(100_000), &octets),
                2 => drop(shadows.take(conn, rng.below(100_000))),
                3 => drop(shadows.take_rest(conn)),
                4 => shadows.send(conn, Bytes::from_static(&[1; 700])),
                5 => shadows.finish(conn),
                6 => shadows.forget(conn),
                7 => shadows.expire(now),
                8 => {
                    if let Some(restoration) = shadows.restoration(conn, now) {
                        let progress = Progress {
                            consumed: rng.next_u64() >> 20,
                            written: rng.next_u64() >> 20,
                            peer_finished: rng.below(2) == 0,
                        };
                        shadows.adopt(now, conn, &restoration, progress);
                    }
                }
                _ => {
                    let stamps = Timestamps {
                        value: 0,
                        echo: rng.next_u32(),
                    };
                    let segment = Segment {
                        ends,
                        sequence: near(&mut rng, CLIENT),
                        acknowledgement: (rng.below(8) > 0).then(|| near(&mut rng, SERVICE)),
                        syn: rng.below(4) == 0,
                        fin: rng.below(8) == 0,
                        rst: rng.below(12) == 0,
                        window: rng.next_u32() as u16,
                        timestamps: (rng.below(2) == 0).then_some(stamps),
                        payload: &octets[..(rng.below(3) * rng.below(1500)) as usize],
                        ..syn()
                    };
                    shadows.segment(now, &segment);
                }
            }
            assert!(shadows.nameless_count() <= LIMITS.handshakes);
            assert_eq!(
                shadows.shadows.len(),
                shadows.named.len() + shadows.nameless_count()
            );
            assert!(shadows.current.len() <= shadows.shadows.len());
            shadows.unannounced(now, OFFER);
            assert!(shadows.next_timeout().is_none_or(|at| at > Instant::ZERO));
        }
        let end = at(5000 * 20) + CLOSED_LINGER + UNANNOUNCED_LINGER;
        for n in 0..next {
            shadows.finish(ConnId(n));
        }
        shadows.expire(end);
        shadows.segment(end, &ack(0, 0));
        shadows.expire(end + CLOSED_LINGER + UNANNOUNCED_LINGER);
        assert!(shadows.shadows.is_empty() && shadows.current.is_empty());
        assert!(next > 100, "the log has spoken");
    }
}
