//! ASN.1 names, made of Rust names when compiling.

/// Octets of `rust` in camel case.
pub const fn camel_len(rust: &str) -> usize {
    let rust = rust.as_bytes();
    let (mut i, mut len) = (first(rust), 0);
    while i < rust.len() {
        if rust[i] != b'_' {
            len += 1;
        }
        i += 1;
    }
    len
}

/// `source_address` and `SourceAddress` as `sourceAddress`; `N` is [`camel_len`].
pub const fn camel<const N: usize>(rust: &str) -> [u8; N] {
    let rust = rust.as_bytes();
    let (mut name, mut len) = ([0; N], 0);
    let mut i = first(rust);
    while i < rust.len() {
        if rust[i] != b'_' {
            name[len] = if len == 0 {
                rust[i].to_ascii_lowercase()
            } else if rust[i - 1] == b'_' {
                rust[i].to_ascii_uppercase()
            } else {
                rust[i]
            };
            len += 1;
        }
        i += 1;
    }
    name
}

/// A name as text.
pub const fn text(name: &[u8]) -> &str {
    match std::str::from_utf8(name) {
        Ok(text) => text,
        Err(_) => panic!("Rust names here are ASCII"),
    }
}

/// What stands for the name of an alternative that this version of a type does not have.
pub fn unrecognized(index: u32) -> String {
    format!("_ext_{index}")
}

/// Past the `r#` of a raw identifier.
const fn first(rust: &[u8]) -> usize {
    if rust.len() > 2 && rust[1] == b'#' {
        2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_camel_case() {
        assert_eq!(text(&camel::<13>("source_address")), "sourceAddress");
        assert_eq!(text(&camel::<4>("r#type")), "type");
        assert_eq!(text(&camel::<12>("G711Alaw64k")[..11]), "g711Alaw64k");
        assert_eq!(camel_len("r#type"), 4);
    }
}
