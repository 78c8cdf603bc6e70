//! The kernel's process connector: which process forked, ran a program, ended (`NETLINK_CONNECTOR`, `CN_IDX_PROC`;
//! `drivers/connector/cn_proc.c`).
//!
//! Nothing in, [`Message`]s out ([`Listener::drain`]). Refuses what the kernel did not send (the sender's port is not 0) and
//! what is no whole message; both are counted, and so is what the kernel had no room for.
//!
//! | module | holds |
//! |---|---|
//! | [`message`] | the bytes of a message and what they say; pure |
//! | `filter` | the BPF program that leaves all but forks, execs and exits of processes in the kernel |
//! | `listener` | [`Listener`]: the socket |
//!
//! **Who may listen.** `CAP_NET_ADMIN` in the initial network, user and pid namespaces. In others the kernel does not answer at
//! all (`cn_proc_mcast_ctl`), so [`Listener::open`] waits for its acknowledgement, a second at most.
//!
//! **Order.** A fork is told before the child can run (kernel/fork.c, `copy_process`: `proc_fork_connector` stands before
//! `wake_up_new_task`), an exec before the call returns, an exit while the process ends. Messages of this socket and records of
//! the audit socket are in no common order; but whoever drains this one *after* receiving records and *before* looking at
//! them has been told of every fork and exec that came before those records, unless it was lost. He may also have been told
//! of what came later.
//!
//! **What it costs the host.** The kernel makes one message of 76 bytes per event and copies it once per listener, while
//! there is one; nobody is woken who does not wait. The filter spares the copies that nobody here needs: of threads, ids,
//! names.

mod filter;
mod listener;
pub mod message;

pub use listener::{Drained, Listener, Waiter};
pub use message::Message;

/// Something that can be drained of messages: a [`Listener`], or in tests a list.
pub trait Messages {
    /// Gives all that is there to `take`, without waiting, at most [`DRAIN_LIMIT`] messages.
    ///
    /// # Errors
    /// It is unusable.
    fn drain(&mut self, take: &mut dyn FnMut(&Message)) -> crate::Result<Drained>;
}

/// Messages that one drain takes at most: a storm must not keep the drain from ending.
pub const DRAIN_LIMIT: u64 = 65_536;
