//! The checked configuration: plain values with their units in the types. A [`Settings`] exists only after every key was
//! checked (see [`crate::config::keys`]), so its readers check nothing again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use oyez_tables::key::Key;
use serde::{Deserialize, Serialize};

use super::enrich::EnrichSettings;

/// Everything `oyez.toml` and the flags can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How to attach to the kernel.
    pub mode: Mode,
    /// What becomes of the kernel's audit settings when the daemon ends.
    pub on_exit: OnExit,
    /// What gives way when events cannot be written as fast as they come.
    pub on_overload: OnOverload,
    /// How much of a core all threads but the receiving one may use; `None`: as much as they need.
    pub cpu_limit: Option<Share>,
    /// How long outputs may go on at the end with what they have.
    pub drain_time: Duration,
    /// The name of the host, for events that carry none.
    pub node: Node,
    /// Fields left out of every event, by their kernel names.
    pub omit_fields: Vec<Key>,
    /// Record types that are not fetched from the kernel, by number, in rising order, each once.
    pub ignore_types: Vec<u16>,
    /// Where the daemon notes what to put back after a crash; `None`: nowhere.
    pub state_file: Option<PathBuf>,
    /// Where the daemon notes its process id, for `oyez reload`; `None`: nowhere.
    pub pid_file: Option<PathBuf>,
    /// Audit rules, a line of auditctl's language each.
    pub rules: Vec<String>,
    /// Where there are files of more of them; `None`: nowhere.
    pub rules_dir: Option<PathBuf>,
    /// Keep the kernel's rules as they were loaded.
    pub enforce: bool,
    /// What is set in the kernel at start.
    pub kernel: KernelSettings,
    /// How records are fetched from the kernel.
    pub receive: ReceiveSettings,
    /// What is found out about events beyond their records.
    pub enrich: EnrichSettings,
    /// When an event is over, and how large it may grow.
    pub group: GroupSettings,
    /// How an event is written where an output does not say it.
    pub format: Format,
    /// Whether text is coloured.
    pub color: Color,
}

/// How to attach to the kernel's audit system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Unicast when no living daemon holds it, else multicast.
    Auto,
    /// Be the kernel's audit daemon; fail when another process is.
    Unicast,
    /// Listen beside whoever is.
    Multicast,
}

/// What becomes of the kernel's audit settings when the daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExit {
    /// [`OnExit::Keep`] under a service manager, [`OnExit::Restore`] from a terminal.
    Auto,
    /// Put back what was found at start.
    Restore,
    /// Leave audit on, so that a restart is no blind window.
    Keep,
}

/// What gives way when events cannot be written as fast as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnOverload {
    /// Events do: routine ones first.
    Shed,
    /// The host does: it is slowed down.
    Wait,
}

/// A share of one processor core, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Share(u32);

impl Share {
    /// So many thousandths.
    #[must_use]
    pub const fn of_thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// The nearest to so many cores; `None` for what is below 0, above a million, or not a number.
    #[must_use]
    pub fn of_cores(cores: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        (0.0..=1e6).contains(&cores).then(|| Self((cores * 1000.0).round() as u32))
    }

    /// As cores.
    #[must_use]
    pub fn cores(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// What it comes to in this time.
    #[must_use]
    pub fn of_time(self, time: Duration) -> Duration {
        Duration::from_nanos(mul_div(time.as_nanos(), self.0.into(), 1000))
    }

    /// The time in which it comes to this much; 0 for a share of 0.
    #[must_use]
    pub fn time_for(self, used: Duration) -> Duration {
        Duration::from_nanos(mul_div(used.as_nanos(), 1000, self.0.into()))
    }
}

/// `number * times / by`, at most what a `u64` holds; 0 where `by` is 0.
fn mul_div(number: u128, times: u128, by: u128) -> u64 {
    let product = number.saturating_mul(times).checked_div(by).unwrap_or_default();
    u64::try_from(product).unwrap_or(u64::MAX)
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cores().fmt(f)
    }
}

/// The host's name in events that carry no `node=` of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// No name.
    None,
    /// The name the kernel gives (`uname -n`), asked for once at start.
    Hostname,
    /// This name.
    Name(String),
}

/// `[kernel]`: what is set in the kernel at start; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelSettings {
    /// Turn audit on.
    pub enable: bool,
    /// Records the kernel may hold for a reader; a larger limit already set is left.
    pub backlog_limit: u32,
    /// How far that limit may grow while records come too fast for it; not above `backlog_limit`: not at all.
    pub backlog_max: u32,
    /// How long a task waits when the backlog is full, in jiffies.
    pub backlog_wait_time: Option<u32>,
    /// What the kernel does when it loses a record.
    pub failure: Option<OnFailure>,
    /// Records per second beyond which the kernel drops; 0 is no limit.
    pub rate_limit: Option<u32>,
}

/// What the kernel does when it loses a record. Its third way, to panic, can't be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// `AUDIT_FAIL_SILENT`, 0.
    Silent,
    /// `AUDIT_FAIL_PRINTK`, 1: a line in the kernel's log.
    Printk,
}

/// `[receive]`: how records are fetched from the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveSettings {
    /// The socket's receive buffer at the start, in bytes as given to `SO_RCVBUFFORCE`.
    pub buffer: u64,
    /// How far that buffer may grow, in the same bytes.
    pub buffer_limit: u64,
    /// Datagrams fetched by one system call.
    pub batch: u32,
    /// An event that is over is written within this time of its last record.
    pub latency: Duration,
    /// How long the receiver lets records pile up before it drains them.
    pub batch_delay: Duration,
    /// Bytes that may wait between the receiver and the rest.
    pub queue: u64,
    /// Leave `EOE` records in the kernel where nothing is lost by that.
    pub filter_eoe: bool,
}

/// `[group]`: when an event is over, and how large it may grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// Events that may be open at once.
    pub max_events: u32,
    /// Bytes of records one event may hold.
    pub max_event_bytes: u64,
    /// Records one event may hold.
    pub max_event_records: u32,
    /// Live: an event whose end nothing announces is over when nothing came for it for this long.
    pub quiet: Duration,
    /// Live: an event whose end was to be announced (it has a SYSCALL) is given up after this long without a record.
    pub incomplete: Duration,
    /// In logs: an event is over when log time has moved on this far since its first record.
    pub log_timeout: Duration,
}

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// [`Format::Text`] on a terminal, [`Format::Json`] anywhere else.
    Auto,
    /// One JSON object per line.
    Json,
    /// One line for a person.
    Text,
    /// One English sentence per event.
    Sentence,
    /// auditd's log, RAW.
    Raw,
    /// auditd's log, ENRICHED.
    Enriched,
    /// One JSON object per line, as laurel writes it.
    Laurel,
    /// One object of the Elastic Common Schema per line.
    Ecs,
    /// One object of the Open Cybersecurity Schema Framework per line.
    Ocsf,
}

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Settings {
    /// Before any default was stored: [`Settings::default`](Default::default) is what readers want.
    pub(super) const BLANK: Self = Self {
        mode: Mode::Auto,
        on_exit: OnExit::Auto,
        on_overload: OnOverload::Shed,
        cpu_limit: None,
        drain_time: Duration::ZERO,
        node: Node::None,
        omit_fields: Vec::new(),
        ignore_types: Vec::new(),
        state_file: None,
        pid_file: None,
        rules: Vec::new(),
        rules_dir: None,
        enforce: false,
        kernel: KernelSettings {
            enable: false,
            backlog_limit: 0,
            backlog_max: 0,
            backlog_wait_time: None,
            failure: None,
            rate_limit: None,
        },
        receive: ReceiveSettings {
            buffer: 0,
            buffer_limit: 0,
            batch: 0,
            latency: Duration::ZERO,
            batch_delay: Duration::ZERO,
            queue: 0,
            filter_eoe: false,
        },
        enrich: EnrichSettings::BLANK,
        group: GroupSettings {
            max_events: 0,
            max_event_bytes: 0,
            max_event_records: 0,
            quiet: Duration::ZERO,
            incomplete: Duration::ZERO,
            log_timeout: Duration::ZERO,
        },
        format: Format::Auto,
        color: Color::Auto,
    };
}

impl OnExit {
    /// Whether to put the kernel's settings back at the end, given whether a service manager started the daemon
    /// (see [`under_service_manager`]).
    #[must_use]
    pub fn restores(self, under_service_manager: bool) -> bool {
        match self {
            Self::Auto => !under_service_manager,
            Self::Restore => true,
            Self::Keep => false,
        }
    }
}

impl Format {
    /// The format to write, given whether the output is a terminal: never [`Format::Auto`].
    #[must_use]
    pub fn chosen(self, terminal: bool) -> Self {
        match self {
            Self::Auto if terminal => Self::Text,
            Self::Auto => Self::Json,
            chosen => chosen,
        }
    }
}

impl Color {
    /// Whether to colour, given whether the output is a terminal and whether `NO_COLOR` is set and not empty
    /// (<https://no-color.org>).
    #[must_use]
    pub fn is_on(self, terminal: bool, no_color: bool) -> bool {
        match self {
            Self::Auto => terminal && !no_color,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Whether a service manager, rather than a person, started this process: it gave a `NOTIFY_SOCKET` (`sd_notify(3)`), or
/// left standard input without a terminal. `INVOCATION_ID` says nothing here: shells in a desktop session inherit it.
#[must_use]
pub fn under_service_manager(notify_socket: bool, terminal: bool) -> bool {
    notify_socket || !terminal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_restores_and_a_service_manager_keeps_unless_told() {
        let person = under_service_manager(false, true);
        for (on_exit, service, restores) in [
            (OnExit::Auto, person, true),
            (OnExit::Auto, under_service_manager(true, true), false),
            (OnExit::Auto, under_service_manager(false, false), false),
            (OnExit::Restore, true, true),
            (OnExit::Keep, person, false),
        ] {
            assert_eq!(on_exit.restores(service), restores, "{on_exit:?} {service}");
        }
    }

    #[test]
    fn a_share_of_a_core_is_exact_to_a_thousandth_and_never_overflows() {
        let second = Duration::from_secs(1);
        for (cores, shown, in_a_second) in
            [(0.25, "0.25", 250), (1.0, "1", 1000), (0.0104, "0.01", 10), (2.5, "2.5", 2500)]
        {
            let share = Share::of_cores(cores).unwrap();
            assert_eq!(
                (share.to_string().as_str(), share.of_time(second)),
                (shown, Duration::from_millis(in_a_second))
            );
            assert_eq!(share.time_for(share.of_time(second)), second);
        }
        assert_eq!([f64::NAN, -0.1, f64::INFINITY].map(Share::of_cores), [None; 3]);
        assert_eq!(Share::of_thousandths(u32::MAX).of_time(Duration::MAX), Duration::from_nanos(u64::MAX));
        assert_eq!(Share::of_thousandths(0).time_for(second), Duration::ZERO);
    }

    #[test]
    fn automatic_format_and_colour_follow_the_terminal() {
        assert_eq!([true, false].map(|terminal| Format::Auto.chosen(terminal)), [Format::Text, Format::Json]);
        for format in [
            Format::Json,
            Format::Text,
            Format::Sentence,
            Format::Raw,
            Format::Enriched,
            Format::Laurel,
            Format::Ecs,
            Format::Ocsf,
        ] {
            assert_eq!([true, false].map(|terminal| format.chosen(terminal)), [format; 2]);
        }
        assert!(Color::Auto.is_on(true, false) && !Color::Auto.is_on(true, true) && !Color::Auto.is_on(false, false));
        assert!(Color::Always.is_on(false, true) && !Color::Never.is_on(true, false));
    }
}
