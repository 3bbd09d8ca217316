/// Defines a SEQUENCE. Components after `...` are extension additions, and [`Opt`](crate::wire::per::Opt).
///
/// ```
/// per::sequence! { Ack { number: per::Int<u8, 0, 255>, ..., reason: per::Opt<per::Octets> } }
/// # use per::Pdu;
/// let ack = Ack { number: 3, reason: Some(vec![0xff]) };
/// assert_eq!(ack.to_bytes().unwrap(), [0x80, 3, 0x01, 2, 1, 0xff]);
/// ```
macro_rules! sequence {
    ($(#[$meta:meta])* $name:ident { $($f:ident : $c:ty),* $(,)? }) => {
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
                $(let $f = <$c as $crate::wire::per::Component>::decode(r, $f)?;)*
                Ok($name { $($f),* })
            }
            fn initial() -> Self {
                Self::default()
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($f:ident : $c:ty,)* ... $(, $x:ident : $d:ty)* $(,)? }) => {
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
                $(let $f = <$c as $crate::wire::per::Component>::decode(r, $f)?;)*
                let mut additions = r.additions(extended)?;
                $(let $x = match additions.take() {
                    true => r.open(|r| <$d as $crate::wire::per::Component>::decode(r, true))?,
                    false => <$d as $crate::wire::per::Component>::initial(),
                };)*
                additions.skip_rest(r)?;
                Ok($name { $($f,)* $($x,)* })
            }
            fn initial() -> Self {
                Self::default()
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
    ($(#[$meta:meta])* $name:ident { $($v:ident $(($c:ty))?),* $(,)? }) => {
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
                        return Ok(Self::$v $((<$c as $crate::wire::per::Codec>::decode(r)?))?);
                    })*
                    Err($crate::wire::per::Error::UnknownAlternative)
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v $((<$c as $crate::wire::per::Codec>::initial()))?;)*
                }
            }
        };
        impl Default for $name {
            fn default() -> Self {
                <Self as $crate::wire::per::Codec>::initial()
            }
        }
    };
    ($(#[$meta:meta])* $name:ident { $($v:ident $(($c:ty))?,)* ... $(, $x:ident $(($d:ty))?)* $(,)? }) => {
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
                            return Ok(Self::$v $((<$c as $crate::wire::per::Codec>::decode(r)?))?);
                        })*
                        return Err($crate::wire::per::Error::UnknownAlternative);
                    }
                    $(if index == Added::$x as u32 {
                        return r.open(|_r| Ok(Self::$x $((<$d as $crate::wire::per::Codec>::decode(_r)?))?));
                    })*
                    Ok(Self::Unrecognized($crate::wire::per::Unknown { index, encoding: r.open_octets()? }))
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v $((<$c as $crate::wire::per::Codec>::initial()))?;)*
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
}

/// Defines an ENUMERATED.
macro_rules! enumerated {
    ($(#[$meta:meta])* $name:ident { $($v:ident),* $(,)? }) => {
        enumerated!(@type $(#[$meta])* $name, false, { $($v,)* } {} {});
    };
    ($(#[$meta:meta])* $name:ident { $($v:ident,)* ... $(, $x:ident)* $(,)? }) => {
        enumerated!(@type $(#[$meta])* $name, true, { $($v,)* } { $($x,)* } { u32 });
    };
    (@type $(#[$meta:meta])* $name:ident, $extensible:literal, { $($v:ident,)* } { $($x:ident,)* } { $($u:ty)? }) => {
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
                    Err($crate::wire::per::Error::UnknownAlternative)
                }
                #[allow(unreachable_code)]
                fn initial() -> Self {
                    $(return Self::$v;)*
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
