//! `oyez run`: the threads, what stands between them, and how they start and end.
//!
//! ```text
//!                    orders, wake
//!           ┌───────────────────────────────────────────────┐
//!           ▼                                               │
//!  kernel ─▶ receive ──Batch──▶ [queue] ──▶ pipeline ──▶ output
//!           │      ◀──empty── [spare]           ▲ │         │
//!           │                          commands │ │ active  │
//!           └─────────ended──────────▶ control ─┘ ▼         │
//!  signals ───────────signal─────────▶ (main) ◀───┴─────────┘
//!                                        │
//!                                        └─▶ kernel settings, state file, pid file
//! ```
//!
//! | thread | waits for | never waits for | file |
//! |---|---|---|---|
//! | receive | the socket, or a nap | anybody else | `receive` |
//! | pipeline | the queue, a command, the next event's end; its output | – | `pipeline` |
//! | control (main) | a happening; the kernel's answers | the output | `control` |
//! | signals | a signal | – | `signals` |
//!
//! | queue | bound | when full |
//! |---|---|---|
//! | batches | `receive.queue` bytes, spare batches included | the newest records are dropped and counted as `queue` |
//! | commands | 1024 | the command is not given, and its giver says so |
//! | happenings | none: a few per second at most | – |
//!
//! The order of the end is in `control`. Counts are in `tally`, whose promise is `received = emitted + filtered +
//! lost`; it is printed at the end, and a run that does not keep it ends with an error.

mod advice;
mod attach;
mod claim;
mod clock;
mod control;
#[cfg(test)]
mod fakes;
mod kernel_watch;
mod lines;
mod losses;
mod output;
mod own;
mod pid_file;
mod pipeline;
mod process;
mod queue;
mod receive;
mod reload;
mod restore;
mod signals;
mod start;
mod state;
mod tally;
mod threads;
mod told;
mod tune;

pub use start::run;
