//! Events, one after the other → the counts of a report.

use oyez_events::fields::Fields;
use oyez_events::{Event, EventId, Record};
use oyez_interpret::plain;
use oyez_tables::arch::Arch;
use oyez_tables::{errno, syscall};

use crate::facts::{self, Facts, Kinds, Told};
use crate::table::{Count, Table};
use crate::times::Times;
use crate::total::DISTINCT;
use crate::{Step, Topic, Total};

/// What is to be counted.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The tables that are wanted, each once; with none the overview, which has those it counts the keys of and others.
    pub topics: Vec<Topic>,
    /// Count events by time as well.
    pub by: Option<Step>,
    /// Only events that failed (`Some(false)`) or succeeded; an event that does not say is neither.
    pub outcome: Option<bool>,
    /// Only events from this time on, in milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// Only events up to this time, in milliseconds since 1970.
    pub until_ms: Option<u64>,
}

/// The tables that stand below the overview.
const TALKERS: [Topic; 9] = [
    Topic::Events,
    Topic::Users,
    Topic::Executables,
    Topic::Syscalls,
    Topic::Failures,
    Topic::Files,
    Topic::Hosts,
    Topic::Keys,
    Topic::Anomalies,
];

/// Counts of events.
#[derive(Debug)]
pub struct Report {
    pub(crate) options: Options,
    fields: Fields,
    facts: Facts,
    wanted: Told,
    key: Vec<u8>,
    tables: Tables,
    totals: [u64; Total::COUNT],
    pub(crate) times: Option<Times>,
    /// Events that were counted.
    events: Count,
    /// Their records.
    records: u64,
    /// Events that were left out for their time or outcome.
    left_out: u64,
    first: Option<EventId>,
    last: Option<EventId>,
}

impl Report {
    /// A report of nothing yet.
    pub fn new(mut options: Options) -> Self {
        let topics = std::mem::take(&mut options.topics);
        for topic in topics {
            if !options.topics.contains(&topic) {
                options.topics.push(topic);
            }
        }
        let is_overview = options.topics.is_empty() && options.by.is_none();
        let has = |topic| {
            let below = TALKERS.contains(&topic) || DISTINCT.contains(&topic);
            options.topics.contains(&topic) || (is_overview && below)
        };
        let mut topics = Topic::all();
        let tables = std::array::from_fn(|_| topics.next().filter(|topic| has(*topic)).map(|_| Table::default()));
        let result = Told::RESULT.and(Told::SUCCEEDS).and(Told::DECISION);
        let wanted = Topic::all().filter(|topic| has(*topic)).fold(result, |all, topic| all.and(facts_of(topic)));
        Report {
            wanted: if is_overview { wanted.and(Told::CALL) } else { wanted },
            times: options.by.map(Times::new),
            options,
            fields: Fields::new(),
            facts: Facts::default(),
            key: Vec::new(),
            tables: Tables(tables),
            totals: [0; Total::COUNT],
            events: Count::default(),
            records: 0,
            left_out: 0,
            first: None,
            last: None,
        }
    }

    /// Counts `event`. A part that came late is counted in the tables of what it names, and is not another event.
    pub fn event(&mut self, event: &Event) {
        if !self.is_in_time(event.id()) {
            self.left_out += u64::from(event.part() == 0);
            return;
        }
        self.facts.read(event, self.wanted, &mut self.fields);
        if self.options.outcome.is_some() && self.options.outcome != self.facts.success {
            self.left_out += u64::from(event.part() == 0);
            return;
        }
        self.records += event.len() as u64;
        if event.part() == 0 {
            self.whole(event);
        }
        self.users();
        self.programs();
        self.objects();
    }

    /// The events that were counted, and how many of them failed.
    pub fn events(&self) -> Count {
        self.events
    }

    /// The records of the events that were counted; end-of-event records are none.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Events that were left out for their time or their outcome.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The stamps of the first and the last event that were counted, by their time.
    pub fn range(&self) -> Option<(EventId, EventId)> {
        self.first.zip(self.last)
    }

    /// A number of the overview.
    pub fn total(&self, total: Total) -> u64 {
        self.totals.get(total as usize).copied().unwrap_or_default()
    }

    /// The table of `topic`; `None` where it was not asked for.
    pub fn table(&self, topic: Topic) -> Option<&Table> {
        self.tables.get(topic)
    }

    /// Whether the overview was asked for.
    pub(crate) fn is_overview(&self) -> bool {
        self.options.topics.is_empty() && self.options.by.is_none()
    }

    /// The tables to show: those asked for, or the overview's.
    pub(crate) fn shown(&self) -> Vec<(Topic, &Table)> {
        let asked = if self.is_overview() { &TALKERS[..] } else { &self.options.topics[..] };
        asked.iter().filter_map(|topic| Some((*topic, self.table(*topic)?))).collect()
    }

    fn is_in_time(&self, id: EventId) -> bool {
        let Options { since_ms, until_ms, .. } = self.options;
        since_ms.is_none_or(|since| since <= id.millis()) && until_ms.is_none_or(|until| id.millis() <= until)
    }

    /// What is counted once for an event.
    fn whole(&mut self, event: &Event) {
        let failed = self.facts.success == Some(false);
        self.events.add(Count::one(failed));
        let by_time = |id: &EventId| (id.sec, id.ms);
        let id = event.id();
        self.first = Some(self.first.map_or(id, |first| std::cmp::min_by_key(first, id, by_time)));
        self.last = Some(self.last.map_or(id, |last| std::cmp::max_by_key(last, id, by_time)));
        if let Some(times) = &mut self.times {
            times.count(id.sec, failed);
        }
        self.add_totals();
        if let Some(head) = event.record(0) {
            self.by_type(&head, failed);
        }
        let node = Some(event.node()).filter(|node| !node.is_empty());
        self.tables.count(Topic::Nodes, node, None, failed);
    }

    fn add_totals(&mut self) {
        let Facts { kinds, success, call, .. } = self.facts;
        let mut add = |total: Total, count: u64| {
            if let Some(place) = self.totals.get_mut(total as usize) {
                *place += count;
            }
        };
        add(Total::ConfigChanges, kinds.count(facts::CONFIG));
        add(Total::AccountChanges, kinds.count(facts::ACCOUNTS));
        if kinds.any(Kinds::LOGIN) {
            add(Total::Logins, u64::from(success == Some(true)));
            add(Total::FailedLogins, u64::from(success == Some(false)));
        }
        if is_authentication(kinds, success) {
            add(Total::Authentications, u64::from(success == Some(true)));
            add(Total::FailedAuthentications, u64::from(success == Some(false)));
        }
        add(Total::Avcs, u64::from(kinds.any(facts::AVCS)));
        add(Total::MacEvents, kinds.count(facts::MAC));
        add(Total::FailedSyscalls, u64::from(call.is_some() && success == Some(false)));
        add(Total::Anomalies, kinds.count(facts::ANOMALIES));
        add(Total::Responses, kinds.count(Kinds::RESPONSE));
        add(Total::Crypto, kinds.count(facts::CRYPTO));
        add(Total::Integrity, kinds.count(Kinds::INTEGRITY));
        add(Total::Virt, kinds.count(Kinds::VIRT));
    }

    /// The tables whose rows are types of events.
    fn by_type(&mut self, head: &Record<'_>, failed: bool) {
        let Report { facts, tables, key, .. } = self;
        write_type(key, head);
        tables.count(Topic::Events, Some(key), None, failed);
        let seccomp = facts::ANOMALIES.and(Kinds::SECCOMP);
        for (topic, wanted) in [
            (Topic::Accounts, facts::ACCOUNTS),
            (Topic::Config, facts::CONFIG),
            (Topic::Mac, facts::MAC),
            (Topic::Integrity, Kinds::INTEGRITY),
            (Topic::Anomalies, seccomp),
            (Topic::Responses, Kinds::RESPONSE),
            (Topic::Crypto, facts::CRYPTO),
            (Topic::Virt, Kinds::VIRT),
        ] {
            if facts.kinds.any(wanted) {
                tables.count(topic, Some(key), None, failed);
            }
        }
    }

    /// Who did it.
    fn users(&mut self) {
        let Report { facts, tables, key, .. } = self;
        let (kinds, failed) = (facts.kinds, facts.success == Some(false));
        let is_unset = facts.auid.is_none_or(|auid| auid == u32::MAX);
        if let Some(auid) = facts.auid {
            write_user(key, auid);
            tables.count(Topic::Users, Some(key), facts.user(), failed);
            if kinds.any(Kinds::KEYSTROKES) {
                tables.count(Topic::Tty, Some(key), facts.user(), failed);
            }
        }
        let user = (facts.auid.map(|_| &key[..]), facts.user());
        let who = |is_user: bool| if is_user { user } else { facts.acct().map_or(user, |acct| (Some(acct), None)) };
        if kinds.any(Kinds::LOGIN) {
            // A failed login has no user yet.
            let (who, name) = who(!is_unset);
            tables.count(Topic::Logins, who, name, failed);
        }
        if is_authentication(kinds, facts.success) {
            let (who, name) = who(false);
            tables.count(Topic::Auth, who, name, failed);
        }
    }

    /// By what means.
    fn programs(&mut self) {
        let Report { facts, tables, key, .. } = self;
        let failed = facts.success == Some(false);
        if let Some(pid) = facts.pid.filter(|_| tables.has(Topic::Pids)) {
            key.clear();
            plain::put(key, format_args!("{pid}"));
            tables.count(Topic::Pids, Some(key), None, failed);
        }
        if let Some((arch, number)) = facts.call {
            write_call(key, arch, number);
            tables.count(Topic::Syscalls, Some(key), None, failed);
            if failed {
                key.push(b' ');
                write_error(key, facts.exit);
                tables.count(Topic::Failures, Some(key), None, failed);
            }
        }
        tables.count(Topic::Terminals, facts.terminal(), None, failed);
        tables.count(Topic::Executables, facts.exe(), None, failed);
        tables.count(Topic::Commands, facts.comm(), None, failed);
    }

    /// What it was done to, from where, and which rule told.
    fn objects(&mut self) {
        let Report { facts, tables, .. } = self;
        let failed = facts.success == Some(false);
        tables.count(Topic::Hosts, facts.host(), None, failed);
        facts.files().for_each(|file| tables.count(Topic::Files, Some(file), None, failed));
        facts.keys().for_each(|key| tables.count(Topic::Keys, Some(key), None, failed));
        facts.objects().for_each(|object| tables.count(Topic::Avc, Some(object), None, failed));
    }
}

/// The tables, each at the place of its topic.
#[derive(Debug)]
struct Tables([Option<Table>; Topic::COUNT]);

impl Tables {
    fn has(&self, topic: Topic) -> bool {
        self.get(topic).is_some()
    }

    fn get(&self, topic: Topic) -> Option<&Table> {
        self.0.get(topic as usize)?.as_ref()
    }

    /// Counts `key`, if there is one, in the table of `topic`, if that is wanted.
    fn count(&mut self, topic: Topic, key: Option<&[u8]>, name: Option<&[u8]>, failed: bool) {
        if let (Some(key), Some(Some(table))) = (key, self.0.get_mut(topic as usize)) {
            table.count_named(key, name, failed);
        }
    }
}

/// Whether it is an attempt to prove who one is. Of changes of users only those that failed count, as in aureport.
fn is_authentication(kinds: Kinds, success: Option<bool>) -> bool {
    kinds.any(Kinds::AUTH.and(Kinds::GROUP_AUTH)) || (kinds.any(Kinds::USER_CHANGE) && success == Some(false))
}

/// The facts a table needs.
fn facts_of(topic: Topic) -> Told {
    match topic {
        Topic::Syscalls | Topic::Failures => Told::CALL,
        Topic::Executables => Told::EXE,
        Topic::Commands => Told::COMM,
        Topic::Files => Told::NAME.and(Told::PATH).and(Told::CWD).and(Told::ADDRESS).and(Told::CALL),
        Topic::Users | Topic::Tty => Told::AUID,
        Topic::Terminals => Told::TERMINAL,
        Topic::Hosts => Told::HOST.and(Told::ADDRESS).and(Told::CALL),
        Topic::Pids => Told::PID,
        Topic::Keys => Told::KEY,
        Topic::Logins | Topic::Auth => Told::AUID.and(Told::ACCOUNT),
        Topic::Avc => Told::DECISION,
        Topic::Events
        | Topic::Accounts
        | Topic::Config
        | Topic::Mac
        | Topic::Integrity
        | Topic::Anomalies
        | Topic::Responses
        | Topic::Crypto
        | Topic::Virt
        | Topic::Nodes => Told::NOTHING,
    }
}

/// The record's type as the log or the kernel's header names it.
fn write_type(out: &mut Vec<u8>, record: &Record<'_>) {
    out.clear();
    match (record.name(), record.number()) {
        (b"", number) => plain::put(out, format_args!("UNKNOWN[{number}]")),
        (name, _) => out.extend_from_slice(name),
    }
}

fn write_user(out: &mut Vec<u8>, auid: u32) {
    out.clear();
    match auid {
        u32::MAX => out.extend_from_slice(b"unset"),
        auid => plain::put(out, format_args!("{auid}")),
    }
}

/// The call's name; its number where the architecture has no table here.
fn write_call(out: &mut Vec<u8>, arch: Option<u32>, number: u32) {
    out.clear();
    match arch.and_then(Arch::from_audit).and_then(|arch| syscall::name(arch, number)) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => plain::put(out, format_args!("{number}")),
    }
}

fn write_error(out: &mut Vec<u8>, exit: Option<i64>) {
    let number = exit.and_then(|exit| u32::try_from(exit.checked_neg()?).ok());
    match (number.and_then(errno::name), exit) {
        (Some(name), _) => out.extend_from_slice(name.as_bytes()),
        (None, Some(exit)) => plain::put(out, format_args!("{exit}")),
        (None, None) => out.push(b'?'),
    }
}
