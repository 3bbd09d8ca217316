//! The same programs over real sockets, on loopback addresses.

use mcu_tests::real::{call, serve_while};
use std::net::SocketAddr;

/// Five cells of the matrix of start modes and codecs.
const CELLS: [&str; 5] = [
    "--start slow --audio g711u --video h264-cif",
    "--start slow-early --audio g711a --video h261-cif",
    "--start tunnel --audio g722 --video h264-720p --bit-rate-kbps 768",
    "--start fast --audio g711a --video h261-qcif",
    "--start fast-tunnel --audio g711u --video h264-cif",
];

#[test]
fn five_cells_of_the_matrix_meet_in_a_room_over_real_sockets() {
    let address = SocketAddr::from(([127, 0, 7, 1], 17_200));
    let (reports, server) = serve_while(address, 41_000, move || {
        std::thread::scope(|scope| {
            let calls: Vec<_> = (CELLS.iter().zip(1u8..))
                .map(|(cell, number)| {
                    let arguments = format!("room {cell} --duration 6 --sender {number}");
                    scope
                        .spawn(move || call(address, [127, 0, 7, 1 + number], &arguments).remove(0))
                })
                .collect();
            calls
                .into_iter()
                .map(|call| call.join().unwrap())
                .collect::<Vec<_>>()
        })
    });
    assert_eq!(server.calls(), 0, "nothing is left");
    for (cell, report) in CELLS.iter().zip(&reports) {
        assert!(report.call.completed, "{cell}: {:?}", report.call);
        assert!(
            report.call.protocol_errors.is_empty(),
            "{cell}: {:?}",
            report.call
        );
        let seen: Vec<u8> = report
            .media
            .pictures
            .seen
            .iter()
            .map(|seen| seen.sender)
            .collect();
        assert_eq!(seen, [1, 2, 3, 4, 5], "{cell} sees the others and itself");
        let tones = report
            .media
            .sound
            .heard
            .iter()
            .filter(|heard| heard.fraction > 0.5)
            .count();
        assert_eq!(
            tones, 4,
            "{cell} hears the others: {:?}",
            report.media.sound.heard
        );
        // A busy machine makes gaps, and a gap in a tone can sound like another for a moment; an own
        // tone that came back would be there all the time.
        let sound = &report.media.sound;
        assert!(
            sound.own_tone_windows * 5 < sound.windows,
            "{cell} hears itself: {sound:?}"
        );
    }
}
