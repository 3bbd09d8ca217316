//! What an operator sees of a node.

use crate::failover::{Role, Timeline};
use serde::{Deserialize, Serialize};

/// A node and what it knows of the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// Present if this node is one of a pair.
    pub paired: bool,
    /// Itself.
    pub this: NodeStatus,
    /// The other one, as its last heartbeat told.
    pub other: Option<NodeStatus>,
    /// All others that were heard.
    #[serde(default)]
    pub others: Vec<NodeStatus>,
    /// It does not know whether it may serve, and says nothing to clients.
    #[serde(default)]
    pub suspended: bool,
    /// Whether the link between them stands.
    pub linked: bool,
    /// Milliseconds since the other's last heartbeat.
    pub last_beat_ms: Option<f64>,
    /// Takeovers by this node since it started.
    pub takeovers: u64,
    /// What it did when the other was lost last.
    pub last_change: Option<Timeline>,
}

/// One node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NodeStatus {
    /// 1 or 2; 0 for a node without another.
    pub node: u8,
    /// What it is.
    pub role: Role,
    /// The reign it belongs to.
    pub epoch: u64,
    /// The last record of the log that it has.
    pub position: u64,
    /// Of these the other has acknowledged; only known of itself.
    pub acknowledged: Option<u64>,
    /// Clients' connections that it holds, or watches as a backup; only known of itself.
    pub connections: Option<usize>,
    /// CPU time of the process, with all its services, per time: thousandths of one core. Only a node of a
    /// pair measures it.
    pub load_permille: Option<u16>,
}
