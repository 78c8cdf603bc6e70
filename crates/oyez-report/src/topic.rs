//! What tables there are: their names, what their rows are, and which of aureport's reports they stand for.

/// What a table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Events by the type of their first record.
    Events,
    /// System calls by name.
    Syscalls,
    /// System calls that failed, by name and error.
    Failures,
    /// Programs by path (`exe`).
    Executables,
    /// Programs by the name of their process (`comm`).
    Commands,
    /// Paths that events name, sockets' included.
    Files,
    /// Who logged in (`auid`).
    Users,
    /// Terminals.
    Terminals,
    /// Hosts and addresses that events name.
    Hosts,
    /// Processes by number.
    Pids,
    /// Keys of the rules that matched.
    Keys,
    /// Logins by who tried.
    Logins,
    /// Authentications by account.
    Auth,
    /// Changes of accounts, groups and roles, by the event's type.
    Accounts,
    /// Changes of configuration, by the event's type.
    Config,
    /// Decisions of SELinux by the object's context.
    Avc,
    /// Changes of mandatory access control, and what programs say of labels, by the event's type.
    Mac,
    /// IMA and EVM, by the event's type.
    Integrity,
    /// Anomalies by the event's type.
    Anomalies,
    /// Answers to anomalies by the event's type.
    Responses,
    /// Cryptography by the event's type.
    Crypto,
    /// Virtual machines by the event's type.
    Virt,
    /// Recorded keystrokes by who typed them.
    Tty,
    /// Hosts that recorded the events (`node`).
    Nodes,
}

/// Name, what a row's key is, what is counted, the option of aureport.
type Line = (Topic, &'static str, &'static str, &'static str, &'static str);

/// In the order in which they are shown.
const TABLE: [Line; 24] = [
    (Topic::Events, "events", "type", "events by the type of their first record", "-e"),
    (Topic::Syscalls, "syscalls", "syscall", "events of system calls, by name", "-s"),
    (Topic::Failures, "failures", "syscall and error", "system calls that failed, by name and error", ""),
    (Topic::Executables, "executables", "path", "events by the program's path", "-x"),
    (Topic::Commands, "commands", "command", "events by the name of the process", "--comm"),
    (Topic::Files, "files", "path", "files and unix sockets, each time one is named", "-f"),
    (Topic::Users, "users", "auid", "events by who logged in", "-u"),
    (Topic::Terminals, "terminals", "terminal", "events by terminal", "-tm"),
    (Topic::Hosts, "hosts", "host", "events by remote host or address", "-h"),
    (Topic::Pids, "pids", "pid", "events by process", "-p"),
    (Topic::Keys, "keys", "key", "events by the key of the rule that matched", "-k"),
    (Topic::Logins, "logins", "user", "logins by user; by account where no user came of it", "-l"),
    (Topic::Auth, "auth", "account", "authentications by account; by user where none is named", "-au"),
    (Topic::Accounts, "accounts", "type", "changes of accounts, groups and roles, by type", "-m"),
    (Topic::Config, "config", "type", "changes of configuration, by type", "-c"),
    (Topic::Avc, "avc", "object", "decisions of SELinux, by the object's context", "-a"),
    (Topic::Mac, "mac", "type", "changes of mandatory access control and labels, by type", "-ma"),
    (Topic::Integrity, "integrity", "type", "IMA and EVM, by type", "--integrity"),
    (Topic::Anomalies, "anomalies", "type", "anomalies and seccomp, by type", "-n"),
    (Topic::Responses, "responses", "type", "responses to anomalies, by type", "-r"),
    (Topic::Crypto, "crypto", "type", "cryptographic events, by type", "-cr"),
    (Topic::Virt, "virt", "type", "events of virtual machines, by type", "--virt"),
    (Topic::Tty, "tty", "auid", "recorded keystrokes, by who logged in", "--tty"),
    (Topic::Nodes, "nodes", "node", "events by the host that recorded them", ""),
];

impl Topic {
    /// How many there are.
    pub const COUNT: usize = TABLE.len();

    /// All of them, in the order in which they are shown.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|line| line.0)
    }

    /// Its name on the command line and in JSON and CSV.
    pub fn name(self) -> &'static str {
        self.line().1
    }

    /// What the key of a row is.
    pub fn key(self) -> &'static str {
        self.line().2
    }

    /// What is counted, in a few words.
    pub fn meaning(self) -> &'static str {
        self.line().3
    }

    /// The option of aureport whose `--summary` counts the same; `None` where there is none.
    pub fn aureport(self) -> Option<&'static str> {
        Some(self.line().4).filter(|option| !option.is_empty())
    }

    fn line(self) -> &'static Line {
        // The table is in the order of the variants: a test looks.
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_its_own_line_and_name() {
        let mut names: Vec<_> = Topic::all().map(Topic::name).collect();
        for (place, topic) in Topic::all().enumerate() {
            assert_eq!((topic as usize, topic.line().0), (place, topic));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Topic::COUNT);
    }
}
