//! A kernel in memory that answers audit requests in bytes, for tests of what is written against [`Kernel`].
//!
//! Netlink requests in, netlink answers out, so that all code but the system calls is the real one:
//! `Control::over(FakeKernel::new())`. Clones are the same kernel. It can answer as an older kernel does, with a short
//! `audit_status`, refuse what it is told to refuse, and put strangers' messages before its answers.
//!
//! [`Kernel`]: crate::Kernel

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::control::Link;
use crate::protocol::{
    self, AUDIT_ADD_RULE, AUDIT_DEL_RULE, AUDIT_GET, AUDIT_GET_FEATURE, AUDIT_LIST_RULES, AUDIT_MAKE_EQUIV, AUDIT_SET,
    AUDIT_SET_FEATURE, AUDIT_TRIM, AUDIT_USER, NLM_F_ACK, NLMSG_DONE, NLMSG_ERROR, word,
};
use crate::rule;
use crate::status::mask;

/// A handle on a fake kernel.
#[derive(Clone, Debug, Default)]
pub struct FakeKernel(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    status: [u32; 11],
    status_bytes: usize,
    features: [u32; 4],
    rules: Vec<Vec<u8>>,
    refusals: Vec<(Request, i32)>,
    refused_rules: Vec<(Vec<u8>, i32)>,
    payloads: Vec<Vec<u8>>,
    requests: Vec<Request>,
    answers: VecDeque<(Vec<u8>, u32)>,
    strays: VecDeque<(Vec<u8>, u32)>,
    silent: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            // As just booted: off, failure 1, backlog limit 64, wait time 15,000 jiffies.
            status: [0, 0, 1, 0, 0, 64, 0, 0, 0x7f, 15_000, 0],
            status_bytes: 44,
            features: [1, u32::MAX, 0, 0],
            rules: Vec::new(),
            refusals: Vec::new(),
            refused_rules: Vec::new(),
            payloads: Vec::new(),
            requests: Vec::new(),
            answers: VecDeque::new(),
            strays: VecDeque::new(),
            silent: false,
        }
    }
}

/// The place of a field in `struct audit_status`, for [`FakeKernel::set`] and [`FakeKernel::get`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of `Status`")]
pub enum Field {
    Enabled = 1,
    Failure = 2,
    Pid = 3,
    RateLimit = 4,
    BacklogLimit = 5,
    Lost = 6,
    Backlog = 7,
    FeatureBitmap = 8,
    BacklogWaitTime = 9,
    BacklogWaitTimeActual = 10,
}

/// What a kernel can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Its status.
    Status,
    /// Its features.
    Features,
    /// To set one field.
    Set(Field),
    /// To add a rule.
    AddRule,
    /// To delete one.
    DeleteRule,
    /// To list them.
    ListRules,
    /// To switch features.
    SetFeature,
    /// To trim watched folders.
    Trim,
    /// To make a folder part of another's watches.
    MakeEquivalent,
    /// To record a message.
    UserMessage,
    /// Anything else: a fault of the one who asks.
    Unknown,
}

impl FakeKernel {
    /// A kernel as just booted: audit off, no daemon, no rules.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `AUDIT_GET` with this many bytes: 40 before Linux 5.9.
    #[must_use]
    pub fn with_status_bytes(self, bytes: usize) -> Self {
        self.state().status_bytes = bytes;
        self
    }

    /// Answers these requests with `errno` (positive).
    #[must_use]
    pub fn refusing(self, request: Request, errno: i32) -> Self {
        self.state().refusals.push((request, errno));
        self
    }

    /// Refuses to add just this rule, with `errno` (positive).
    #[must_use]
    pub fn refusing_rule(self, rule: Vec<u8>, errno: i32) -> Self {
        self.state().refused_rules.push((rule, errno));
        self
    }

    /// Never answers.
    #[must_use]
    pub fn silent(self) -> Self {
        self.state().silent = true;
        self
    }

    /// Sends this message from `port` before the next answer.
    pub fn stray(&self, kind: u16, sequence: u32, payload: &[u8], port: u32) {
        self.state().strays.push_back((protocol::message(kind, 0, sequence, payload), port));
    }

    /// Sets a field of the status, as if by somebody else.
    pub fn set(&self, field: Field, value: u32) {
        self.state().status[field as usize] = value;
    }

    /// A field of the status.
    pub fn get(&self, field: Field) -> u32 {
        self.state().status[field as usize]
    }

    /// Sets which features are on and locked, as bits.
    pub fn set_features(&self, on: u32, locked: u32) {
        self.state().features[2..].copy_from_slice(&[on, locked]);
    }

    /// The rules, as it would list them.
    pub fn rules(&self) -> Vec<Vec<u8>> {
        self.state().rules.clone()
    }

    /// What folders were made equivalent with, and the messages of user space, as bytes.
    pub fn payloads(&self) -> Vec<Vec<u8>> {
        self.state().payloads.clone()
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link for FakeKernel {
    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let (header, payload) = protocol::split(message).ok_or(io::ErrorKind::InvalidInput)?;
        let flags = u16::from_ne_bytes([message[6], message[7]]);
        let mut state = self.state();
        let request = Request::read(header.kind, payload);
        state.requests.push(request);
        let strays = std::mem::take(&mut state.strays);
        state.answers.extend(strays);
        if state.silent {
            return Ok(());
        }
        let code = state.handle(request, header.sequence, payload);
        if code != 0 || flags & NLM_F_ACK != 0 {
            let payload = [&code.to_ne_bytes()[..], message].concat();
            state.answer(NLMSG_ERROR, header.sequence, &payload);
        }
        Ok(())
    }

    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<(usize, u32)> {
        let (message, port) = self.state().answers.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        let copied = message.len().min(buffer.len());
        buffer[..copied].copy_from_slice(&message[..copied]);
        Ok((message.len(), port))
    }
}

impl State {
    fn answer(&mut self, kind: u16, sequence: u32, payload: &[u8]) {
        self.answers.push_back((protocol::message(kind, 0, sequence, payload), 0));
    }

    /// Does what is asked; the code of the acknowledgement (0, negative errno, or a result).
    fn handle(&mut self, request: Request, sequence: u32, payload: &[u8]) -> i32 {
        if let Some(&(_, errno)) = self.refusals.iter().find(|(refused, _)| *refused == request) {
            return -errno;
        }
        match request {
            Request::Status => {
                let bytes: Vec<u8> = self.status.iter().flat_map(|word| word.to_ne_bytes()).collect();
                self.answer(AUDIT_GET, sequence, &bytes[..self.status_bytes.min(bytes.len())]);
            }
            Request::Features => {
                let bytes: Vec<u8> = self.features.iter().flat_map(|word| word.to_ne_bytes()).collect();
                self.answer(AUDIT_GET_FEATURE, sequence, &bytes);
            }
            Request::Set(field) => return self.set(field, payload),
            Request::AddRule => return self.add_rule(payload),
            Request::DeleteRule => return self.delete_rule(payload),
            Request::ListRules => self.list_rules(sequence),
            Request::SetFeature => return self.set_feature(payload),
            Request::Trim => {}
            Request::MakeEquivalent | Request::UserMessage => self.payloads.push(payload.to_vec()),
            Request::Unknown => return -libc::EINVAL,
        }
        0
    }

    /// One field, as the real one does with a mask of one bit (kernel/audit.c, `AUDIT_SET`).
    fn set(&mut self, field: Field, payload: &[u8]) -> i32 {
        let locked = self.status[Field::Enabled as usize] == 2;
        let (before, value) = (self.status[field as usize], word(payload, field as usize).unwrap_or(0));
        match field {
            Field::Lost | Field::BacklogWaitTimeActual => {
                self.status[field as usize] = 0;
                return before.cast_signed();
            }
            Field::Pid if before != 0 && value != 0 => return -libc::EEXIST,
            Field::Pid => {}
            _ if locked => return -libc::EPERM,
            _ => {}
        }
        self.status[field as usize] = value;
        0
    }

    /// A feature that is locked can't be changed (kernel/audit.c, `audit_set_feature`).
    fn set_feature(&mut self, payload: &[u8]) -> i32 {
        let part = |index| word(payload, index).unwrap_or(0);
        let (meant, on, lock) = (part(1), part(2), part(3));
        let [_, _, held, locked] = self.features;
        if locked & meant & (held ^ on) != 0 {
            return -libc::EPERM;
        }
        self.features[2] = (held & !meant) | (on & meant);
        self.features[3] = locked | (lock & meant);
        0
    }

    fn add_rule(&mut self, payload: &[u8]) -> i32 {
        if self.status[Field::Enabled as usize] == 2 {
            return -libc::EPERM;
        }
        if let Some(errno) = self.refused_rules.iter().find_map(|(rule, errno)| (rule == payload).then_some(*errno)) {
            return -errno;
        }
        if payload.len() < rule::RULE_BYTES {
            return -libc::EINVAL;
        }
        let stored = rule::without_prepend(payload);
        if self.rules.contains(&stored) {
            return -libc::EEXIST;
        }
        let place = if stored == payload { self.rules.len() } else { 0 };
        self.rules.insert(place, stored);
        0
    }

    /// Flags are compared, and stored rules have none for "prepend" (kernel/auditfilter.c, `audit_compare_rule`).
    fn delete_rule(&mut self, payload: &[u8]) -> i32 {
        if self.status[Field::Enabled as usize] == 2 {
            return -libc::EPERM;
        }
        match self.rules.iter().position(|rule| rule == payload) {
            Some(place) => {
                self.rules.remove(place);
                0
            }
            None => -libc::ENOENT,
        }
    }

    fn list_rules(&mut self, sequence: u32) {
        for rule in self.rules.clone() {
            self.answer(AUDIT_LIST_RULES, sequence, &rule);
        }
        self.answer(NLMSG_DONE, sequence, &[]);
    }
}

impl Request {
    fn read(kind: u16, payload: &[u8]) -> Self {
        match kind {
            AUDIT_GET => Self::Status,
            AUDIT_GET_FEATURE => Self::Features,
            AUDIT_SET => word(payload, 0).and_then(Field::of_mask).map_or(Self::Unknown, Self::Set),
            AUDIT_ADD_RULE => Self::AddRule,
            AUDIT_DEL_RULE => Self::DeleteRule,
            AUDIT_LIST_RULES => Self::ListRules,
            AUDIT_SET_FEATURE => Self::SetFeature,
            AUDIT_TRIM => Self::Trim,
            AUDIT_MAKE_EQUIV => Self::MakeEquivalent,
            AUDIT_USER => Self::UserMessage,
            _ => Self::Unknown,
        }
    }
}

impl Field {
    /// The field of a mask with one bit; oyez sets them one by one.
    fn of_mask(bit: u32) -> Option<Self> {
        Some(match bit {
            mask::ENABLED => Self::Enabled,
            mask::FAILURE => Self::Failure,
            mask::PID => Self::Pid,
            mask::RATE_LIMIT => Self::RateLimit,
            mask::BACKLOG_LIMIT => Self::BacklogLimit,
            mask::BACKLOG_WAIT_TIME => Self::BacklogWaitTime,
            mask::LOST => Self::Lost,
            mask::BACKLOG_WAIT_TIME_ACTUAL => Self::BacklogWaitTimeActual,
            _ => return None,
        })
    }
}
