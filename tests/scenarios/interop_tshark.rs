//! What tshark, an implementation that we did not write, says of our packets.

use mcu_tests::conference::{STARTS, judge, plan, world};
use media::room::Rooms;
use std::process::Command;
use std::time::Duration;

/// Shown are packets that are malformed or that draw an expert error in the protocols of a call.
const WRONG: &str = "_ws.malformed || (_ws.expert.severity == error && \
                     (q931 || h225 || h245 || rtp || rtcp || tpkt))";

#[test]
fn a_captured_conference_has_no_malformed_packet_and_no_expert_error() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed (Debian package tshark)");
        return;
    }
    let mut world = world("", Rooms::new(1));
    world.capture();
    for (start, video) in
        STARTS
            .into_iter()
            .zip(["h264-cif", "h261-cif", "h264-cif", "h261-qcif", "h264-cif"])
    {
        let arguments = format!("room --video {video} --audio g711u --duration 8 --dtmf 12");
        let mut plan = plan(&arguments);
        plan.start = start;
        let terminals = mcu::terminal::core::Terminals::new(plan, world.now(), 3);
        world.add(terminals, judge(&arguments), None);
    }
    world.run_for(Duration::from_secs(10));
    let file = std::env::temp_dir().join(format!("mcu-capture-{}.pcap", std::process::id()));
    std::fs::write(&file, world.captured()).unwrap();
    let tshark = |filter: &str| {
        let output = Command::new("tshark")
            .args(["-o", "tcp.desegment_tcp_streams:TRUE", "-r"])
            .arg(&file)
            .args(["-Y", filter])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let wrong = tshark(WRONG);
    let seen: Vec<usize> = ["h225", "h245", "rtp", "rtcp"]
        .map(|name| tshark(name).lines().count())
        .into();
    std::fs::remove_file(&file).unwrap();
    assert!(
        seen.iter().all(|packets| *packets > 10),
        "tshark sees too little: {seen:?}"
    );
    assert!(wrong.is_empty(), "{wrong}");
}
