//! The rules that the kernel holds.

use oyez_netlink::{Kernel, Result};
use oyez_rules::bytes::{self, DecodeError};
use oyez_rules::model::Rule;

/// What the kernel listed, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) rules: Vec<Rule>,
    /// Rules that oyez cannot read, as bytes: fields of a later kernel. They can be deleted, not shown.
    pub(crate) unread: Vec<(Vec<u8>, DecodeError)>,
}

impl Held {
    /// How many rules there are.
    pub(crate) fn len(&self) -> usize {
        self.rules.len() + self.unread.len()
    }
}

/// Asks the kernel for its rules.
///
/// # Errors
/// The kernel's.
pub(crate) fn ask(kernel: &mut impl Kernel) -> Result<Held> {
    let mut held = Held::default();
    kernel.list_rules(&mut |rule| match bytes::decode(rule) {
        Ok(rule) => held.rules.push(rule),
        Err(error) => held.unread.push((rule.to_vec(), error)),
    })?;
    Ok(held)
}

/// Whether a rule has a key that holds this text, as `auditctl -k` asks it.
pub(crate) fn has_key_with(rule: &Rule, text: &[u8]) -> bool {
    rule.keys().any(|key| text.is_empty() || key.windows(text.len()).any(|part| part == text))
}

/// Whether a rule has just this key.
pub(crate) fn has_key(rule: &Rule, key: &[u8]) -> bool {
    rule.keys().any(|known| known == key)
}
