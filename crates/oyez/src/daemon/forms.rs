//! The formats that outputs have, each once: what several have alike is formatted once and copied.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_events::notice::Notice;
use oyez_format::Formatter;

use crate::config::Settings;
use crate::form::{self, Boot, Form};

/// Formats, by their places.
#[derive(Debug, Default)]
pub(crate) struct Forms(Vec<(Form, Formatter)>);

/// What is formatted.
#[derive(Clone, Copy)]
pub(crate) enum Matter<'a> {
    /// An event, and what is known of it.
    Event(&'a Event, &'a Context<'a>),
    /// An event of oyez's own.
    Notice(&'a Notice<'a>),
}

impl Forms {
    /// The place of this format, which is made if there is none like it.
    pub(crate) fn place(&mut self, form: Form, settings: &Settings, boot: &Boot) -> usize {
        self.0.iter().position(|(other, _)| *other == form).unwrap_or_else(|| {
            self.0.push((form, form::formatter(settings, form, boot)));
            self.0.len() - 1
        })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Appends the lines of `matter` in the format at this place.
    pub(crate) fn write(&mut self, place: usize, matter: Matter<'_>, out: &mut Vec<u8>) {
        let Some((_, formatter)) = self.0.get_mut(place) else { return };
        match matter {
            Matter::Event(event, context) => formatter.event(event, context, out),
            Matter::Notice(notice) => formatter.notice(notice, out),
        }
    }
}
