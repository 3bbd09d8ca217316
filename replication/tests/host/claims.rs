//! The claims; each gets hosts of its own.

use crate::lan::{self, tell_neighbour};
use crate::{MARK, PATIENCE, POLL, PORT, SILENCE, STRANGER, World, accept, eventually};
use anyhow::{Context, ensure};
use replication::host::{
    Config, Examination, LEASE, MediaMode, PASSING_ON, ServiceHost, Severity, Standing, examine,
};
use replication::os::address::Addresses;
use replication::os::arp::probe;
use replication::os::carrier::has_carrier;
use replication::os::filter::leftovers;
use replication::os::sysctl;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::time::{Duration, Instant};

pub fn lease(world: &World) -> anyhow::Result<()> {
    let (renewed, forgotten) = (world.control, world.media);
    let mut addresses = world.node.inside(|| Ok(Addresses::open()?))?;
    let index = addresses.link("eth0")?.index;
    let prefix = if renewed.is_ipv4() { 32 } else { 128 };
    let lease = Some(Duration::from_secs(1));
    addresses.add(index, forgotten, prefix, lease)?;
    ensure!(world.owns(forgotten)?, "it is there at first");
    let begin = Instant::now();
    eventually("the forgotten address goes", || {
        addresses.add(index, renewed, prefix, lease)?;
        Ok(!world.owns(forgotten)?)
    })?;
    // As long again, so that the renewed one had its time to go, too.
    while begin.elapsed() < PATIENCE {
        addresses.add(index, renewed, prefix, lease)?;
        let all = addresses.list(Some(index))?;
        let found = all.iter().find(|owned| owned.address == renewed);
        let lease = found.context("the renewed one went")?.lease;
        ensure!(
            lease.is_some_and(|left| left <= LEASE),
            "its lease is {lease:?}"
        );
        std::thread::sleep(POLL * 20);
    }
    addresses.remove(index, renewed, prefix)?;
    addresses
        .remove(index, renewed, prefix)
        .context("removed twice")?;
    ensure!(!world.owns(renewed)?, "it is still there");
    Ok(())
}

pub fn lapse(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Simplex)?;
    host.renew().context("in time")?;
    eventually("the addresses go", || {
        Ok(!world.owns(world.control)? && !world.owns(world.media)?)
    })?;
    ensure!(host.renew().is_err(), "it was renewed");
    ensure!(!world.owns(world.control)?, "it came back");
    host.take(Standing::Simplex)?;
    host.renew().context("after taking the standing again")
}

pub fn places(world: &World) -> anyhow::Result<()> {
    let standings = [
        Standing::Off,
        Standing::Backup { primary: STRANGER },
        Standing::Heir { primary: STRANGER },
        Standing::Opening,
        Standing::Primary { backup: STRANGER },
        Standing::Simplex,
    ];
    let (control, media) = (world.control, world.media);
    let control_on = |standing| match standing {
        Standing::Off => None,
        Standing::Primary { .. } => Some("lo"),
        _ => Some("eth0"),
    };
    let media_on = |mode, standing| match (mode, standing) {
        (_, Standing::Off) => None,
        (MediaMode::Direct, Standing::Backup { .. }) => None,
        (MediaMode::Direct, Standing::Heir { .. }) => Some("lo"),
        (MediaMode::Forwarded, Standing::Primary { .. }) => Some("lo"),
        (MediaMode::Multicast, _) => Some("lo"),
        _ => Some("eth0"),
    };
    let cases = [
        (MediaMode::Direct, media),
        (MediaMode::Direct, control),
        (MediaMode::Forwarded, media),
        (MediaMode::Forwarded, control),
        (MediaMode::Multicast, media),
        (MediaMode::Multicast, "239.255.0.1".parse()?),
    ];
    for (media_mode, media) in cases {
        let config = Config {
            media,
            media_mode,
            ..world.config()
        };
        let mut host = world.node.inside(|| Ok(ServiceHost::open(config)?))?;
        for (former, next) in standings.iter().flat_map(|a| standings.map(|b| (*a, b))) {
            world.node.inside(|| {
                host.take(former)?;
                host.take(next)?;
                Ok(())
            })?;
            let of_control = control_on(next).map(|place| (place, control));
            let own = media != control && !media.is_multicast();
            let of_media = media_on(media_mode, next).filter(|_| own);
            let of_media = of_media.map(|place| (place, media));
            let wanted: Vec<_> = of_control.into_iter().chain(of_media).collect();
            let found = world.places()?;
            let same = found.len() == wanted.len() && wanted.iter().all(|it| found.contains(it));
            ensure!(same, "{media_mode:?}, {former:?} to {next:?}: {found:?}");
            host.renew()?;
        }
        host.leave(false)?;
    }
    Ok(())
}

pub fn passing_on(world: &World) -> anyhow::Result<()> {
    let copying = || -> anyhow::Result<bool> {
        let left = world.node.inside(|| Ok(leftovers()?))?;
        Ok(left.iter().any(|table| table.contains("copy")))
    };
    let hand_over = || -> anyhow::Result<()> {
        let mut host = world.standing(Standing::Primary { backup: STRANGER })?;
        world.node.inside(|| Ok(host.share_media(STRANGER)?))?;
        ensure!(copying()?, "the heir gets media");
        host.take(Standing::Primary { backup: STRANGER })?;
        ensure!(copying()? && !host.passes_media_on(), "and goes on to");
        host.pass_media_on()?;
        host.take(Standing::Off)?;
        ensure!(copying()? && host.passes_media_on(), "and gets all of it");
        world.node.inside(|| Ok(host.leave(true)?))?;
        ensure!(copying()?, "after the instance has ended, too");
        Ok(())
    };
    hand_over()?;
    let mut host = world.standing(Standing::Backup { primary: STRANGER })?;
    ensure!(copying()?, "the next instance leaves it alone");
    let begin = Instant::now();
    while copying()? {
        ensure!(begin.elapsed() < PASSING_ON + PATIENCE, "it does not end");
        host.renew()?;
        std::thread::sleep(POLL);
    }
    ensure!(
        begin.elapsed() + Duration::from_secs(1) > PASSING_ON,
        "it ended too early"
    );
    host.leave(false)?;
    hand_over()?;
    let host = world.standing(Standing::Simplex)?;
    ensure!(!copying()?, "a node that serves keeps what comes");
    host.leave(false)?;
    let mut host = world.standing(Standing::Primary { backup: STRANGER })?;
    world.node.inside(|| Ok(host.share_media(STRANGER)?))?;
    host.share_media_no_more();
    ensure!(!copying()?, "the reign stays");
    Ok(())
}

pub fn opening(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Backup { primary: STRANGER })?;
    let listener = world.listen()?;
    ensure!(!world.owns(world.media)?, "a backup has the media address");
    host.take(Standing::Opening)?;
    let (media, client) = (
        (world.node).inside(|| Ok(UdpSocket::bind(SocketAddr::new(world.media, PORT))?))?,
        (world.client).inside(|| Ok(UdpSocket::bind((world.own(&world.client), 0))?))?,
    );
    for socket in [&media, &client] {
        socket.set_read_timeout(Some(PATIENCE))?;
    }
    let mut octets = [0; 64];
    client.send_to(b"in", media.local_addr()?)?;
    media.recv(&mut octets).context("media does not come in")?;
    media.send_to(b"out", client.local_addr()?)?;
    client.recv(&mut octets).context("media does not go out")?;
    let refused = world.connect(Duration::from_millis(300)).is_err();
    ensure!(refused, "TCP comes in before the sockets stand");
    host.take(Standing::Simplex)?;
    world.connect(PATIENCE).context("TCP does not come in")?;
    drop(listener);
    Ok(())
}

pub fn standby(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Backup { primary: STRANGER })?;
    let to = SocketAddr::new(world.control, PORT);
    let (kernel, mut tap) = world.node.inside(|| {
        let everything = Protocol::from(i32::from((libc::ETH_P_ALL as u16).to_be()));
        let tap = Socket::new(Domain::PACKET, Type::RAW, Some(everything))?;
        tap.set_read_timeout(Some(PATIENCE))?;
        Ok((UdpSocket::bind(to)?, tap))
    })?;
    kernel.set_nonblocking(true)?;
    let client = world
        .client
        .inside(|| Ok(UdpSocket::bind((world.own(&world.client), 0))?))?;
    client.send_to(b"for the tap", to)?;
    let mut octets = [0; 2048];
    while let size = tap.read(&mut octets).context("the tap saw nothing")?
        && !octets[..size].ends_with(b"for the tap")
    {}
    eventually("the standby rule counts", || {
        Ok(host.counters()?.standby > 0)
    })?;
    let got = kernel.recv(&mut octets).map_err(|error| error.kind());
    ensure!(
        got == Err(ErrorKind::WouldBlock),
        "the kernel got it: {got:?}"
    );
    host.take(Standing::Simplex)?;
    client.send_to(b"for the kernel", to)?;
    eventually("the owner's kernel gets it", || {
        Ok(kernel.recv(&mut octets).is_ok())
    })?;
    ensure!(
        octets.starts_with(b"for the kernel"),
        "it got another packet"
    );
    Ok(())
}

pub fn mute(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Backup { primary: STRANGER })?;
    let socket = world
        .node
        .inside(|| Ok(UdpSocket::bind((world.control, PORT))?))?;
    let to = SocketAddr::new(world.own(&world.client), PORT);
    let sent = socket.send_to(b"hello", to);
    ensure!(sent.is_err(), "a backup sent from the service address");
    ensure!(host.counters()?.mute > 0, "the mute rule counts");
    host.take(Standing::Simplex)?;
    socket.send_to(b"hello", to).context("an owner may send")?;
    Ok(())
}

pub fn guard(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Primary { backup: STRANGER })?;
    let _listener = world.listen()?;
    // The node does not say where the address is, so the client is told.
    world
        .client
        .inside(|| tell_neighbour(world.control, world.node.mac, libc::NUD_PERMANENT))?;
    ensure!(
        world.connect(SILENCE).is_err(),
        "a segment went past the guard"
    );
    ensure!(host.counters()?.guard > 0, "the guard rule counts");
    let backup = world.client.mac;
    host.take(Standing::Primary { backup })?;
    world
        .connect(PATIENCE)
        .context("what the backup sends is let in")?;
    Ok(())
}

pub fn silence(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Simplex)?;
    let listener = world.listen()?;
    let mut octets = [0; 8];
    let mut client = world.connect(PATIENCE)?;
    let server = accept(&listener)?;
    drop(server);
    eventually("the silence rule counts", || {
        Ok(host.counters()?.silence > 0)
    })?;
    client.set_nonblocking(true)?;
    let got = client.read(&mut octets).map_err(|error| error.kind());
    ensure!(
        got == Err(ErrorKind::WouldBlock),
        "the client heard {got:?}"
    );
    let mut client = world.connect(PATIENCE)?;
    let server = accept(&listener)?;
    SockRef::from(&server).set_mark(MARK)?;
    drop(server);
    client.set_read_timeout(Some(PATIENCE))?;
    let got = client.read(&mut octets).map_err(|error| error.kind());
    ensure!(got == Ok(0), "a meant FIN did not pass: {got:?}");
    Ok(())
}

pub fn announcement(world: &World) -> anyhow::Result<()> {
    for address in [world.control, world.media] {
        world
            .client
            .inside(|| tell_neighbour(address, STRANGER, libc::NUD_STALE))?;
        ensure!(world.neighbour(address)? == Some(STRANGER), "it was told");
    }
    let _host = world.standing(Standing::Simplex)?;
    for address in [world.control, world.media] {
        eventually("the neighbour has learnt", || {
            Ok(world.neighbour(address)? == Some(world.node.mac))
        })?;
    }
    Ok(())
}

pub fn silent_ownership(world: &World) -> anyhow::Result<()> {
    let mut host = world.standing(Standing::Primary { backup: STRANGER })?;
    ensure!(world.owns(world.control)?, "it owns the address");
    let found = world.who_has(world.control, SILENCE)?;
    ensure!(found.is_none(), "{found:?} answers");
    let found = world.who_has(world.media, PATIENCE)?;
    ensure!(
        found == Some(world.node.mac),
        "{found:?} has the media address"
    );
    host.take(Standing::Backup { primary: STRANGER })?;
    let found = world.who_has(world.control, PATIENCE)?;
    ensure!(
        found == Some(world.node.mac),
        "{found:?} has the backup's address"
    );
    let found = world.who_has(world.media, SILENCE)?;
    ensure!(
        found.is_none(),
        "{found:?} has the media address of a backup"
    );
    Ok(())
}

pub fn primary_to_simplex(world: &World) -> anyhow::Result<()> {
    let backup = world.client.mac;
    let mut host = world.standing(Standing::Primary { backup })?;
    world
        .client
        .inside(|| tell_neighbour(world.control, world.node.mac, libc::NUD_STALE))?;
    let listener = world.listen()?;
    let client = world.connect(PATIENCE).context("cannot connect")?;
    let server = accept(&listener)?;
    let mut octets = [0; 4];
    for standing in [
        Standing::Simplex,
        Standing::Primary { backup },
        Standing::Simplex,
    ] {
        host.take(standing)?;
        for (mut from, mut to) in [(&client, &server), (&server, &client)] {
            (from.write_all(b"ping")).with_context(|| format!("as {standing:?}"))?;
            to.set_read_timeout(Some(PATIENCE))?;
            to.read_exact(&mut octets)
                .with_context(|| format!("nothing passes as {standing:?}"))?;
        }
    }
    Ok(())
}

pub fn echo(world: &World) -> anyhow::Result<()> {
    let (from, to) = (world.control, world.own(&world.client));
    let mut host = world.standing(Standing::Simplex)?;
    let ask = |sequence| {
        world
            .node
            .inside(|| Ok(probe(from, to, sequence, PATIENCE)?))
    };
    ensure!(ask(1)?, "no answer");
    // The client believes that the address is elsewhere: the answer does not come.
    world
        .client
        .inside(|| tell_neighbour(from, STRANGER, libc::NUD_PERMANENT))?;
    let lost = world.node.inside(|| Ok(probe(from, to, 2, SILENCE)?))?;
    ensure!(!lost, "an answer that went to {STRANGER} came here");
    host.take(Standing::Backup { primary: STRANGER })?;
    ensure!(ask(3).is_err(), "a backup must not send an echo");
    Ok(())
}

/// Everything on the node that a service host changes.
/// The settings that a node changes on this thread's host.
fn settings() -> anyhow::Result<Vec<String>> {
    let mut settings = Vec::new();
    for place in ["all", "eth0"] {
        for name in ["arp_ignore", "arp_announce", "rp_filter"] {
            let name = format!("ipv4/conf/{place}/{name}");
            settings.push(format!("{name}={}", sysctl::read(&name)?));
        }
    }
    Ok(settings)
}

fn state(world: &World) -> anyhow::Result<Vec<String>> {
    world.node.inside(|| {
        let mut state = settings()?;
        state.push(format!("leftovers: {:?}", leftovers()?));
        for address in [world.control, world.media] {
            state.push(format!("{address}: {}", world.owns(address)?));
        }
        Ok(state)
    })
}

pub fn leaving(world: &World) -> anyhow::Result<()> {
    let before = state(world)?;
    for standing in [
        Standing::Simplex,
        Standing::Primary { backup: STRANGER },
        Standing::Backup { primary: STRANGER },
        Standing::Off,
    ] {
        let host = world.standing(standing)?;
        ensure!(state(world)? != before, "{standing:?} changes something");
        world.node.inside(|| Ok(host.leave(false)?))?;
        let after = state(world)?;
        ensure!(
            after == before,
            "{before:?} became {after:?} by {standing:?}"
        );
    }
    Ok(())
}

pub fn cleaning(world: &World) -> anyhow::Result<()> {
    let before = state(world)?;
    let file = std::env::temp_dir().join(format!("service-host-{}", std::process::id()));
    let config = Config {
        state_file: Some(file.clone()),
        ..world.config()
    };
    for standing in [
        Standing::Backup { primary: STRANGER },
        Standing::Primary { backup: STRANGER },
    ] {
        // Dropped and not left, as when the process dies.
        world.node.inside(|| {
            let mut host = ServiceHost::open(config.clone())?;
            host.take(standing)?;
            ensure!(!leftovers()?.is_empty(), "its rules stay");
            Ok(())
        })?;
    }
    ensure!(file.exists(), "the changed settings are noted");
    let host = world.node.inside(|| Ok(ServiceHost::open(config)?))?;
    ensure!(
        !world.owns(world.control)?,
        "the dead node's address stayed"
    );
    world.node.inside(|| Ok(host.leave(false)?))?;
    let after = state(world)?;
    ensure!(after == before, "{before:?} became {after:?}");
    ensure!(!file.exists(), "the note stayed");
    Ok(())
}

pub fn carrier(world: &World) -> anyhow::Result<()> {
    const LOOKS: u32 = 1000;
    let carrier = || world.node.inside(|| Ok(has_carrier("eth0")?));
    ensure!(carrier()?, "the cable is plugged in");
    for plugged in [false, true] {
        world.client.inside(|| lan::switch("eth0", plugged))?;
        ensure!(carrier()? == plugged, "it shows at once: {plugged}");
    }
    world.node.inside(|| lan::switch("eth0", false))?;
    ensure!(!carrier()?, "an interface that is off has none");
    world.node.inside(|| lan::switch("eth0", true))?;
    let begin = Instant::now();
    world.node.inside(|| {
        for _ in 0..LOOKS {
            ensure!(has_carrier("eth0")?, "it is on again");
        }
        Ok(())
    })?;
    println!("looking for a carrier takes {:?}", begin.elapsed() / LOOKS);
    Ok(())
}

pub fn two_services(world: &World) -> anyhow::Result<()> {
    let before = state(world)?;
    let file = std::env::temp_dir().join(format!("two-services-{}", std::process::id()));
    let (control, media) = match world.control {
        IpAddr::V4(_) => ("198.18.0.102".parse()?, "198.18.0.103".parse()?),
        IpAddr::V6(_) => ("fd00::66".parse()?, "fd00::67".parse()?),
    };
    let first = Config {
        name: "first".into(),
        state_file: Some(file.clone()),
        ..world.config()
    };
    let second = Config {
        name: "second".into(),
        control,
        media,
        ..first.clone()
    };
    let open = |config: &Config| world.node.inside(|| Ok(ServiceHost::open(config.clone())?));
    let (mut serving, mut waiting) = (open(&first)?, open(&second)?);
    let silent = world.node.inside(settings)?;
    world.node.inside(|| {
        waiting.take(Standing::Backup { primary: STRANGER })?;
        serving.take(Standing::Simplex)?;
        Ok(())
    })?;
    let tables = || world.node.inside(|| Ok(leftovers()?));
    ensure!(tables()? == ["mcu_first", "mcu_second"], "{:?}", tables()?);
    let says = |address: IpAddr| {
        let to = SocketAddr::new(world.own(&world.client), PORT);
        world.node.inside(|| {
            let socket = UdpSocket::bind((address, 0))?;
            Ok(socket.send_to(b"hello", to).is_ok())
        })
    };
    ensure!(
        says(world.control)?,
        "the owner is muted by the other service"
    );
    ensure!(!says(control)?, "a backup sent from the service address");
    // One dies and comes back, then leaves: the other's rules and the settings stay.
    drop(serving);
    let serving = open(&first)?;
    ensure!(!says(control)?, "the rules of another service went");
    world.node.inside(|| Ok(serving.leave(false)?))?;
    ensure!(tables()? == ["mcu_second"], "{:?}", tables()?);
    ensure!(!says(control)?, "the rules of another service went");
    ensure!(
        world.node.inside(settings)? == silent,
        "the settings went too early"
    );
    ensure!(file.exists(), "the note of the settings went too early");
    waiting.renew().context("the other service's addresses")?;
    world.node.inside(|| Ok(waiting.leave(false)?))?;
    let after = state(world)?;
    ensure!(after == before, "{before:?} became {after:?}");
    ensure!(!file.exists(), "the note stayed");
    Ok(())
}

pub fn doctor(world: &World) -> anyhow::Result<()> {
    let examination = Examination {
        interface: "eth0".into(),
        control: world.control,
        media: world.media,
        media_mode: MediaMode::Direct,
        tcp_ports: vec![PORT],
        udp_ports: vec![PORT],
    };
    let errors = |examination: &Examination| {
        let findings = world.node.inside(|| Ok(examine(examination)))?;
        let bad = findings
            .into_iter()
            .filter(|finding| finding.severity > Severity::Ok)
            .map(|finding| finding.to_string())
            // Of the machine on which this runs, not of the hosts made here.
            .filter(|text| !text.contains("clock source") && !text.contains("open only"));
        anyhow::Ok(bad.collect::<Vec<String>>())
    };
    let healthy = errors(&examination)?;
    ensure!(healthy.is_empty(), "a healthy host: {healthy:?}");
    let expect = |examination: &Examination, words: &str| {
        let found = errors(examination)?;
        let named = found.iter().any(|text| text.contains(words));
        ensure!(named, "{words:?} is not in {found:?}");
        Ok(())
    };
    let with = |interface: &str, control: IpAddr| Examination {
        interface: interface.into(),
        control,
        ..examination.clone()
    };
    expect(&with("eth7", world.control), "eth7")?;
    expect(&with("eth0", "10.9.8.7".parse()?), "in no network")?;
    expect(
        &with("eth0", world.own(&world.client)),
        "answers for the service address",
    )?;
    let _taken = world
        .node
        .inside(|| Ok(TcpListener::bind(("0.0.0.0", PORT))?))?;
    expect(&examination, "the TCP port 1720")?;
    let _dead = world.standing(Standing::Backup { primary: STRANGER })?;
    expect(&examination, "tables mcu_test")?;
    let taken = with("eth0", world.own(&world.client));
    expect(&taken, "answers for the service address")?;
    expect(&examination, "has the service address")
}
