//! The rule language of auditctl: text, rules and the kernel's bytes, each from the other.
//!
//! | from | to | by |
//! |---|---|---|
//! | a line, a command line, a file | [`model::Command`]s and every [`text::Problem`] | [`text`] |
//! | files of a folder | one list of lines, as augenrules makes it | [`mod@file`] |
//! | [`model::Rule`] | `struct audit_rule_data`, and back | [`bytes`] |
//! | [`model::Rule`] | text | [`mod@print`] |
//! | rules wanted, rules held | steps from one to the other | [`diff`] |
//! | rules with their place, facts of the host | what is wrong with them, and what each costs | [`lint`] |
//!
//! Pure: no file, no socket, no look-up of users happens here. What a rule needs to know of the host comes in through
//! [`text::Target`]. Facts: auditctl(8), audit.rules(7), include/uapi/linux/audit.h, kernel/auditfilter.c; what auditctl
//! does where its page is silent was seen of 3.0.9 and is tested against it.

mod aliases;
pub mod bytes;
pub mod diff;
pub mod file;
pub mod lint;
pub mod model;
mod perm;
pub mod print;
pub mod suggest;
pub mod text;
mod values;
