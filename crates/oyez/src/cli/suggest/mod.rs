//! `oyez suggest`: says what makes the volume of logs, and how to take it out.

pub(super) mod args;

use std::io;

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_suggest::{Advisor, Options};

use self::args::SuggestArgs;
use super::parse::{files, options};
use super::stdio;
use crate::config::given::Given;
use crate::config::{Override, Source};
use crate::exit::Exit;
use crate::parse::{Pipeline, Session, Take};

/// Reads every log to its end, and advises.
///
/// # Errors
/// The output can't be written. A log that can't be read is told, and the next one is read.
pub(super) fn run(args: &SuggestArgs) -> anyhow::Result<Exit> {
    let no_rules = Override { flag: "oyez suggest", key: "rules_dir", given: Given::word("") };
    let settings = super::configuration(Source::Nothing, &[no_rules])?.settings;
    let advised = Advised(Advisor::new(Options {
        since_ms: args.since.map(|since| since.first_ms),
        until_ms: args.until.map(|until| until.last_ms),
        most: args.max.into(),
        min_share: args.min_share,
        ..Options::default()
    }));
    let mut session = Session::new(Pipeline::new(options(&settings.group), advised), settings.group.log_timeout, false);
    session.run(&files(&args.files), false)?;
    let counts = session.pipeline().counts().to_string();
    let advice = session.taker().0.advice();
    let answer = match args {
        SuggestArgs { json: true, .. } => advice.json()?,
        SuggestArgs { filters: true, .. } => advice.filters().into_bytes(),
        SuggestArgs { rules: true, .. } => advice.rules().into_bytes(),
        _ => advice.text().into_bytes(),
    };
    stdio::answer(&answer)?;
    stdio::note(&counts);
    Ok(if session.unread() > 0 { Exit::Io } else { Exit::Done })
}

/// Has each event looked at.
struct Advised(Advisor);

impl Take for Advised {
    fn event(&mut self, event: &Event) {
        self.0.event(event, &Context::default());
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        self.0.notice(notice);
    }

    fn taken(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
