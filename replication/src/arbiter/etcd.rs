//! etcd (version 3.4 or later) as the arbiter, by its JSON gateway.
//!
//! Of a service there are two keys: `mcu/<control address>/reign` holds the record for good, and
//! `mcu/<control address>/kept` is there as long as the reign is kept, since it hangs on a lease of etcd.
//! Whatever is written depends, in a transaction, on both being as they were read. Keeping a reign writes
//! nothing, so that etcd's history does not grow.

mod http;

use super::question::{Answer, LEASE, Question};
use super::register::{Asker, Record, judge, refused};
use crate::base64;
use anyhow::{Context, bail};
pub(super) use http::check_endpoint;
use http::post;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Of etcd's lease on the key `kept`: nobody with a right of [`LEASE`] still has it then.
const KEPT_SECONDS: u64 = LEASE.as_secs() * 2;
/// How often a write is tried again because another one came in between.
const ATTEMPTS: usize = 4;
/// Where reading answers with the keys.
const READ: [&str; 2] = [
    "/responses/0/response_range/kvs/0",
    "/responses/1/response_range/kvs/0",
];

/// A node's line to etcd, on a thread that ends when this is dropped.
#[derive(Debug)]
pub(super) struct Etcd(Arc<Desk>);

/// Where the next question lies.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The question that is being asked.
    current: Option<(u64, Question)>,
    next: Option<(u64, Question)>,
    ended: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a question; none at the end.
    fn next(&self) -> Option<(u64, Question)> {
        self.lock().current = None;
        let mut state = (self.changed)
            .wait_while(self.lock(), |state| !state.ended && state.next.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.current = state.next.take().filter(|_| !state.ended);
        state.current
    }
}

impl Etcd {
    /// Opens the line; whether somebody answers shows later.
    pub fn start(
        endpoints: &[String],
        service: IpAddr,
        asker: Asker,
        answers: impl Fn(u64, Answer) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let mut line = Line::new(endpoints, service, asker);
        let desk = Arc::new(Desk::default());
        let work = desk.clone();
        let thread = std::thread::Builder::new().name("arbiter".to_owned());
        let started = thread.spawn(move || {
            let mut silent = false;
            while let Some((id, question)) = work.next() {
                let answer = line.ask(&question);
                // Said once, since nodes ask often.
                match &answer {
                    Ok(_) if silent => tracing::info!("etcd answers again"),
                    Err(error) if !silent => tracing::warn!("etcd gives no answer: {error:#}"),
                    _ => {}
                }
                silent = answer.is_err();
                if let Ok(answer) = answer {
                    answers(id, answer);
                }
            }
        });
        started.context("cannot start the arbiter's thread")?;
        Ok(Etcd(desk))
    }

    /// Leaves a question, instead of one that still waits, unless it is being asked right now.
    pub fn ask(&self, id: u64, question: Question) {
        let mut state = self.0.lock();
        if state.current != Some((id, question)) {
            state.next = Some((id, question));
            self.0.changed.notify_one();
        }
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        // A request may be on its way, so the thread is not waited for.
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

/// Asks who reigns; a refusal tells.
pub(super) fn look(endpoints: &[String], service: IpAddr) -> anyhow::Result<Answer> {
    let nobody = Asker { node: 0, boot: 0 };
    let seen = Line::new(endpoints, service, nobody).read()?;
    Ok(refused(seen.record.as_ref()))
}

/// The two keys at one moment. A revision of 0 says that a key is not there.
#[derive(Debug)]
struct Seen {
    record: Option<Record>,
    reign_revision: String,
    kept_revision: String,
}

/// A reign that this node has kept in etcd.
#[derive(Debug)]
struct Held {
    record: Record,
    lease: String,
}

/// The thread's own.
#[derive(Debug)]
struct Line {
    endpoints: Vec<String>,
    /// The endpoint that has answered last.
    good: usize,
    asker: Asker,
    reign_key: String,
    kept_key: String,
    held: Option<Held>,
    /// What a fresh claim has tried to write last: nobody knows whether it came there.
    tried: Option<Record>,
}

impl Line {
    fn new(endpoints: &[String], service: IpAddr, asker: Asker) -> Self {
        let key = |name| base64::encode(format!("mcu/{service}/{name}").as_bytes());
        Line {
            endpoints: endpoints.to_vec(),
            good: 0,
            asker,
            reign_key: key("reign"),
            kept_key: key("kept"),
            held: None,
            tried: None,
        }
    }

    fn ask(&mut self, question: &Question) -> anyhow::Result<Answer> {
        if let Question::Keep { epoch } = *question
            && let Some(held) = self.held.take_if(|held| held.record.epoch == epoch)
            && self.is_kept(&held)?
        {
            self.held = Some(held);
            self.tried = None;
            return Ok(Answer::Granted(epoch));
        }
        for _ in 0..ATTEMPTS {
            let seen = self.read()?;
            let written = seen.record.filter(|_| seen.record == self.tried);
            let answer = match (question, written) {
                (Question::ClaimFresh, Some(record)) => Answer::Granted(record.epoch),
                _ => judge(
                    seen.record.as_ref(),
                    seen.kept_revision == "0",
                    self.asker,
                    question,
                ),
            };
            let Answer::Granted(epoch) = answer else {
                return Ok(answer);
            };
            let record = Record::granted(seen.record.as_ref(), self.asker, epoch, question);
            self.tried = (*question == Question::ClaimFresh).then_some(record);
            if self.write(&seen, record)? {
                return Ok(answer);
            }
        }
        bail!("others changed the record {ATTEMPTS} times while it was to be changed");
    }

    /// Renews the lease of a reign; false if the reign is no longer what it was.
    fn is_kept(&mut self, held: &Held) -> anyhow::Result<bool> {
        // First: the reign must be this node's at a moment when the lease is new.
        let renewed = self.post("lease/keepalive", &json!({ "ID": held.lease }))?;
        let seconds = renewed["result"]["TTL"].as_str().unwrap_or("0");
        if seconds == "0" {
            return Ok(false);
        }
        let unchanged = json!({
            "compare": [
                { "key": self.reign_key, "target": "VALUE", "value": value(&held.record)? },
                { "key": self.kept_key, "target": "LEASE", "lease": held.lease },
            ]
        });
        succeeded(&self.post("kv/txn", &unchanged)?)
    }

    fn read(&mut self) -> anyhow::Result<Seen> {
        let range = |key: &str| json!({ "request_range": { "key": key } });
        let both = [range(&self.reign_key), range(&self.kept_key)];
        let answer = self.post("kv/txn", &json!({ "success": both }))?;
        succeeded(&answer)?;
        let [reign, kept] = READ.map(|place| answer.pointer(place));
        let revision = |key: Option<&Value>| match key {
            Some(key) => (key["mod_revision"].as_str().map(str::to_owned))
                .context("etcd shows a key without its revision"),
            None => Ok("0".to_owned()),
        };
        let record = reign.map(|key| {
            (key["value"].as_str())
                .and_then(base64::decode)
                .and_then(|text| serde_json::from_slice(&text).ok())
                .context(
                    "etcd's key mcu/…/reign is not a record of a reign: who else writes there?",
                )
        });
        Ok(Seen {
            record: record.transpose()?,
            reign_revision: revision(reign)?,
            kept_revision: revision(kept)?,
        })
    }

    /// Writes both keys, if they are as they were seen; false if not.
    fn write(&mut self, seen: &Seen, record: Record) -> anyhow::Result<bool> {
        let lease = self.post("lease/grant", &json!({ "TTL": KEPT_SECONDS.to_string() }))?;
        let lease = lease["ID"]
            .as_str()
            .context("etcd gives no lease")?
            .to_owned();
        let unchanged = |key: &str, revision: &str| json!({ "key": key, "target": "MOD", "mod_revision": revision });
        let answer = self.post(
            "kv/txn",
            &json!({
                "compare": [
                    unchanged(&self.reign_key, &seen.reign_revision),
                    unchanged(&self.kept_key, &seen.kept_revision),
                ],
                "success": [
                    { "request_put": { "key": self.reign_key, "value": value(&record)? } },
                    { "request_put": { "key": self.kept_key, "lease": lease } },
                ],
            }),
        )?;
        let written = succeeded(&answer)?;
        if written {
            self.held = Some(Held { record, lease });
        }
        Ok(written)
    }

    /// Asks the endpoints in turn, beginning with the one that has answered last.
    fn post(&mut self, call: &str, body: &Value) -> anyhow::Result<Value> {
        let mut failures = String::new();
        for turn in 0..self.endpoints.len() {
            let place = (self.good + turn) % self.endpoints.len();
            match post(&self.endpoints[place], &format!("/v3/{call}"), body) {
                Ok(answer) => {
                    self.good = place;
                    return Ok(answer);
                }
                Err(error) => failures += &format!(" {}: {error:#};", self.endpoints[place]),
            }
        }
        bail!("{}", failures.trim_matches([' ', ';']))
    }
}

/// A record as etcd keeps it.
fn value(record: &Record) -> anyhow::Result<String> {
    Ok(base64::encode(&serde_json::to_vec(record)?))
}

/// Whether a transaction's comparisons held.
fn succeeded(answer: &Value) -> anyhow::Result<bool> {
    // etcd leaves out what is false.
    if !answer["header"].is_object() {
        bail!("this is no answer of etcd: {answer}");
    }
    Ok(answer["succeeded"].as_bool().unwrap_or(false))
}
