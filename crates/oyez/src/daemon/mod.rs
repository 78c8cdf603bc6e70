//! `oyez run`: the threads, what stands between them, and how they start and end.
//!
//! ```text
//!                    orders, wake
//!           ┌───────────────────────────────────────────────┐
//!           ▼                                               │
//!  kernel ─▶ receive ──Batch──▶ [queue] ──▶ pipeline ──Parcel──▶ [lane: queue, spool] ──▶ courier ──▶ receiver
//!           │      ◀──empty── [spare]           ▲ │ ▲ └──Parcel──▶ [lane: queue] ───────▶ courier ──▶ receiver
//!           │                          commands │ │ └─────────────── look ─────────────────┘
//!           └─────────ended──────────▶ control ─┘ │ active, nobody left
//!  signals ───────────signal─────────▶ (main) ◀───┘
//!                                        │
//!                                        └─▶ kernel settings, state file, pid file
//! ```
//!
//! | thread | waits for | never waits for | file |
//! |---|---|---|---|
//! | receive | the socket, or a nap; with `on_overload = "wait"` room in a full queue, 50 ms a record | anybody else | `receive` |
//! | pipeline | the queue, a command, the next event's end; /proc, for arguments 50 ms; outputs with `on_full = "wait"`, the only output 200 ms, and at the end all that get on; with `cpu_limit` its share | outputs, else | `pipeline`, `router`, `route` |
//! | of each output (1–2) | messages; its receiver, its disk | – | `oyez_output::lane` |
//! | control (main) | a happening; the kernel's answers | outputs | `control` |
//! | signals | a signal | – | `signals` |
//! | nss | ids without a name; its helper process, ten seconds each | – | `enrich` |
//! | hash | files to hash; their disks | – | `enrich` |
//! | watch | the process connector, then a pause | the pipeline | `enrich::watch` |
//! | proc (1–4) | arguments of processes in /proc, for as long as those take | – | `enrich::patience` |
//!
//! | queue | bound | when full |
//! |---|---|---|
//! | batches | `receive.queue` bytes, spare batches included | the newest records are dropped and counted as `queue` |
//! | of each output | `queue` bytes of it, a parcel, and 64 KiB for oyez's own events | events are shed by priority and counted as `shed`, the oldest go, or the pipeline waits (`on_full`) |
//! | commands | 1024 | the command is not given, and its giver says so |
//! | ids without a name | 1024 | not asked; a later event asks again |
//! | files to hash | 64 | not hashed, and counted |
//! | happenings | none: a few per second at most | – |
//!
//! Which outputs run is in `outputs`; what each is told of losses in `ledger`, how it does in `standing`.
//!
//! What is changed on the host is in `restore`, its rules in `restore/rules`; `enforce` says when to look whether they are
//! still as they were loaded.
//!
//! The order of the end is in `control`. Counts are in `tally`, whose promise is `received = emitted + filtered + shed +
//! lost`; those of outputs are in `books`. All are printed at the end, and a run that does not keep them ends with an error.

mod advice;
pub(crate) mod attach;
mod backlog;
mod books;
mod chain;
mod claim;
pub(crate) mod clock;
mod control;
mod cpu_limit;
mod enforce;
mod enrich;
#[cfg(test)]
pub(crate) mod fakes;
mod filter;
mod filtering;
mod finale;
mod forms;
mod identity;
mod kernel_watch;
mod ledger;
mod outputs;
pub(crate) mod own;
mod pid_file;
mod pipeline;
mod priority;
mod process;
mod proof;
mod queue;
pub(crate) mod receive;
mod reload;
mod restore;
mod route;
mod router;
mod rule_change;
mod rule_notes;
mod running;
mod signals;
mod sparing;
mod standing;
mod start;
pub(crate) mod state;
mod switch;
mod tally;
mod threads;
mod throttle;
mod told;
pub(crate) mod tune;

pub(crate) use running::Running;
pub use start::run;
