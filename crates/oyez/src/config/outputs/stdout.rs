//! `[[output]]` of type `stdout`: it has no keys of its own.

use std::sync::Arc;

use oyez_output::stdout::Settings;

use super::making::Claim;
use super::registry::{TypeDef, Typed};

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "stdout",
    doc: "standard output: a terminal, a pipe, a socket or a file",
    guarantees: "Delivered means that the kernel has taken the whole event: it is in the pipe, the terminal or the file. Nothing \
        arrives twice. When nobody reads any more the output ends for good.",
    tested: "real: pipes, sockets and files",
    table: Some(&TABLE),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

static TABLE: Typed<()> = Typed {
    keys: &[],
    make: |(), making| {
        making.claim("type", Claim::Stdout);
        Some(Arc::new(Settings))
    },
};
