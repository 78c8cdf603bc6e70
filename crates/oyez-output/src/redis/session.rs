//! A connection to a server that lets us in: settings in, commands out and replies in, in the same order.

use std::io;

use super::Settings;
use super::reply::{self, HEARD, Reply};
use crate::net::{Heard, Talk};
use crate::sink::{Failure, Patience};

/// A connection.
pub(super) struct Session {
    talk: Talk,
    heard: Heard,
    name: String,
}

impl Session {
    /// Connects, says who we are, and chooses the database.
    ///
    /// # Errors
    /// There is nobody, or not the right one, or it does not let us in, or no answer in time.
    pub(super) fn open(settings: &Settings, patience: &Patience) -> Result<Self, Failure> {
        let mut talk = Talk::connect(&settings.server, patience)?;
        if let Some(tls) = &settings.tls {
            talk.secure(&settings.server, tls, patience)?;
        }
        let mut session = Self { talk, heard: Heard::up_to(HEARD), name: settings.server.to_string() };
        if let Some(login) = &settings.login {
            let password = login.password.read()?;
            match &login.user {
                Some(user) => session.ask(&[b"AUTH", user.as_bytes(), password.as_bytes()], patience)?,
                None => session.ask(&[b"AUTH", password.as_bytes()], patience)?,
            }
        }
        // Always: it is the first that a server answers that wants a password, or is still loading.
        session.ask(&[b"SELECT", settings.database.to_string().as_bytes()], patience)?;
        Ok(session)
    }

    /// Says a command that has to be done.
    fn ask(&mut self, words: &[&[u8]], patience: &Patience) -> Result<(), Failure> {
        let mut out = Vec::new();
        reply::command(words, &mut out);
        let failed = |session: &Self, why: String| {
            Failure::new(format!("cannot connect to Redis at \"{}\"", session.name)).because(why)
        };
        self.send(&out, patience).map_err(|error| failed(self, error.to_string()))?;
        loop {
            let mut answer = None;
            let heard = self.replies(&mut |reply| answer = answer.take().or(Some(told(reply))));
            match (heard, answer) {
                (_, Some(Ok(()))) => return Ok(()),
                (_, Some(Err(words))) => return Err(failed(self, words)),
                (Err(error), None) => return Err(failed(self, error.to_string())),
                (Ok(()), None) => self.wait(patience).map_err(|error| failed(self, error.to_string()))?,
            }
        }
    }

    /// Sends all of it, and takes in what comes meanwhile.
    ///
    /// # Errors
    /// As [`Talk::write`].
    pub(super) fn send(&mut self, words: &[u8], patience: &Patience) -> io::Result<()> {
        self.talk.write(words, &mut self.heard, patience)
    }

    /// Waits until something more was heard.
    ///
    /// # Errors
    /// As [`Talk::read`].
    pub(super) fn wait(&mut self, patience: &Patience) -> io::Result<()> {
        self.talk.read(&mut self.heard, patience)
    }

    /// Tells what was heard.
    ///
    /// # Errors
    /// It is not the protocol.
    pub(super) fn replies(&mut self, tell: &mut dyn FnMut(Reply<'_>)) -> io::Result<()> {
        let mut at = 0;
        let result = loop {
            match reply::parse(self.heard.bytes.get(at..).unwrap_or_default()) {
                Ok(Some((reply, taken))) => {
                    at += taken;
                    tell(reply);
                }
                Ok(None) => break Ok(()),
                Err(why) => break Err(io::Error::new(io::ErrorKind::InvalidData, format!("it says {why}"))),
            }
        };
        self.heard.bytes.drain(..at);
        result
    }

    /// Hears what the server has to say while nothing was asked.
    ///
    /// # Errors
    /// The connection is over, or it says something: nothing can be meant for us.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        self.talk.hear(&mut self.heard)?;
        if self.heard.bytes.is_empty() { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Ends it.
    pub(super) fn close(self) {
        self.talk.close();
    }

    /// The server's name, as it is reached by.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn told(reply: Reply<'_>) -> Result<(), String> {
    match reply {
        Reply::Error(words) => Err(words),
        _ => Ok(()),
    }
}
