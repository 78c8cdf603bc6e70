//! "Did you mean", as for rules.

pub(super) use oyez_rules::suggest::nearest;
