//! The same programs over real sockets, on loopback addresses.

use mcu::call::CallReport;
use mcu::conference::Server;
use mcu::config::Config;
use mcu::shell::{Clock, Options as ShellOptions, PortRanges, Shell};
use mcu_tests::conference::options;
use media::room::Rooms;
use std::net::SocketAddr;
use std::path::Path;

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
    let config = Config {
        ports: PortRanges {
            media: (41_000, 41_999),
            control: (42_000, 42_999),
        },
        ..Config::default()
    };
    let rules = config.rules().unwrap();
    let address = SocketAddr::from(([127, 0, 7, 1], 17_200));
    let folder = std::env::temp_dir().join(format!("mcu-calls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reports = runtime.block_on(async {
        let shell_options = ShellOptions {
            listen: Some(address),
            ports: config.ports.clone(),
            media: config.media.clone(),
        };
        let server = Server::new(rules, 1);
        let shell = Shell::start(server, Rooms::new(1), Clock::new(), &shell_options).unwrap();
        let handle = shell.handle();
        let calls = tokio::task::spawn_blocking(move || {
            let reports = call_all(address, &folder);
            std::fs::remove_dir_all(&folder).unwrap();
            reports
        });
        let stopping = tokio::spawn(async move {
            let reports = calls.await.unwrap();
            handle.stop().await;
            reports
        });
        let (server, _) = shell.run().await;
        assert_eq!(server.calls(), 0, "nothing is left");
        stopping.await.unwrap()
    });
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
        assert_eq!(
            report.media.sound.own_tone_windows, 0,
            "{cell} hears itself"
        );
    }
}

/// One terminal for each cell, each a process's worth of sockets on an address of its own.
fn call_all(to: SocketAddr, folder: &Path) -> Vec<CallReport> {
    std::thread::scope(|scope| {
        let calls: Vec<_> = (CELLS.iter().zip(1u8..))
            .map(|(cell, number)| {
                scope.spawn(move || {
                    let mut options =
                        options(&format!("room {cell} --duration 6 --sender {number}"));
                    options.host = Some(to.to_string());
                    options.address = Some([127, 0, 7, 1 + number].into());
                    options.report = Some(folder.join(format!("{number}.json")));
                    mcu::call::run(options.clone()).unwrap();
                    let json = std::fs::read_to_string(options.report.unwrap()).unwrap();
                    serde_json::from_str::<Vec<CallReport>>(&json)
                        .unwrap()
                        .remove(0)
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}
