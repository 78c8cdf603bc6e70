//! `oyez man`: the man pages, from the definition of the command line. They are committed in `man/`.

use std::io;
use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::{Cli, ManArgs};
use super::stdio;
use crate::config::DEFAULT_PATH;
use crate::exit::{self, Exit};

/// Prints oyez.1, or writes every page to a directory.
///
/// # Errors
/// A page can't be written.
pub fn run(args: &ManArgs) -> anyhow::Result<Exit> {
    let pages = pages()?;
    match &args.dir {
        Some(dir) => write_all(dir, &pages)?,
        None => pages.first().map_or(Ok(()), |(_, text)| stdio::answer(text))?,
    }
    Ok(Exit::Done)
}

/// Every page with its file name, oyez.1 first. No page names the version, so that a release changes none of them.
///
/// # Errors
/// None in practice: they are written to memory.
pub fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = Cli::command().after_long_help(None::<&str>);
    command.build();
    let mut pages = vec![("oyez.1".to_owned(), front_page(&command)?)];
    command_pages(&command, "oyez", &mut pages)?;
    Ok(pages)
}

fn command_pages(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("{name}-{}", sub.get_name());
        let mut text = Vec::new();
        man(sub.clone().version(None::<&str>)).render(&mut text)?;
        pages.push((format!("{name}.1"), text));
        command_pages(sub, &name, pages)?;
    }
    Ok(())
}

fn man(command: clap::Command) -> Man {
    Man::new(command).source("oyez").manual("oyez")
}

fn front_page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let page = man(command.clone());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    page.render_subcommands_section(&mut out)?;
    closing_sections().to_writer(&mut out)?;
    Ok(out)
}

fn closing_sections() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, words) in exit::TABLE {
        entry(&mut roff, &exit.number().to_string(), words);
    }
    roff.control("SH", ["SIGNALS"]);
    entry(&mut roff, "SIGTERM, SIGINT", "oyez run writes what it holds, does as on_exit says, and ends");
    entry(&mut roff, "SIGHUP", "oyez run takes its configuration again; a bad one changes nothing");
    roff.control("SH", ["FILES"]);
    entry(&mut roff, DEFAULT_PATH, "the configuration; oyez config default prints every key");
    entry(&mut roff, "/run/oyez/state.json", "what the next start puts back after a crash");
    entry(&mut roff, "/run/oyez/oyez.pid", "the daemon's process id");
    roff
}

fn entry(roff: &mut Roff, term: &str, words: &str) {
    roff.control("TP", []).text([bold(term)]).text([roman(words)]);
}

fn write_all(dir: &Path, pages: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    let cannot = |path: &Path| Exit::Io.because(format!("cannot write {:?}", path.display().to_string()));
    std::fs::create_dir_all(dir).with_context(|| cannot(dir))?;
    for (name, text) in pages {
        let path = dir.join(name);
        std::fs::write(&path, text).with_context(|| cannot(&path))?;
    }
    Ok(())
}
