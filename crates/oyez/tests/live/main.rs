//! `oyez run` on the running kernel: what a workload did against what comes out, and what becomes of the host.
//!
//! The workload is a thread of this process that turned into uid 5 (`games`), the only one that the rules match; it keeps
//! the truth of what it did. Every test takes its turn first and puts the host back: see [`oyez_testkit::live`]. One that
//! can't run here prints "skipped:" and why. They wait for facts, not for times.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, as the tests themselves")]

mod auditctl;
mod backlog;
mod crash;
mod daemon;
mod events;
mod filter;
mod filters;
mod games;
mod hostile;
mod idle;
mod known;
mod latency;
mod limit;
mod many;
mod once;
mod processes;
mod reload;
mod report;
mod rules;
mod rules_daemon;
mod second;
mod stop;
mod truth;
mod until;
