//! Which room a caller means.
//!
//! Terminals say it as dialled digits, an h323-ID or a URL (H.323 §7.5, H.225.0 AliasAddress); a PIN
//! may follow the room after a star: `1000*4711`.

/// A room's name as dialled, in lower case, and a PIN if one came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Never empty.
    pub room: String,
    /// Digits.
    pub pin: Option<String>,
}

impl Destination {
    /// The room that an alias names; `None` for one that names no room, such as a bare address.
    pub fn parse(alias: &str) -> Option<Destination> {
        let alias = alias.trim().trim_end_matches('\0');
        let user = match strip_scheme(alias) {
            // In a URL what stands alone is the host (H.323 Annex O).
            Some(url) => url.split_once('@')?.0,
            None => alias.split_once('@').map_or(alias, |(user, _host)| user),
        };
        let (room, pin) = match user.split_once('*') {
            Some((room, pin)) if pin.chars().all(|c| c.is_ascii_digit()) => {
                (room, Some(pin.to_string()))
            }
            _ => (user, None),
        };
        let is_address = room.parse::<std::net::IpAddr>().is_ok();
        (!room.is_empty() && !is_address).then(|| Destination {
            room: room.to_lowercase(),
            pin,
        })
    }
}

fn strip_scheme(alias: &str) -> Option<&str> {
    let (scheme, rest) = alias.split_once(':')?;
    scheme.eq_ignore_ascii_case("h323").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(alias: &str) -> Option<(String, Option<String>)> {
        Destination::parse(alias).map(|d| (d.room, d.pin))
    }

    #[test]
    fn rooms_are_found_in_every_form_of_alias() {
        assert_eq!(room("1000"), Some(("1000".into(), None)));
        assert_eq!(room("Court A"), Some(("court a".into(), None)));
        assert_eq!(room("h323:court@example.org"), Some(("court".into(), None)));
        assert_eq!(room("court@10.0.0.1:1720"), Some(("court".into(), None)));
        assert_eq!(
            room("1000*4711"),
            Some(("1000".into(), Some("4711".into())))
        );
    }

    #[test]
    fn an_address_alone_names_no_room() {
        assert_eq!(room(""), None);
        assert_eq!(room("10.0.0.1"), None);
        assert_eq!(room("h323:10.0.0.1"), None);
        assert_eq!(room("@host"), None);
    }
}
