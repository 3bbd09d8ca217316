use super::*;

fn round(names: &[&str]) -> Round {
    let service = |name: &&str| Answers {
        name: (*name).into(),
        watched: true,
        fresh: false,
        last: None,
    };
    Round {
        services: names.iter().map(service).collect(),
        ..Round::default()
    }
}

fn answer(round: &mut Round, index: usize, text: &str, settled: bool) {
    let service = &mut round.services[index];
    service.fresh = true;
    service.last = Some(Answer {
        text: text.into(),
        settled,
    });
}

#[test]
fn a_ping_needs_an_answer_of_each_service() {
    let mut round = round(&["a", "b"]);
    let now = Instant::now();
    answer(&mut round, 0, "primary", true);
    assert_eq!(round.message(now), None, "b has not answered");
    answer(&mut round, 1, "backup", true);
    let all = "WATCHDOG=1\nREADY=1\nSTATUS=a: primary; b: backup";
    assert_eq!(round.message(now).as_deref(), Some(all));
    answer(&mut round, 1, "backup", true);
    assert_eq!(round.message(now), None, "a's answer counts once");
    answer(&mut round, 0, "primary", true);
    assert_eq!(round.message(now).as_deref(), Some("WATCHDOG=1"));
    // One that is over is not waited for.
    round.services[0].watched = false;
    answer(&mut round, 1, "backup", true);
    assert_eq!(round.message(now).as_deref(), Some("WATCHDOG=1"));
}

#[test]
fn ready_is_said_once_when_all_have_found_their_place() {
    let mut round = round(&["a"]);
    let now = Instant::now();
    answer(&mut round, 0, "starting", false);
    let starting = round.message(now).unwrap();
    assert_eq!(starting, "WATCHDOG=1\nSTATUS=starting");
    answer(&mut round, 0, "starting", true);
    assert_eq!(round.message(now).unwrap(), "WATCHDOG=1\nREADY=1");
    answer(&mut round, 0, "starting", true);
    assert_eq!(round.message(now).unwrap(), "WATCHDOG=1");
}

#[test]
fn a_changed_status_is_told_once_a_second_at_most() {
    let mut round = round(&["a"]);
    let begin = Instant::now();
    let mut told = |text: &str, ms: u64| {
        answer(&mut round, 0, text, true);
        let message = round.message(begin + Duration::from_millis(ms)).unwrap();
        message
            .split_once("STATUS=")
            .map(|(_, status)| status.to_string())
    };
    assert_eq!(told("backup", 0).as_deref(), Some("backup"));
    assert_eq!(told("simplex", 999), None);
    assert_eq!(told("simplex", 1000).as_deref(), Some("simplex"));
    assert_eq!(told("simplex", 5000), None, "it is the same");
}

#[test]
fn a_service_is_heard_over_both_kinds_of_socket() {
    let name = format!("mcu-supervision-{}", std::process::id());
    let file = env::temp_dir().join(&name);
    let abstract_address = SocketAddr::from_abstract_name(&name).unwrap();
    let sockets = [
        (
            format!("@{name}"),
            UnixDatagram::bind_addr(&abstract_address).unwrap(),
        ),
        (
            file.to_str().unwrap().to_string(),
            UnixDatagram::bind(&file).unwrap(),
        ),
    ];
    for (path, receiver) in sockets {
        receiver.set_nonblocking(true).unwrap();
        let watchdog = Duration::from_millis(4);
        let channel = Channel::open(path.as_ref(), Some(watchdog)).unwrap();
        let supervisor = Supervisor(Some(Arc::new(channel)));
        let watched = supervisor.service("a").watched().unwrap();
        for _ in 0..2 {
            watched.answer(Answer {
                text: "serves".into(),
                settled: true,
            });
        }
        drop(watched);
        supervisor.stopping();
        let heard = || {
            let mut buffer = [0; 256];
            let length = receiver.recv(&mut buffer).ok()?;
            Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
        };
        let heard: Vec<String> = std::iter::from_fn(heard).collect();
        let expected = [
            "WATCHDOG=1\nREADY=1\nSTATUS=serves",
            "WATCHDOG=1",
            // It is over, and the status was told just now.
            "WATCHDOG=1",
            "STOPPING=1",
        ];
        assert_eq!(heard, expected);
    }
    std::fs::remove_file(file).unwrap();
}
