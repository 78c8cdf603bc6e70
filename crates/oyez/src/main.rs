//! The oyez command: see [`oyez::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    oyez::cli::main(std::env::args_os())
}
