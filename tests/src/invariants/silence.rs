//! I4: a node that does not serve says nothing to clients.

use super::Verdict;
use replication::failover::Role;
use replication::tcp::Ends;

/// What was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A TCP segment.
    Segment,
    /// A TCP segment that ends a connection, the service having closed it.
    Goodbye,
    /// Media.
    Media,
}

/// Who says what.
#[derive(Debug, Default)]
pub struct Silence {
    heard: u64,
}

impl Silence {
    /// A node says something on a connection from a service address. `role` is what it is, None if it is dead.
    pub fn heard(&mut self, node: u8, role: Option<Role>, what: Voice, ends: Ends) -> Verdict {
        self.heard += 1;
        match role {
            Some(role) if role.serves() => Ok(()),
            Some(role) => Err(format!(
                "I4: node {node} is {} and sends {what:?} to {}",
                role.name(),
                ends.peer
            )),
            None => Err(format!(
                "I4: node {node} is dead and sends {what:?} to {}",
                ends.peer
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ends;
    use super::*;

    #[test]
    fn only_a_node_that_serves_may_speak() {
        let mut silence = Silence::default();
        for role in [Role::Primary, Role::Simplex] {
            assert_eq!(silence.heard(0, Some(role), Voice::Segment, ends()), Ok(()));
        }
        for role in [Role::Backup, Role::Joining, Role::Starting, Role::Deposed] {
            let heard = silence.heard(0, Some(role), Voice::Segment, ends());
            assert!(heard.unwrap_err().starts_with("I4"));
        }
        assert!(silence.heard(0, None, Voice::Goodbye, ends()).is_err());
    }
}
