//! The one table of configuration keys. Checking, `oyez check`'s advice, `oyez config default`, `oyez config show`, the
//! choices of flags and `docs/configuration.md` all come from it: to add a key, add its field to
//! [`Settings`] and its entry here, then run `oyez config docs > docs/configuration.md`.

use Applies::{Reload, Restart};

use oyez_enrich::redact::Target;

use super::kind::{Choice, Kind};
use super::settings::{Color, Format, Mode, OnExit, OnFailure, OnOverload, Settings, Share};

/// One table of the file.
#[derive(Debug)]
pub struct Section {
    /// Its name in brackets; empty for the keys above the first table.
    pub name: &'static str,
    /// What its keys are about, one sentence.
    pub doc: &'static str,
    /// Its keys, in the order they are documented.
    pub keys: &'static [KeyDef],
}

/// One key of the file.
#[derive(Debug)]
pub struct KeyDef<S: 'static = Settings> {
    /// Its name within its section.
    pub name: &'static str,
    /// What it takes and where that goes.
    pub kind: Kind<S>,
    /// Its default as TOML; `None` leaves it unset.
    pub default: Option<&'static str>,
    /// When a changed value counts.
    pub applies: Applies,
    /// What it means, in sentences.
    pub doc: &'static str,
}

/// What there is to say of a key, whatever its value is stored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name within its section.
    pub name: &'static str,
    /// What it takes: "a size from 64KiB to 64MiB".
    pub expects: String,
    /// The words it takes, each with what it means; none where it takes something else.
    pub choices: Vec<(&'static str, &'static str)>,
    /// Its default as TOML.
    pub default: Option<&'static str>,
    /// When a changed value counts.
    pub applies: Applies,
    /// What it means, in sentences.
    pub doc: &'static str,
}

impl<S> KeyDef<S> {
    /// What there is to say of it.
    #[must_use]
    pub fn described(&self) -> Described {
        let choices = match &self.kind {
            Kind::Choice { of, .. } => of.iter().map(|choice| (choice.name, choice.doc)).collect(),
            _ => Vec::new(),
        };
        let Self { name, default, applies, doc, .. } = *self;
        Described { name, expects: self.kind.expects(), choices, default, applies, doc }
    }
}

/// When a changed value of a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// At the next SIGHUP or `oyez reload`.
    Reload,
    /// At the next start only.
    Restart,
}

impl Section {
    /// The full name of one of its keys: `kernel.backlog_limit`.
    #[must_use]
    pub fn path(&self, key: &KeyDef) -> String {
        if self.name.is_empty() { key.name.to_owned() } else { format!("{}.{}", self.name, key.name) }
    }
}

/// All keys with their full names.
pub fn all() -> impl Iterator<Item = (String, &'static KeyDef)> {
    SECTIONS.iter().flat_map(|section| section.keys.iter().map(|key| (section.path(key), key)))
}

/// The key with this full name.
#[must_use]
pub fn find(path: &str) -> Option<&'static KeyDef> {
    all().find(|(name, _)| name == path).map(|(_, key)| key)
}

/// Every section and key.
pub static SECTIONS: &[Section] = &[
    Section { name: "", doc: "How oyez attaches and what it says about events as a whole.", keys: TOP },
    Section {
        name: "kernel",
        doc: "What is set in the kernel at start. A key left unset leaves the kernel's value.",
        keys: KERNEL,
    },
    Section { name: "receive", doc: "How records are fetched from the kernel.", keys: RECEIVE },
    Section {
        name: "enrich",
        doc: "What `oyez run` finds out about events beyond their records. `oyez parse` does not: a log is of another time.",
        keys: ENRICH,
    },
    Section {
        name: "group",
        doc: "When an event is over, and how large it may grow. An event over a bound comes out early, marked and counted.",
        keys: GROUP,
    },
];

/// The words for [`Format`], for a key that stores one by `$put`.
macro_rules! formats {
    ($put:path) => {
        &[
            Choice { name: "auto", doc: "text on a terminal, else json", set: |s| $put(s, Format::Auto) },
            Choice { name: "json", doc: "one JSON object per line", set: |s| $put(s, Format::Json) },
            Choice { name: "text", doc: "one line for a person", set: |s| $put(s, Format::Text) },
            Choice { name: "sentence", doc: "one English sentence per event", set: |s| $put(s, Format::Sentence) },
            Choice {
                name: "raw",
                doc: "auditd's log as its RAW format has it, a line per record, for ausearch and aureport",
                set: |s| $put(s, Format::Raw),
            },
            Choice {
                name: "enriched",
                doc: "auditd's log as its ENRICHED format has it",
                set: |s| $put(s, Format::Enriched),
            },
            Choice {
                name: "laurel",
                doc: "one JSON object per line, as laurel 0.8 writes it",
                set: |s| $put(s, Format::Laurel),
            },
            Choice { name: "ecs", doc: "Elastic Common Schema, as auditbeat", set: |s| $put(s, Format::Ecs) },
            Choice { name: "ocsf", doc: "Open Cybersecurity Schema Framework", set: |s| $put(s, Format::Ocsf) },
        ]
    };
}
pub(super) use formats;

fn put_format(settings: &mut Settings, format: Format) {
    settings.format = format;
}

const TOP: &[KeyDef] = &[
    KeyDef {
        name: "mode",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "auto",
                    doc: "unicast when no living daemon holds it, else multicast",
                    set: |s| s.mode = Mode::Auto,
                },
                Choice {
                    name: "unicast",
                    doc: "be the kernel's audit daemon, or fail; never takes it from another",
                    set: |s| s.mode = Mode::Unicast,
                },
                Choice {
                    name: "multicast",
                    doc: "listen beside whoever is; a slow reader misses records",
                    set: |s| s.mode = Mode::Multicast,
                },
            ],
            refused: &[],
        },
        default: Some("\"auto\""),
        applies: Restart,
        doc: "How to attach to the kernel.",
    },
    KeyDef {
        name: "on_exit",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "auto",
                    doc: "restore from a terminal, keep under a service manager",
                    set: |s| s.on_exit = OnExit::Auto,
                },
                Choice {
                    name: "restore",
                    doc: "put back what was found at start",
                    set: |s| s.on_exit = OnExit::Restore,
                },
                Choice {
                    name: "keep",
                    doc: "leave audit on and the rules loaded, so that a restart is no blind window",
                    set: |s| s.on_exit = OnExit::Keep,
                },
            ],
            refused: &[],
        },
        default: Some("\"auto\""),
        applies: Reload,
        doc: "What becomes of the kernel's audit settings, and of the rules that oyez loaded, when it ends.",
    },
    KeyDef {
        name: "on_overload",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "shed",
                    doc: "events do, routine ones first; the host never waits for a slow output",
                    set: |s| s.on_overload = OnOverload::Shed,
                },
                Choice {
                    name: "wait",
                    doc: "the host does: what is audited is slowed down, and nothing lost that the kernel lets wait",
                    set: |s| s.on_overload = OnOverload::Wait,
                },
            ],
            refused: &[],
        },
        default: Some("\"shed\""),
        applies: Restart,
        doc: "What gives way when events cannot be written as fast as they come. shed: while an output's `queue` is half full, \
              events that have nothing but a call's records (SYSCALL, PATH, CWD and the like) are left out; at three \
              quarters, all but logins, changes of users and policies, executions (failed ones, too) and oyez's own; those only \
              when it is full. \
              OYEZ_LOSS counts what is left out by record type and rule key. wait, for who must have every event: once \
              the `queue` of one and `receive.queue` are full, one record is fetched every 50 ms; then the kernel's backlog \
              fills, and tasks wait in their calls, each up to `kernel.backlog_wait_time`. What cannot wait there is lost, \
              and counted. In multicast mode the kernel never waits.",
    },
    KeyDef {
        name: "cpu_limit",
        kind: Kind::Share {
            at: |s| &mut s.cpu_limit,
            min: Share::of_thousandths(10),
            max: Share::of_thousandths(16_000),
        },
        default: None,
        applies: Reload,
        doc: "How much of one core `oyez run` may use, such as 0.25, without the thread that fetches records: that one \
              is never held up, as the host would be, and without the process that asks the name service and the threads \
              that read arguments in /proc. The others that \
              do any work (hashing included) are measured by their own CPU clocks, against what the \
              share comes to in one second: unused time counts for one second at most, so that a busy second may cost twice \
              the share, and a minute no more than the share and a second's worth. Once half of that is used up, events that \
              have nothing but a call's records are left out, unread and unwritten; from three quarters on, \
              all but logins, changes of users and policies, executions and oyez's own. OYEZ_LOSS counts both by record type \
              and rule key, with `cause` \"cpu_limit\". Once all is used up oyez waits: events come late, and when \
              `receive.queue` is full whole batches of records are dropped, whatever they are, and counted as loss `queue`. \
              With `on_overload` \"wait\" nothing is left out: oyez waits, and so does the host. `oyez status` says \
              whether it is in force. At the end it is lifted. What it costs itself is a look at the clocks in 256 records.",
    },
    KeyDef {
        name: "drain_time",
        kind: Kind::Duration { at: |s| &mut s.drain_time, min_ms: 0, max_ms: 3_600_000 },
        default: Some("\"10s\""),
        applies: Reload,
        doc: "How long outputs may take at the end, all at once, for what they still have. What is left then stays in their \
              spools; where there is none it is dropped, counted and told. A second SIGTERM or SIGINT ends it at once. An output \
              that a new configuration does not have any more is given as long. A service manager has to be more patient: \
              systemd waits 90 seconds (`TimeoutStopSec=`).",
    },
    KeyDef {
        name: "node",
        kind: Kind::Node(|s| &mut s.node),
        default: Some("\"\""),
        applies: Reload,
        doc: "The host's name in events that carry none. Empty: no name. \"hostname\": what `uname -n` says at start.",
    },
    KeyDef {
        name: "format",
        kind: Kind::Choice { of: formats!(put_format), refused: &[] },
        default: Some("\"auto\""),
        applies: Reload,
        doc: "How an event is written, by `oyez parse` and by every output that does not say it for itself. docs/formats.md tells \
              what each is, and for whom.",
    },
    KeyDef {
        name: "color",
        kind: Kind::Choice {
            of: &[
                Choice { name: "auto", doc: "on a terminal, unless NO_COLOR is set", set: |s| s.color = Color::Auto },
                Choice { name: "always", doc: "coloured", set: |s| s.color = Color::Always },
                Choice { name: "never", doc: "plain", set: |s| s.color = Color::Never },
            ],
            refused: &[],
        },
        default: Some("\"auto\""),
        applies: Reload,
        doc: "Whether text is coloured.",
    },
    KeyDef {
        name: "omit_fields",
        kind: Kind::Fields(|s| &mut s.omit_fields),
        default: Some("[]"),
        applies: Reload,
        doc: "Fields left out of every event, by the names the kernel gives them, such as [\"a2\", \"a3\", \"items\"].",
    },
    KeyDef {
        name: "ignore_types",
        kind: Kind::RecordTypes(|s| &mut s.ignore_types),
        default: Some("[]"),
        applies: Reload,
        doc: "Record types that `oyez run` leaves in the kernel, such as [\"PROCTITLE\", \"CWD\", 1325]: a filter on the \
              socket drops them before they are copied. What is dropped is missing from every event, counted nowhere, and \
              cannot be had back; other readers still get it. While a type is ignored that can be an event by itself, \
              missing serial numbers are not counted as loss. Not to be had: types below 1100 and REPLACE, which are \
              answers to oyez; SYSCALL and URINGOP, without which an event says neither who did it nor what (a rule \
              leaves out whole events); EOE, which `receive.filter_eoe` is for.",
    },
    KeyDef {
        name: "state_file",
        kind: Kind::Path { at: |s| &mut s.state_file, dash: false },
        default: Some("\"/run/oyez/state.json\""),
        applies: Restart,
        doc: "Where oyez notes what to put back, so that the next start can do it after a crash. Empty: nowhere.",
    },
    KeyDef {
        name: "pid_file",
        kind: Kind::Path { at: |s| &mut s.pid_file, dash: false },
        default: Some("\"/run/oyez/oyez.pid\""),
        applies: Restart,
        doc: "Where oyez notes its process id, for `oyez reload`. Empty: nowhere.",
    },
    KeyDef {
        name: "rules",
        kind: Kind::Rules(|s| &mut s.rules),
        default: Some("[]"),
        applies: Reload,
        doc: "Audit rules that `oyez run` loads, each a line as in a rules file, such as \
              [\"-a always,exit -F arch=b64 -S execve -F auid!=unset -k exec\"]. They are loaded behind those of \
              `rules_dir`, as the difference to what the kernel holds: a rule that is there already is never absent for a \
              moment. At a reload a rule that is asked for no more is taken out again. Rules of others stay, unless a line \
              is -D.",
    },
    KeyDef {
        name: "rules_dir",
        kind: Kind::Path { at: |s| &mut s.rules_dir, dash: false },
        default: Some("\"\""),
        applies: Reload,
        doc: "A folder of files with rules, such as \"/etc/oyez/rules.d\", or one such file. The files whose names end in \
              .rules are read in natural order and merged as augenrules does. They must be root's, and not for everybody \
              to write. Empty: none.",
    },
    KeyDef {
        name: "enforce",
        kind: Kind::Bool(|s| &mut s.enforce),
        default: Some("false"),
        applies: Reload,
        doc: "Keep the kernel's list of rules as it is after they were loaded: a rule that somebody deletes is added again, \
              one that somebody adds is deleted, and OYEZ_RULES says who it was; `oyez rules` and auditctl are somebody, too. Once a second at most; whoever keeps at it \
              is answered less and less often, down to once a minute. Changes are seen by their CONFIG_CHANGE records, and \
              by a look at the list every few seconds while records come in.",
    },
];

const KERNEL: &[KeyDef] = &[
    KeyDef {
        name: "enable",
        kind: Kind::Bool(|s| &mut s.kernel.enable),
        default: Some("true"),
        applies: Restart,
        doc: "Turn audit on at start. With false oyez hears nothing until something else turns it on.",
    },
    KeyDef {
        name: "backlog_limit",
        kind: Kind::Integer { at: |s| &mut s.kernel.backlog_limit, min: 64, max: 1 << 20 },
        default: Some("8192"),
        applies: Reload,
        doc: "Records the kernel may hold while oyez is busy, at the start. A larger limit already set is left as it is. \
              `backlog_max` says how far it may grow.",
    },
    KeyDef {
        name: "backlog_max",
        kind: Kind::Integer { at: |s| &mut s.kernel.backlog_max, min: 64, max: 1 << 20 },
        default: Some("65536"),
        applies: Reload,
        doc: "How far oyez may raise the kernel's backlog limit. It is doubled while records come so fast that it holds less \
              than a fifth of a second of them, when it is found half full, and after the kernel made tasks wait or lost \
              records; looked at every five seconds while records come in, every second while it grows. The kernel takes \
              memory, 1 to 2.3 KiB a record, only for what waits. At the end what was found is put back, as `on_exit` says. \
              Not above `backlog_limit`: it does not grow.",
    },
    KeyDef {
        name: "backlog_wait_time",
        kind: Kind::OptionalInteger { at: |s| &mut s.kernel.backlog_wait_time, min: 0, max: 600_000 },
        default: None,
        applies: Reload,
        doc: "How long a task that is audited waits when the backlog is full, in jiffies, the kernel's clock ticks (1/CONFIG_HZ s). \
              With 0 nothing waits, and records are lost instead.",
    },
    KeyDef {
        name: "failure",
        kind: Kind::Choice {
            of: &[
                Choice { name: "silent", doc: "nothing", set: |s| s.kernel.failure = Some(OnFailure::Silent) },
                Choice {
                    name: "printk",
                    doc: "a line in the kernel's log",
                    set: |s| s.kernel.failure = Some(OnFailure::Printk),
                },
            ],
            refused: &[("panic", "oyez never asks the kernel to panic; who must have it sets it with `auditctl -f 2`")],
        },
        default: None,
        applies: Reload,
        doc: "What the kernel does when it loses a record.",
    },
    KeyDef {
        name: "rate_limit",
        kind: Kind::OptionalInteger { at: |s| &mut s.kernel.rate_limit, min: 0, max: 10_000_000 },
        default: None,
        applies: Reload,
        doc: "Records per second beyond which the kernel drops and counts; 0 is no limit.",
    },
];

const RECEIVE: &[KeyDef] = &[
    KeyDef {
        name: "buffer",
        kind: Kind::Size { at: |s| &mut s.receive.buffer, min: 64 << 10, max: 64 << 20 },
        default: Some("\"16MiB\""),
        applies: Restart,
        doc: "The socket's receive buffer at the start. The kernel counts 1 to 2.3 KiB per record, and takes memory only \
              for what waits. The buffer is doubled whenever what came in one go would fill more than half of it, or \
              found it full.",
    },
    KeyDef {
        name: "buffer_limit",
        kind: Kind::Size { at: |s| &mut s.receive.buffer_limit, min: 64 << 10, max: 256 << 20 },
        default: Some("\"64MiB\""),
        applies: Restart,
        doc: "How far the receive buffer may grow. Must not be below `buffer`.",
    },
    KeyDef {
        name: "batch",
        kind: Kind::Integer { at: |s| &mut s.receive.batch, min: 1, max: 1024 },
        default: Some("256"),
        applies: Restart,
        doc: "Records fetched by one system call.",
    },
    KeyDef {
        name: "latency",
        kind: Kind::Duration { at: |s| &mut s.receive.latency, min_ms: 1, max_ms: 60_000 },
        default: Some("\"100ms\""),
        applies: Restart,
        doc: "An event that is over is written within this time of its last record.",
    },
    KeyDef {
        name: "batch_delay",
        kind: Kind::Duration { at: |s| &mut s.receive.batch_delay, min_ms: 0, max_ms: 1_000 },
        default: Some("\"20ms\""),
        applies: Restart,
        doc: "How long records may pile up before they are fetched together, while they keep coming: each wake-up costs \
              more than a record. After a time of quiet it is 2 ms, and doubles from fetch to fetch. Must not exceed \
              `latency`.",
    },
    KeyDef {
        name: "queue",
        kind: Kind::Size { at: |s| &mut s.receive.queue, min: 1 << 20, max: 4 << 30 },
        default: Some("\"32MiB\""),
        applies: Restart,
        doc: "What may wait between the receiver and the rest of oyez. When it is full, what comes next is dropped and counted.",
    },
    KeyDef {
        name: "filter_eoe",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "auto",
                    doc: "leave EOE records in the kernel while PROCTITLE can end events: not while a rule excludes \
                          PROCTITLE or CONFIG_CHANGE or is for io_uring, not while `ignore_types` has one of these, not \
                          where rules cannot be read, and no more once titles fail to come",
                    set: |s| s.receive.filter_eoe = true,
                },
                Choice { name: "never", doc: "fetch them", set: |s| s.receive.filter_eoe = false },
            ],
            refused: &[],
        },
        default: Some("\"auto\""),
        applies: Reload,
        doc: "Whether EOE records, one per event and without content, are dropped by a filter on the socket.",
    },
];

const ENRICH: &[KeyDef] = &[
    KeyDef {
        name: "names",
        kind: Kind::Bool(|s| &mut s.enrich.names),
        default: Some("true"),
        applies: Restart,
        doc: "Whether users and groups are named beside their numbers, as `/etc/passwd` and `/etc/group` have them.",
    },
    KeyDef {
        name: "nss",
        kind: Kind::Bool(|s| &mut s.enrich.nss),
        default: Some("true"),
        applies: Restart,
        doc: "Whether numbers that are in neither file are looked up by the host's name services (NSS), in a process of their \
              own. Events do not wait for the answer: it stands in later ones.",
    },
    KeyDef {
        name: "logins",
        kind: Kind::Bool(|s| &mut s.enrich.logins),
        default: Some("true"),
        applies: Restart,
        doc: "Whether events tell of the login session they belong to: who came, when, where from.",
    },
    KeyDef {
        name: "processes",
        kind: Kind::Bool(|s| &mut s.enrich.processes),
        default: Some("true"),
        applies: Restart,
        doc: "Whether events tell of their process what they do not say themselves: arguments, start, parent, ancestors, \
              script, unit, container, labels.",
    },
    KeyDef {
        name: "connector",
        kind: Kind::Bool(|s| &mut s.enrich.connector),
        default: Some("true"),
        applies: Restart,
        doc: "Whether the kernel is asked to tell of each fork, exec and exit (the process connector), so that processes are \
              known whatever the audit rules cover.",
    },
    KeyDef {
        name: "ancestors",
        kind: Kind::Integer { at: |s| &mut s.enrich.ancestors, min: 0, max: 64 },
        default: Some("4"),
        applies: Restart,
        doc: "How many ancestors of the process an event tells of, its parent included.",
    },
    KeyDef {
        name: "max_processes",
        kind: Kind::Integer { at: |s| &mut s.enrich.max_processes, min: 1024, max: 4_194_304 },
        default: Some("65536"),
        applies: Restart,
        doc: "How many processes are kept in memory, those that ended lately included. Beyond that the longest dead are \
              forgotten first.",
    },
    KeyDef {
        name: "labels",
        kind: Kind::Labels(|s| &mut s.enrich.labels),
        default: Some("[]"),
        applies: Restart,
        doc: "Labels for processes, which their children inherit: each rule `LABEL SUBJECT PATTERN`, the subject one of `key` \
              (of the audit rule), `exe`, `argv` and `script`, the pattern a regular expression. A `-` in front takes the \
              label away. All that match are applied, in their order.",
    },
    KeyDef {
        name: "hash",
        kind: Kind::Bool(|s| &mut s.enrich.hash),
        default: Some("false"),
        applies: Restart,
        doc: "Whether program files that are executed are hashed (SHA-256), each state of a file once, in a thread of its own. \
              The event of the first execution mostly comes without it, the process's later ones have it.",
    },
    KeyDef {
        name: "hash_max_size",
        kind: Kind::Size { at: |s| &mut s.enrich.hash_max_size, min: 1 << 10, max: 16 << 30 },
        default: Some("\"128MiB\""),
        applies: Restart,
        doc: "No larger file is hashed.",
    },
    KeyDef {
        name: "host",
        kind: Kind::Bool(|s| &mut s.enrich.host),
        default: Some("true"),
        applies: Restart,
        doc: "Whether events tell the host's machine id, and the cloud instance's where a file names it.",
    },
    KeyDef {
        name: "redact",
        kind: Kind::Bool(|s| &mut s.enrich.redact),
        default: Some("false"),
        applies: Restart,
        doc: "Whether what looks like a secret in a command line (passwords, tokens, keys; `docs/events.md` lists what) is \
              replaced by `*` before anything is written.",
    },
    KeyDef {
        name: "redact_commands",
        kind: Kind::Patterns { at: |s| &mut s.enrich.redact_commands, target: Target::Command },
        default: Some("[]"),
        applies: Restart,
        doc: "More patterns for secrets in command lines: regular expressions, of which what their groups capture is replaced.",
    },
    KeyDef {
        name: "redact_paths",
        kind: Kind::Patterns { at: |s| &mut s.enrich.redact_paths, target: Target::Path },
        default: Some("[]"),
        applies: Restart,
        doc: "The same for file names and all other text that the kernel encodes, and for command lines.",
    },
];

const GROUP: &[KeyDef] = &[
    KeyDef {
        name: "max_events",
        kind: Kind::Integer { at: |s| &mut s.group.max_events, min: 16, max: 1 << 20 },
        default: Some("4096"),
        applies: Reload,
        doc: "Events that may be open at once.",
    },
    KeyDef {
        name: "max_event_bytes",
        kind: Kind::Size { at: |s| &mut s.group.max_event_bytes, min: 16 << 10, max: 64 << 20 },
        default: Some("\"1MiB\""),
        applies: Reload,
        doc: "Bytes of records one event may hold.",
    },
    KeyDef {
        name: "max_event_records",
        kind: Kind::Integer { at: |s| &mut s.group.max_event_records, min: 16, max: 1_000_000 },
        default: Some("10000"),
        applies: Reload,
        doc: "Records one event may hold.",
    },
    KeyDef {
        name: "quiet",
        kind: Kind::Duration { at: |s| &mut s.group.quiet, min_ms: 1, max_ms: 60_000 },
        default: Some("\"60ms\""),
        applies: Reload,
        doc: "Live: an event whose end no record announces is over when nothing came for it for this long. \
              Must not exceed `incomplete`.",
    },
    KeyDef {
        name: "incomplete",
        kind: Kind::Duration { at: |s| &mut s.group.incomplete, min_ms: 10, max_ms: 600_000 },
        default: Some("\"2s\""),
        applies: Reload,
        doc: "Live: an event with a SYSCALL record whose EOE does not come is given up, and marked, after this long without a record.",
    },
    KeyDef {
        name: "log_timeout",
        kind: Kind::Duration { at: |s| &mut s.group.log_timeout, min_ms: 10, max_ms: 3_600_000 },
        default: Some("\"2s\""),
        applies: Reload,
        doc: "In logs: an event is over when the log's own time has moved on this far since its first record.",
    },
];
