//! One service of the process: an instance of the server on a thread of its own, and a new one when
//! another node has deposed it.

use crate::conference::Server;
use crate::config::{Config, Rules};
use crate::shell::{Clock, Handle, Node, Options};
use crate::supervision;
use anyhow::Context;
use media::room::Rooms;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tracing::Span;

/// A backup that gets clients' media keeps all since the last intra picture, and decodes it when it takes over:
/// so much at most, a quarter of a millisecond for each picture.
const INTRA_INTERVAL: Duration = Duration::from_secs(4);
/// From the end of an instance to the start of the next. It doubles each time,
const RESTART_PAUSE: Duration = Duration::from_millis(100);
/// up to this,
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(5);
/// and is short again after an instance that has run for so long.
const CALM: Duration = Duration::from_secs(30);

/// A service that runs.
pub(super) struct Service {
    entrance: Entrance,
    ended: oneshot::Receiver<()>,
}

/// The way to a service, whichever instance of it runs.
#[derive(Clone)]
pub struct Entrance {
    service: Arc<str>,
    instance: Arc<Mutex<Option<Handle>>>,
}

impl Entrance {
    /// The service's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The instance that runs; none while the service starts anew.
    pub fn instance(&self) -> Option<Handle> {
        let instance = self.instance.lock();
        instance.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lead_to(&self, instance: Option<Handle>) {
        *self.instance.lock().unwrap_or_else(PoisonError::into_inner) = instance;
    }
}

impl Service {
    /// Starts it; an error if its first instance cannot be. It ends when `stopping` becomes true, and only
    /// then. What it logs is in `span`.
    pub fn start(
        config: Config,
        span: Span,
        stopping: watch::Receiver<bool>,
        supervision: supervision::Service,
    ) -> anyhow::Result<Self> {
        let entrance = Entrance {
            service: config.service.as_str().into(),
            instance: Arc::default(),
        };
        let mut instances = Instances {
            rules: config.rules()?,
            entrance: entrance.clone(),
            stopping,
            supervision,
            config,
        };
        let (begun, beginning) = std::sync::mpsc::channel();
        let (over, ended) = oneshot::channel();
        std::thread::Builder::new()
            .name(entrance.service().into())
            .spawn(move || {
                let _logged = span.entered();
                // The other services are not to go on without it: the crash of a part is the crash of all.
                let run = AssertUnwindSafe(|| instances.run(begun));
                catch_unwind(run).unwrap_or_else(|_| std::process::abort());
                let _ = over.send(());
            })?;
        beginning.recv().context("the thread has ended")??;
        Ok(Service { entrance, ended })
    }

    /// For operators.
    pub fn entrance(&self) -> Entrance {
        self.entrance.clone()
    }

    /// Waits until it has stopped.
    pub async fn ended(self) {
        let _ = self.ended.await;
    }
}

/// The instances of a service, one after another.
struct Instances {
    config: Config,
    rules: Rules,
    entrance: Entrance,
    stopping: watch::Receiver<bool>,
    supervision: supervision::Service,
}

impl Instances {
    /// Tells `begun` how the first has started; later ones are tried again and again.
    fn run(&mut self, begun: Sender<anyhow::Result<()>>) {
        let mut begun = Some(begun);
        let mut pause = Pause(RESTART_PAUSE);
        let clock = Clock::new();
        loop {
            let since = clock.now();
            let ran = self.run_one(&mut begun);
            self.entrance.lead_to(None);
            let in_order = matches!(ran, Ok(true));
            match (ran, begun.take()) {
                (Err(error), Some(begun)) => {
                    let _ = begun.send(Err(error));
                    return;
                }
                (Err(error), None) => tracing::error!("cannot start anew, trying on: {error:#}"),
                (Ok(_), _) => {}
            }
            let pause = match in_order {
                true => RESTART_PAUSE,
                false => pause.after(clock.now().since(since)),
            };
            if self.stopped_within(pause) {
                return;
            }
        }
    }

    /// Runs an instance to its end, and gives whether it has handed its reign over in order. Its runtime ends with it, so nothing is left of it that could be in the
    /// way of the next.
    fn run_one(&self, begun: &mut Option<Sender<anyhow::Result<()>>>) -> anyhow::Result<bool> {
        crate::runtime()?.block_on(async {
            let node = self.node().await?;
            let handle = node.handle();
            self.entrance.lead_to(Some(handle.clone()));
            if let Some(begun) = begun.take() {
                let _ = begun.send(Ok(()));
            }
            tracing::info!(listen = %self.config.listen, rooms = self.config.rooms.len(), "serving");
            tokio::spawn(self.supervision.clone().watch(handle.clone()));
            let mut stopping = self.stopping.clone();
            tokio::spawn(async move {
                if stopping.wait_for(|stop| *stop).await.is_ok() {
                    // The node leaves its pair: another that is there goes on with the calls.
                    handle.stop().await;
                }
            });
            let ended = node.run().await;
            if !*self.stopping.borrow() {
                tracing::warn!(
                    role = ended.role.name(),
                    "another node serves in a later reign: this one joins it as a new one"
                );
            }
            Ok(ended.handed_over)
        })
    }

    async fn node(&self) -> anyhow::Result<Node<Server, Rooms>> {
        let config = &self.config;
        let mut media = Rooms::new(rand::random());
        if (config.pair.as_ref()).is_some_and(|pair| pair.media_mode.reaches_backup()) {
            media.set_intra_interval(Some(INTRA_INTERVAL));
        }
        let options = Options {
            service: config.service.clone(),
            listen: Some(config.listen),
            ports: config.ports.clone(),
            media: config.media.clone(),
            pair: config.pair.clone(),
            configuration: fingerprint(config),
        };
        let server = Server::new(self.rules.clone(), rand::random());
        Node::start(server, media, Clock::since_1970(), options)
            .await
            .with_context(|| format!("cannot accept calls at {}", config.listen))
    }

    /// Waits, and gives whether the service is to stop.
    fn stopped_within(&mut self, pause: Duration) -> bool {
        let Ok(runtime) = crate::runtime() else {
            // Short of file descriptors, as the next instance will be.
            std::thread::sleep(pause);
            return *self.stopping.borrow();
        };
        let stop = self.stopping.wait_for(|stop| *stop);
        runtime.block_on(async { tokio::time::timeout(pause, stop).await.is_ok() })
    }
}

/// The next pause between two instances.
struct Pause(Duration);

impl Pause {
    /// After an instance that has run for so long.
    fn after(&mut self, ran: Duration) -> Duration {
        if ran >= CALM {
            self.0 = RESTART_PAUSE;
        }
        let pause = self.0;
        self.0 = (pause * 2).min(RESTART_PAUSE_MAX);
        pause
    }
}

/// What must be equal on all nodes of a service, in a number.
fn fingerprint(config: &Config) -> u64 {
    let shared = Config {
        control_socket: None,
        pair: None,
        ..config.clone()
    };
    let mut digest = replication::log::Digest::default();
    digest.debug(&shared);
    digest.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_instances_end_soon() {
        let mut pause = Pause(RESTART_PAUSE);
        let soon = Duration::from_millis(1);
        let pauses: Vec<u128> = (0..8).map(|_| pause.after(soon).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(pause.after(CALM), RESTART_PAUSE);
    }

    #[test]
    fn a_service_that_cannot_start_says_why_and_one_that_can_stops_when_asked() {
        let (stop, stopping) = watch::channel(false);
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = Config {
            listen: taken.local_addr().unwrap(),
            ..Config::default()
        };
        let start = |config: &Config| {
            let nobody = supervision::Supervisor::from_environment().service("test");
            Service::start(config.clone(), Span::none(), stopping.clone(), nobody)
        };
        let Err(error) = start(&config) else {
            panic!("the port is taken");
        };
        assert!(format!("{error:#}").contains("cannot accept calls at 127.0.0.1"));
        config.listen.set_port(0);
        let service = start(&config).unwrap();
        assert!(service.entrance().instance().is_some());
        stop.send(true).unwrap();
        let entrance = service.entrance();
        crate::runtime().unwrap().block_on(service.ended());
        assert!(entrance.instance().is_none());
    }
}
