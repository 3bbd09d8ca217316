//! A server and terminals on real sockets of loopback addresses, in this process.

use crate::conference::options;
use mcu::call::CallReport;
use mcu::conference::Server;
use mcu::config::Config;
use mcu::shell::{Clock, Node, Options as NodeOptions, PortRanges};
use media::room::Rooms;
use std::net::SocketAddr;

/// Serves at `address`, with media ports from `first_port` on, while `work` is done; gives back its
/// result and the server's core.
pub fn serve_while<T: Send + 'static>(
    address: SocketAddr,
    first_port: u16,
    work: impl FnOnce() -> T + Send + 'static,
) -> (T, Server) {
    let ports = PortRanges {
        media: (first_port, first_port + 999),
        control: (first_port + 1000, first_port + 1999),
    };
    let config = Config {
        ports: ports.clone(),
        ..Config::default()
    };
    let node_options = NodeOptions {
        service: "mcu".into(),
        listen: Some(address),
        ports,
        media: config.media.clone(),
        pair: None,
        configuration: 0,
    };
    let core = Server::new(config.rules().expect("the defaults are right"), 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let node = Node::start(core, Rooms::new(1), Clock::new(), node_options)
            .await
            .expect("the server starts");
        let handle = node.handle();
        let working = tokio::spawn(async move {
            let result = tokio::task::spawn_blocking(work)
                .await
                .expect("the work does not panic");
            handle.stop().await;
            result
        });
        let core = node.run().await.core;
        (working.await.expect("the work does not panic"), core)
    })
}

/// Calls `to` as `mcu call` with these arguments would, and reports.
pub fn call(to: SocketAddr, from: [u8; 4], arguments: &str) -> Vec<CallReport> {
    let [.., host] = from;
    let file = std::env::temp_dir().join(format!(
        "mcu-call-{}-{}-{host}.json",
        std::process::id(),
        to.port()
    ));
    let mut options = options(arguments);
    options.host = Some(to.to_string());
    options.address = Some(from.into());
    options.report = Some(file.clone());
    let done = mcu::call::run(options);
    let json = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("no report: {done:?}"));
    std::fs::remove_file(&file).expect("the report can be removed");
    serde_json::from_str(&json).expect("a report is what we write")
}
