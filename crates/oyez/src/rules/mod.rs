//! Audit rules on their way between files and the kernel; the language itself is `oyez-rules`.
//!
//! | step | in → out |
//! |---|---|
//! | [`files`] | names of files and folders → their texts |
//! | [`compile`] | texts → a [`compile::Plan`], and every problem with its place |
//! | [`held`] | the kernel's answer → the rules it holds |
//! | [`changes`] | plan, rules held, status → the steps between, none if there is nothing to do |
//! | [`apply`] | steps → the kernel, each refusal told with its [`reason`] (in words: [`refusal`]); all back again where that is asked for |
//!
//! Everything but [`files`], [`host`] and [`replace`] is pure or works on any [`oyez_netlink::Kernel`].

pub(crate) mod apply;
pub(crate) mod changes;
pub(crate) mod compile;
pub(crate) mod files;
pub(crate) mod held;
pub(crate) mod host;
pub(crate) mod problems;
pub(crate) mod reason;
pub(crate) mod refusal;
pub(crate) mod replace;
pub(crate) mod show;
pub(crate) mod starter;
#[cfg(test)]
pub(crate) mod tests;
