//! The commands: [`args`] defines the command line, each command has a file of its own with `run(args) -> Result<Exit>`.
//! Errors come up to [`main`], which prints each once.

pub mod args;
mod auditctl;
mod check;
mod completions;
mod config;
mod filter;
mod import;
pub mod man;
mod nss_helper;
mod outputs;
mod parse;
mod reload;
mod report;
pub mod rules;
mod run;
mod status;
pub mod stdio;
mod suggest;
pub mod time;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::config::{Loaded, Override, Source, load};
use crate::exit::{self, Exit, ReaderGone};
use args::{Cli, Command};

/// Runs one command line, its first word being the program's name: by that of auditctl, one of auditctl's.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = words.into_iter().collect();
    if let [program, words @ ..] = &words[..]
        && auditctl::is_name(program)
    {
        return auditctl::main(words);
    }
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(usage) => return explain(&usage).into(),
    };
    match dispatch(&cli.command) {
        Ok(code) => code,
        Err(error) => {
            if !error.is::<ReaderGone>() {
                stdio::note(&format!("{error:#}"));
            }
            exit::of(&error).into()
        }
    }
}

fn dispatch(command: &Command) -> anyhow::Result<ExitCode> {
    let exit = match command {
        Command::Auditctl(args) => return Ok(auditctl::main(&args.words)),
        Command::Run(args) => run::run(args),
        Command::Parse(args) => parse::run(args),
        Command::Report(args) => report::run(args),
        Command::Suggest(args) => suggest::run(args),
        Command::Status(args) => status::run(args),
        Command::Check(args) => check::run(args),
        Command::Outputs(args) => outputs::run(args),
        Command::Reload(args) => reload::run(args),
        Command::Config(command) => config::run(command),
        Command::Filter(command) => filter::run(command),
        Command::Rules(command) => rules::run(command),
        Command::Import(command) => import::run(command),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
        Command::NssHelper => nss_helper::run(),
    };
    exit.map(ExitCode::from)
}

/// The configuration for a command.
///
/// # Errors
/// [`Exit::Usage`] with everything that is wrong with it.
pub fn configuration(source: Source<'_>, flags: &[Override<'_>]) -> anyhow::Result<Loaded> {
    load(source, flags).map_err(|problems| Exit::Usage.because(problems.to_string()).into())
}

/// Prints help, the version, or what is wrong with the command line.
fn explain(usage: &clap::Error) -> Exit {
    // Nobody is left to tell when this can't be written.
    let _ = usage.print();
    if usage.use_stderr() { Exit::Usage } else { Exit::Done }
}
