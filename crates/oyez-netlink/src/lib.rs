//! The kernel's audit netlink socket, and that of its process connector; the only unsafe code in oyez.
//!
//! Purpose: talk to the Linux kernel's audit system (`NETLINK_AUDIT`, kernel 4.18 and later). Kernel messages in,
//! `(type, bytes)` out; this crate does not know what a record says. Beside it, hear of processes that begin and end
//! (`NETLINK_CONNECTOR`).
//!
//! | module | holds |
//! |---|---|
//! | [`control`] | [`Control`]: status, features, settings, rules, each request answered; and the trait [`Kernel`] |
//! | [`data`] | [`DataSocket`]: unicast or multicast, buffer, filter, waiting, batched receiving |
//! | [`registration`] | [`DataSocket::register`]: how the socket becomes the audit daemon's |
//! | [`slab`] | [`Slab`], [`Received`]: the messages of one receive, and what was refused |
//! | [`message`] | [`Message`]: what one datagram is |
//! | [`batch`] | [`Batch`]: the messages of a drain, packed to be handed on |
//! | [`buffer`] | [`ReceiveBuffer`]: when the socket's receive buffer should grow; asks nobody |
//! | [`policy`] | [`WaitPolicy`]: when to block, nap and receive; no clock of its own |
//! | [`wake`] | [`Wake`]: ends a wait from another thread or a signal handler |
//! | [`status`] | [`Status`], [`Features`]: decoded answers, short ones included |
//! | [`rule`] | the bytes of the one rule that oyez makes for itself |
//! | [`connector`] | [`connector::Listener`]: forks, execs and exits of all processes; tells of loss |
//! | [`listeners`] | who else has an audit socket |
//! | [`outq`] | how much of what was written to any socket its other end has not taken |
//! | [`environment`] | [`Obstacle`]: why it does not work here, and the way out |
//! | `fake` | a kernel in memory that answers in bytes (feature `fake`) |
//!
//! The receiving thread, in short:
//! ```no_run
//! # use oyez_netlink::*; use std::time::{Duration, Instant};
//! # fn main() -> Result<()> {
//! let mut socket = DataSocket::unicast()?;
//! let receive_buffer = socket.set_receive_buffer(16 << 20)?;
//! let (mut slab, mut batch) = (Slab::new(256), Batch::with_bound(1 << 20));
//! let wake = Wake::new()?;
//! let mut total = socket.register(std::process::id(), Duration::from_secs(5), &mut slab, &mut |message| {
//!     let _ = batch.push_message(message); // what already pours in while the kernel registers us
//! })?;
//! let start = Instant::now();
//! let mut policy = WaitPolicy::new(WaitSettings { receive_buffer, ..WaitSettings::default() });
//! loop {
//!     match policy.step() {
//!         Step::Block => {
//!             let ready = socket.wait(None, &wake)?;
//!             if ready.woken { break }
//!             if ready.readable { policy.readable(start.elapsed()) }
//!         }
//!         Step::Nap(time) => {
//!             if wake.nap(time)? { break }
//!             policy.napped(start.elapsed());
//!         }
//!         Step::Receive => {
//!             let received = socket.receive(&mut slab)?;
//!             for message in slab.messages() {
//!                 let _full = !batch.push_message(&message);
//!             }
//!             total += received;
//!             policy.received(received.datagrams, received.more, start.elapsed());
//!         }
//!     }
//! }
//! # Ok(()) }
//! ```
//! Nothing else may run on that thread: a sender to the kernel can be put to sleep for `backlog_wait_time`
//! (kernel/audit.c, `audit_receive`), so a [`Control`] belongs to another one.

#![expect(
    unsafe_code,
    reason = "the one crate that makes system calls; all of it is in `sys`, each block with its note"
)]

pub mod batch;
pub mod buffer;
pub mod connector;
pub mod control;
pub mod data;
pub mod environment;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod filter;
pub mod listeners;
pub mod message;
pub mod outq;
pub mod policy;
mod protocol;
pub mod registration;
pub mod rule;
pub mod slab;
pub mod status;
mod sys;
pub mod wake;

pub use batch::Batch;
pub use buffer::ReceiveBuffer;
pub use control::{Control, Kernel, Link};
pub use data::{DataSocket, Ready};
pub use environment::{Attempt, Facts, Obstacle};
pub use error::{Error, Result};
pub use message::Message;
pub use policy::{Step, WaitPolicy, WaitSettings};
pub use registration::Registrar;
pub use slab::{Received, Slab};
pub use status::{Feature, Features, Status};
pub use wake::Wake;
