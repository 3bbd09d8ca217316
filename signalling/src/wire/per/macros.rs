//! The notation that the messages are written in. It reads like the ASN.1 it stands for:
//!
//! ```text
//! sequence! { Ack { number: Int<u8, 0, 255>, ..., call_id as "callID": Opt<Octets> } }
//! choice! { Answer { Ack(Ack), Nothing as "none", ..., Late } }
//! enumerated! { Colour { Red, Green, ... } }
//! ```
//!
//! An ASN.1 name is the Rust name in camel case, unless `as` gives it.

/// The ASN.1 name of a field or variant, made when compiling.
macro_rules! asn1_name {
    ($rust:ident as $name:literal) => {
        $name
    };
    ($rust:ident) => {
        const {
            const RUST: &str = stringify!($rust);
            const NAME: [u8; $crate::wire::per::name::camel_len(RUST)] =
                $crate::wire::per::name::camel(RUST);
            $crate::wire::per::name::text(&NAME)
        }
    };
}

/// Defines a SEQUENCE. Components after `...` are extension additions: every one is `Opt`, since an
/// earlier version of the type has none of them.
macro_rules! sequence {
    ($(#[$meta:meta])* $name:ident { $($f:ident $(as $fname:literal)? : $c:ty),* $(,)? }) => {
        sequence!(@type $(#[$meta])* $name { $($f : $c,)* });
        impl $crate::wire::per::Codec for $name {
            type Value = Self;
            #[allow(unused_variables)]
            fn encode(value: &Self, w: &mut $crate::wire::per::Writer) -> $crate::wire::per::Result<()> {
                $(if <$c as $crate::wire::per::Component>::OPTIONAL { w.bit(<$c as $crate::wire::per::Component>::present(&value.$f)); })*
                $(<$c as $crate::wire::per::Component>::encode(&value.$f, w)?;)*
                Ok(())
            }
            #[allow(unused_variables)]
            fn decode(r: &mut $crate::wire::per::Reader<'_>) -> $crate::wire::per::Result<Self> {
                $(let $f = !<$c as $crate::wire::per::Component>::OPTIONAL || r.bit()?;)*
                $(let $f = <$c as $crate::wire::per::Component>::decode(r, $f)
                    .map_err(|e| e.within(asn1_name!($f $(as $fname)?)))?;)*
                Ok($name { $($f),* })
            }
            fn initial() -> Self {
                Self::default()
            }
            #[allow(unused_variables, unused_mut)]
            fn json(value: &Self) -> serde_json::Value {
                let mut members = serde_json::Map::new();
                $(<$c as $crate::wire::per::Component>::json(&value.$f, asn1_name!($f $(as $fname)?), &mut members);)*
                members.into()
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($f:ident $(as $fname:literal)? : $c:ty,)* ... $(, $x:ident $(as $xname:literal)? : $d:ty)* $(,)? }) => {
        sequence!(@type $(#[$meta])* $name { $($f : $c,)* $($x : $d,)* });
        impl $crate::wire::per::Codec for $name {
            type Value = Self;
            #[allow(unused_variables)]
            fn encode(value: &Self, w: &mut $crate::wire::per::Writer) -> $crate::wire::per::Result<()> {
                let present = [$(<$d as $crate::wire::per::Component>::present(&value.$x)),*];
                let extended = present.contains(&true);
                w.bit(extended);
                $(if <$c as $crate::wire::per::Component>::OPTIONAL { w.bit(<$c as $crate::wire::per::Component>::present(&value.$f)); })*
                $(<$c as $crate::wire::per::Component>::encode(&value.$f, w)?;)*
                if extended {
                    w.additions(&present);
                    $(if <$d as $crate::wire::per::Component>::present(&value.$x) {
                        w.open(|w| <$d as $crate::wire::per::Component>::encode(&value.$x, w))?;
                    })*
                }
                Ok(())
            }
            #[allow(unused_mut)]
            fn decode(r: &mut $crate::wire::per::Reader<'_>) -> $crate::wire::per::Result<Self> {
                let extended = r.bit()?;
                $(let $f = !<$c as $crate::wire::per::Component>::OPTIONAL || r.bit()?;)*
                $(let $f = <$c as $crate::wire::per::Component>::decode(r, $f)
                    .map_err(|e| e.within(asn1_name!($f $(as $fname)?)))?;)*
                let mut additions = r.additions(extended)?;
                $(let $x = match additions.take(r) {
                    true => r
                        .open(|r| <$d as $crate::wire::per::Component>::decode(r, true))
                        .map_err(|e| e.within(asn1_name!($x $(as $xname)?)))?,
                    false => <$d as $crate::wire::per::Component>::initial(),
                };)*
                additions.skip_rest(r)?;
                Ok($name { $($f,)* $($x,)* })
            }
            fn initial() -> Self {
                Self::default()
            }
            #[allow(unused_variables, unused_mut)]
            fn json(value: &Self) -> serde_json::Value {
                let mut members = serde_json::Map::new();
                $(<$c as $crate::wire::per::Component>::json(&value.$f, asn1_name!($f $(as $fname)?), &mut members);)*
                $(<$d as $crate::wire::per::Component>::json(&value.$x, asn1_name!($x $(as $xname)?), &mut members);)*
                members.into()
            }
        }
    };
    (@type $(#[$meta:meta])* $name:ident { $($f:ident : $c:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $(pub $f: <$c as $crate::wire::per::Component>::Value,)*
        }
        impl Default for $name {
            fn default() -> Self {
                $name { $($f: <$c as $crate::wire::per::Component>::initial(),)* }
            }
        }
    };
}

/// Defines a CHOICE; NULL alternatives are unit variants. One with `...` keeps the alternatives
/// that it does not know in `Unrecognized`.
macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($v:ident $(as $vname:literal)? $(($c:ty))?),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($v $((<$c as $crate::wire::per::Codec>::Value))?,)*
        }
        const _: () = {
            enum Root { $($v),* }
            const ROOT: usize = [$(Root::$v as u32),*].len();
            impl $crate::wire::per::Codec for $name {
                type Value = Self;
                fn encode(value: &Self, w: &mut $crate::wire::per::Writer) -> $crate::wire::per::Result<()> {
                    match value {
                        $(Self::$v $((choice!(@bind x $c)))? => {
                            w.root_index(Root::$v as u32, ROOT, false);
                            $(<$c as $crate::wire::per::Codec>::encode(x, w)?;)?
                        })*
                    }
                    Ok(())
                }
                fn decode(r: &mut $crate::wire::per::Reader<'_>) -> $crate::wire::per::Result<Self> {
                    let (index, _) = r.index(ROOT, false)?;
                    $(if index == Root::$v as u32 {
                        #[allow(dead_code)]
                            const NAME: &str = asn1_name!($v $(as $vname)?);
                            return Ok(Self::$v $((<$c as $crate::wire::per::Codec>::decode(r)
                                .map_err(|e| e.within(NAME))?))?);
                    })*
                    Err(r.error($crate::wire::per::ErrorKind::UnknownAlternative))
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v $((<$c as $crate::wire::per::Codec>::initial()))?;)*
                }
                fn json(value: &Self) -> serde_json::Value {
                    let (name, value) = match value {
                        $(Self::$v $((choice!(@bind x $c)))? => (
                            asn1_name!($v $(as $vname)?).to_string(),
                            choice!(@json x $($c)?),
                        ),)*
                    };
                    serde_json::Map::from_iter([(name, value)]).into()
                }
            }
        };
        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::wire::per::Codec>::initial()
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($v:ident $(as $vname:literal)? $(($c:ty))?,)* ... $(, $x:ident $(as $xname:literal)? $(($d:ty))?)* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($v $((<$c as $crate::wire::per::Codec>::Value))?,)*
            $($x $((<$d as $crate::wire::per::Codec>::Value))?,)*
            /// An alternative that this version of the type does not have.
            Unrecognized($crate::wire::per::Unknown),
        }
        const _: () = {
            #[allow(dead_code)]
            enum Root { $($v),* }
            const ROOT: usize = [$(Root::$v as u32),*].len();
            #[allow(dead_code)]
            enum Added { $($x),* }
            impl $crate::wire::per::Codec for $name {
                type Value = Self;
                fn encode(value: &Self, w: &mut $crate::wire::per::Writer) -> $crate::wire::per::Result<()> {
                    match value {
                        $(Self::$v $((choice!(@bind x $c)))? => {
                            w.root_index(Root::$v as u32, ROOT, true);
                            $(<$c as $crate::wire::per::Codec>::encode(x, w)?;)?
                        })*
                        $(Self::$x $((choice!(@bind x $d)))? => {
                            w.extension_index(Added::$x as u32);
                            w.open(|_w| { $(<$d as $crate::wire::per::Codec>::encode(x, _w)?;)? Ok(()) })?;
                        })*
                        Self::Unrecognized(unknown) => {
                            w.extension_index(unknown.index);
                            w.octet_string(&unknown.encoding, 0, $crate::wire::per::MAX)?;
                        }
                    }
                    Ok(())
                }
                fn decode(r: &mut $crate::wire::per::Reader<'_>) -> $crate::wire::per::Result<Self> {
                    let (index, added) = r.index(ROOT, true)?;
                    if !added {
                        $(if index == Root::$v as u32 {
                            #[allow(dead_code)]
                            const NAME: &str = asn1_name!($v $(as $vname)?);
                            return Ok(Self::$v $((<$c as $crate::wire::per::Codec>::decode(r)
                                .map_err(|e| e.within(NAME))?))?);
                        })*
                        return Err(r.error($crate::wire::per::ErrorKind::UnknownAlternative));
                    }
                    $(if index == Added::$x as u32 {
                        return r
                            .open(|_r| Ok(Self::$x $((<$d as $crate::wire::per::Codec>::decode(_r)?))?))
                            .map_err(|e| e.within(asn1_name!($x $(as $xname)?)));
                    })*
                    Ok(Self::Unrecognized($crate::wire::per::Unknown { index, encoding: r.octet_string(0, $crate::wire::per::MAX)? }))
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v $((<$c as $crate::wire::per::Codec>::initial()))?;)*
                }
                fn json(value: &Self) -> serde_json::Value {
                    let (name, value) = match value {
                        $(Self::$v $((choice!(@bind x $c)))? => (
                            asn1_name!($v $(as $vname)?).to_string(),
                            choice!(@json x $($c)?),
                        ),)*
                        $(Self::$x $((choice!(@bind x $d)))? => (
                            asn1_name!($x $(as $xname)?).to_string(),
                            choice!(@json x $($d)?),
                        ),)*
                        Self::Unrecognized(unknown) => (
                            $crate::wire::per::name::unrecognized(unknown.index),
                            $crate::wire::hex::from_octets(&unknown.encoding).into(),
                        ),
                    };
                    serde_json::Map::from_iter([(name, value)]).into()
                }
            }
        };
        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::wire::per::Codec>::initial()
            }
        }
    };
    (@bind $x:ident $c:ty) => { $x };
    (@json $x:ident $c:ty) => { <$c as $crate::wire::per::Codec>::json($x) };
    (@json $x:ident) => { serde_json::Value::Null };
}

/// Defines an ENUMERATED.
macro_rules! enumerated {
    ($(#[$meta:meta])* $name:ident { $($v:ident $(as $vname:literal)?),* $(,)? }) => {
        enumerated!(@type $(#[$meta])* $name, false, { $($v $(as $vname)?,)* } {} {});
    };
    ($(#[$meta:meta])* $name:ident { $($v:ident $(as $vname:literal)?,)* ... $(, $x:ident $(as $xname:literal)?)* $(,)? }) => {
        enumerated!(@type $(#[$meta])* $name, true, { $($v $(as $vname)?,)* } { $($x $(as $xname)?,)* } { u32 });
    };
    (@type $(#[$meta:meta])* $name:ident, $extensible:literal, { $($v:ident $(as $vname:literal)?,)* } { $($x:ident $(as $xname:literal)?,)* } { $($u:ty)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($v,)*
            $($x,)*
            $(/// A value that this version of the type does not have.
            Unrecognized($u),)?
        }
        const _: () = {
            enum Root { $($v),* }
            const ROOT: usize = [$(Root::$v as u32),*].len();
            #[allow(dead_code)]
            enum Added { $($x),* }
            impl $crate::wire::per::Codec for $name {
                type Value = Self;
                fn encode(value: &Self, w: &mut $crate::wire::per::Writer) -> $crate::wire::per::Result<()> {
                    match value {
                        $(Self::$v => w.root_index(Root::$v as u32, ROOT, $extensible),)*
                        $(Self::$x => w.extension_index(Added::$x as u32),)*
                        $(Self::Unrecognized(index) => w.extension_index(*index as $u),)?
                    }
                    Ok(())
                }
                fn decode(r: &mut $crate::wire::per::Reader<'_>) -> $crate::wire::per::Result<Self> {
                    let (index, added) = r.index(ROOT, $extensible)?;
                    $(if !added && index == Root::$v as u32 { return Ok(Self::$v); })*
                    $(if added && index == Added::$x as u32 { return Ok(Self::$x); })*
                    $(if added { return Ok(Self::Unrecognized(index as $u)); })?
                    Err(r.error($crate::wire::per::ErrorKind::UnknownAlternative))
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v;)*
                }
                fn json(value: &Self) -> serde_json::Value {
                    match value {
                        $(Self::$v => asn1_name!($v $(as $vname)?).into(),)*
                        $(Self::$x => asn1_name!($x $(as $xname)?).into(),)*
                        $(Self::Unrecognized(index) => $crate::wire::per::name::unrecognized(*index as $u).into(),)?
                    }
                }
            }
        };
        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::wire::per::Codec>::initial()
            }
        }
    };
}
