//! The types of outputs there are: one row each, and what `oyez outputs` and the documentation say of it.

use std::fmt;
use std::sync::Arc;

use oyez_output::Kind;

use super::keys::Extra;
use super::making::{Leaf, Making};
use super::{file, journald, program, stdout, syslog, tcp, unix};
use crate::config::keyed;
use crate::config::keys::{Described, KeyDef};
use crate::config::load::Effective;

/// A type that is in the build only with a cargo feature of its name, which is its module's.
macro_rules! with {
    ($module:ident, $feature:literal) => {{
        #[cfg(feature = $feature)]
        const TYPE: TypeDef = super::$module::TYPE;
        #[cfg(not(feature = $feature))]
        const TYPE: TypeDef = TypeDef::left_out(stringify!($module), $feature);
        TYPE
    }};
}

/// Every type, in the order they are documented.
pub(crate) static TYPES: &[TypeDef] = &[
    stdout::TYPE,
    file::TYPE,
    unix::TYPE,
    program::TYPE,
    syslog::TYPE,
    journald::TYPE,
    tcp::TYPE,
    with!(http, "http"),
    with!(elasticsearch, "http"),
    with!(splunk, "http"),
    with!(loki, "http"),
    with!(clickhouse, "http"),
    with!(otlp, "otlp"),
    with!(kafka, "kafka"),
    with!(nats, "nats"),
    with!(redis, "redis"),
];

/// A type of outputs.
#[derive(Debug)]
pub(crate) struct TypeDef {
    /// What `type` says.
    pub(crate) name: &'static str,
    /// What it does, in one line, without a full stop.
    pub(crate) doc: &'static str,
    /// What it means that an event was delivered, and when it may arrive twice, in sentences.
    pub(crate) guarantees: &'static str,
    /// What it was tested against: `real: nats-server 2.9.10`, or `stub: written from RFC 5424`.
    pub(crate) tested: &'static str,
    /// Which of the common keys it takes that not all types do.
    pub(crate) takes: &'static [Extra],
    /// Common keys that have another default here, as TOML.
    pub(crate) defaults: &'static [(&'static str, &'static str)],
    /// Its own keys; `None` where it is not in this build.
    pub(crate) table: Option<&'static dyn Table>,
    /// The cargo feature it needs.
    pub(crate) feature: Option<&'static str>,
}

impl TypeDef {
    /// What a row says that does not say it: nothing, and in every build.
    pub(crate) const BLANK: Self =
        Self { name: "", doc: "", guarantees: "", tested: "", takes: &[], defaults: &[], table: None, feature: None };

    /// One that this build does not have.
    #[cfg_attr(
        all(feature = "http", feature = "otlp", feature = "kafka", feature = "nats"),
        expect(dead_code, reason = "this build has all")
    )]
    const fn left_out(name: &'static str, feature: &'static str) -> Self {
        Self { name, doc: "not in this build", feature: Some(feature), ..Self::BLANK }
    }

    /// Whether it is the type of standard output, which may be a terminal.
    pub(crate) fn is_stdout(&self) -> bool {
        self.name == stdout::TYPE.name
    }
}

/// The type with this name.
pub(crate) fn find(name: &str) -> Option<&'static TypeDef> {
    TYPES.iter().find(|of| of.name == name)
}

/// The keys of one type, whatever they are stored in.
pub(crate) trait Table: fmt::Debug + Sync {
    /// The keys.
    fn described(&self) -> Vec<Described>;

    /// Checks what is set of them, and makes the output's settings of them if `is_whole`: all else was right so far. Also
    /// says what they hold.
    fn read(
        &self,
        leaves: &[Leaf<'_>],
        making: &mut Making<'_>,
        is_whole: bool,
    ) -> (Vec<Effective>, Option<Arc<dyn Kind>>);
}

/// The keys of one type, which are stored in a `K`.
#[derive(Debug)]
pub(crate) struct Typed<K: 'static> {
    /// The keys.
    pub(crate) keys: &'static [KeyDef<K>],
    /// Makes the output's settings of what they hold, or says what is wrong with them together.
    pub(crate) make: fn(&K, &mut Making<'_>) -> Option<Arc<dyn Kind>>,
}

impl<K: Default + fmt::Debug> Table for Typed<K> {
    fn described(&self) -> Vec<Described> {
        self.keys.iter().map(KeyDef::described).collect()
    }

    fn read(
        &self,
        leaves: &[Leaf<'_>],
        making: &mut Making<'_>,
        is_whole: bool,
    ) -> (Vec<Effective>, Option<Arc<dyn Kind>>) {
        let (mut keys, mut values) = (keyed::defaults(self.keys), keyed::blank(self.keys));
        let before = making.problems();
        for leaf in leaves {
            if let Some(key) = self.keys.iter().find(|key| key.name == leaf.path) {
                making.take(key, leaf, (&mut keys, &mut values));
            }
        }
        let is_whole = is_whole && making.problems() == before;
        (values, if is_whole { (self.make)(&keys, making) } else { None })
    }
}
