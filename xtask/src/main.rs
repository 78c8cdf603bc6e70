//! The developer's commands, one module each: `cargo xtask COMMAND [ARGUMENT…]`.

mod bench;
mod docs;
mod fuzz;
mod guest;
mod run;
mod schema;
mod tables;
mod test;

use std::env;
use std::io::{Write as _, stderr};
use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: cargo xtask COMMAND
  test [--quick | --full]    everything CI runs; --quick leaves out what is slow, --full adds guests, fuzzing and benchmarks
  tables [--extract|--check] the tables of crates/oyez-tables, from their sources
  schema [--check]           docs/schema/event.v1.json, from its template and the keys
  docs                       man pages and docs/configuration.md, from the program's own definitions
  bench [offline] [--rounds N] [--mb N] [--no-memory] [--write]
                             oyez parse against ausearch --raw, and memory; --write: into docs/benchmarks.md
  bench live [--rounds N] [--percent N] [--loads LIST] [--contenders LIST] [--write]
                             oyez run on this host's kernel against a bare reader and auditd
  fuzz [--seconds N] [TARGET…]
                             each fuzz target for so long
  guest [SCENARIO…]          oyez in kernels of its own: locked, crashed, flooded, rebooted (User Mode Linux)";

fn main() -> ExitCode {
    let Err(error) = dispatch() else { return ExitCode::SUCCESS };
    // Without a standard error nobody can be told.
    let _ = writeln!(stderr(), "xtask: {error:#}");
    ExitCode::FAILURE
}

fn dispatch() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match command.as_str() {
        "test" => test::run(&rest),
        "tables" => tables::run(&rest),
        "schema" => schema::run(&rest),
        "docs" => docs::run(&rest),
        "bench" => bench::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "guest" => guest::run(&rest),
        // For bench alone: a child that measures its child.
        bench::MEASURE => bench::measure::run(&rest),
        _ => bail!("unknown command {command:?}\n{USAGE}"),
    }
}
