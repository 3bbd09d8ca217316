use super::*;
use base::Rng;

/// IPv4, from 10.0.0.2:40000 to 198.18.0.100:1720, with MSS, SACK, timestamps, scale, and data.
fn frame_v4(flags: u8, payload: &[u8]) -> Vec<u8> {
    let options = [
        2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0, 1, 3, 3, 7,
    ];
    let tcp = tcp(flags, &options, payload);
    let mut frame = [&[2; 12][..], &[8, 0]].concat();
    let mut header = vec![0x45, 0];
    header.extend((20 + tcp.len() as u16).to_be_bytes());
    header.extend([0, 0, 0x40, 0, 64, TCP, 0, 0, 10, 0, 0, 2, 198, 18, 0, 100]);
    let check = !fold(sum(&header));
    header[10..12].copy_from_slice(&check.to_be_bytes());
    frame.extend(header);
    frame.extend(tcp);
    seal(&mut frame, 34, 26..34);
    frame
}

/// IPv6 with these extension headers between.
fn frame_v6(next: u8, extensions: &[u8], payload: &[u8]) -> Vec<u8> {
    let tcp = tcp(0x10, &[], payload);
    let mut frame = [&[2; 12][..], &[0x86, 0xdd, 0x60, 0, 0, 0]].concat();
    frame.extend(((extensions.len() + tcp.len()) as u16).to_be_bytes());
    frame.extend([next, 64]);
    frame.extend(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2).octets());
    frame.extend(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 100).octets());
    frame.extend(extensions);
    let at = frame.len();
    frame.extend(tcp);
    seal(&mut frame, at, 22..54);
    frame
}

fn tcp(flags: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut tcp = vec![156, 64, 6, 184];
    tcp.extend(0xffff_fff0_u32.to_be_bytes());
    tcp.extend(77_u32.to_be_bytes());
    tcp.extend([((5 + options.len() / 4) as u8) << 4, flags]);
    tcp.extend(5000_u16.to_be_bytes());
    tcp.extend([0; 4]);
    tcp.extend(options);
    tcp.extend(payload);
    tcp
}

/// Word by word, unlike the code under test.
fn seal(frame: &mut [u8], tcp_at: usize, addresses: std::ops::Range<usize>) {
    let mut total = 6 + (frame.len() - tcp_at) as u32;
    for part in [&frame[addresses], &frame[tcp_at..]] {
        for word in part.chunks(2) {
            total += u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
        }
    }
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    frame[tcp_at + 16..tcp_at + 18].copy_from_slice(&(!(total as u16)).to_be_bytes());
}

#[test]
fn a_syn_is_read_with_its_options() {
    let frame = frame_v4(0x02, &[]);
    let segment = Segment::parse(&frame, Checksum::Verify).unwrap();
    assert_eq!(
        segment,
        Segment {
            ends: Ends {
                local: "198.18.0.100:1720".parse().unwrap(),
                peer: "10.0.0.2:40000".parse().unwrap(),
            },
            sequence: Sequence(0xffff_fff0),
            acknowledgement: None,
            syn: true,
            fin: false,
            rst: false,
            window: 5000,
            mss: Some(1460),
            scale: Some(7),
            sack_permitted: true,
            timestamps: Some(Timestamps {
                value: 256,
                echo: 512
            }),
            payload: &[],
        }
    );
}

#[test]
fn handshake_options_count_only_in_a_syn() {
    let frame = frame_v4(0x11, b"bye");
    let segment = Segment::parse(&frame, Checksum::Verify).unwrap();
    assert_eq!(segment.acknowledgement, Some(Sequence(77)));
    assert!(segment.fin && !segment.syn && !segment.rst);
    assert_eq!((segment.mss, segment.scale), (None, None));
    assert!(segment.timestamps.is_some());
    assert_eq!(segment.payload, b"bye");
}

#[test]
fn padding_of_a_short_frame_is_no_data() {
    let mut frame = frame_v4(0x10, b"x");
    frame.extend([0xee; 9]);
    let segment = Segment::parse(&frame, Checksum::Verify).unwrap();
    assert_eq!(segment.payload, b"x");
}

#[test]
fn a_joined_segment_of_64_kib_is_read() {
    let data = vec![7; 65_535 - 60];
    let frame = frame_v4(0x10, &data);
    let segment = Segment::parse(&frame, Checksum::Verify).unwrap();
    assert_eq!(segment.payload, data);
}

#[test]
fn ipv6_with_extension_headers_is_read() {
    for (next, extensions) in [
        (TCP, vec![]),
        (
            0,
            [&[60, 0, 1, 4, 0, 0, 0, 0][..], &[TCP, 1], &[0; 14]].concat(),
        ),
    ] {
        let frame = frame_v6(next, &extensions, b"hello");
        let segment = Segment::parse(&frame, Checksum::Verify).unwrap();
        assert_eq!(segment.ends.local, "[fd00::64]:1720".parse().unwrap());
        assert_eq!(segment.payload, b"hello");
    }
    let fragment = frame_v6(44, &[TCP, 0, 0, 1, 0, 0, 0, 9], b"hello");
    assert_eq!(
        Segment::parse(&fragment, Checksum::Verify),
        Err(NotSegment::Fragment)
    );
}

#[test]
fn any_flipped_bit_of_the_segment_is_noticed_unless_the_kernel_vouches() {
    let good = frame_v4(0x10, b"odd");
    for bit in 34 * 8..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            Segment::parse(&bad, Checksum::Verify),
            Err(NotSegment::BadChecksum)
        );
    }
    let mut partial = good.clone();
    partial[50..52].copy_from_slice(&[1, 2]);
    assert!(Segment::parse(&partial, Checksum::Trusted).is_ok());
}

#[test]
fn fragments_and_other_protocols_are_told_apart() {
    let mut first = frame_v4(0x10, b"data");
    first[20] = 0x20;
    assert_eq!(
        Segment::parse(&first, Checksum::Trusted),
        Err(NotSegment::Fragment)
    );
    let mut udp = frame_v4(0x10, b"data");
    udp[23] = 17;
    assert_eq!(Segment::parse(&udp, Checksum::Verify), Err(NotSegment::Udp));
    let mut arp = frame_v4(0x10, b"data");
    arp[13] = 6;
    assert_eq!(
        Segment::parse(&arp, Checksum::Verify),
        Err(NotSegment::NotTcp)
    );
}

#[test]
fn a_cut_frame_is_never_a_segment() {
    for frame in [frame_v4(0x10, b"data"), frame_v6(TCP, &[], b"data")] {
        for size in 0..frame.len() {
            assert!(Segment::parse(&frame[..size], Checksum::Trusted).is_err());
        }
    }
}

#[test]
fn damaged_frames_never_panic() {
    let mut rng = Rng::new(1);
    let originals = [
        frame_v4(0x02, &[]),
        frame_v4(0x18, &[9; 40]),
        frame_v6(0, &[TCP, 0, 0, 0, 0, 0, 0, 0], &[9; 40]),
    ];
    let mut read = 0;
    for _ in 0..100_000 {
        let mut frame = originals[rng.below(3) as usize].clone();
        for _ in 0..=rng.below(4) {
            let at = 12 + rng.below(frame.len() as u64 - 12) as usize;
            frame[at] = rng.next_u32() as u8;
        }
        frame.truncate(frame.len() - rng.below(3) as usize * rng.below(20) as usize);
        if let Ok(segment) = Segment::parse(&frame, Checksum::Trusted) {
            read += 1;
            assert!(segment.payload.len() <= frame.len());
            assert!(segment.scale.unwrap_or(0) <= SCALE_MAX);
        }
    }
    assert!(read > 1000, "the damage leaves something to read: {read}");
}
