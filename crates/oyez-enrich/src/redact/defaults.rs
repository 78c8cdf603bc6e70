//! The patterns that find secrets where nobody named any: one table.
//!
//! They see the arguments of a command with a zero byte between them, as `/proc/PID/cmdline` has them, or with spaces where a
//! program wrote them so (`cmd=` of sudo). Only what their groups capture is replaced. They rather take too much than too
//! little: a value that stands in an argument of its own is taken to the argument's end, one inside an argument to the end of
//! the word as a shell reads it.
//!
//! `{NAME}` stands for the end of a name that says what the value is, `{ARG}` for the rest of an argument, `{WORD}` for a word
//! of a shell, quotes included, `{RUN:A|B}` for a program of these names and any arguments behind it.

/// One default pattern.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// What it is called in the documents.
    pub name: &'static str,
    /// What it finds, with `*` where the secret is.
    pub finds: &'static str,
    pattern: &'static str,
}

const NAME: &str = r"(?:passw(?:or)?d|passphrase|(?:\b|_)pass|_pwd|[;&]pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|account[_-]?key|auth[_-]?key)";
const ARG: &str = r"[^\x00]+";
const WORD: &str = r#"(?:'[^'\x00]*'?|"(?:\\[^\x00]|[^"\\\x00])*"?|\\[^\x00]|[^\s\x00&;'"\\])+"#;
const RUN_FRONT: &str = r#"(?-i)(?:\A|[\x00\s/"'])(?:"#;
const RUN_BACK: &str = r"(?:[\x00\s][^\x00\s]*)*?)";

/// All of them.
pub const DEFAULTS: [BuiltIn; 18] = [
    BuiltIn {
        name: "assignment",
        finds: "`--password=*`, `PGPASSWORD=*`, `?token=*&…`, `Password=*;…`",
        // Behind `sh -c` a word is a word of the shell's; elsewhere an argument is one thing.
        pattern: r"\x00-[a-z]*c\x00[a-z0-9_.=-]*?{NAME}=({WORD})|(?:\A|\x00)[a-z0-9_.=-]*?{NAME}=({ARG})|{NAME}=({WORD})",
    },
    BuiltIn {
        name: "option",
        finds: "`--password *`, `--api-key *`, `-token *`: the next argument, unless it begins with `--`",
        pattern: r"(?:\A|[\x00\s])--?(?:[a-z0-9_.-]*[_.-])?{NAME}(?:\x00(-?[^\x00-][^\x00]*)|[ \t]+({WORD}))",
    },
    BuiltIn {
        name: "member",
        finds: r#"`"password": "*"`, `X-Api-Key: *`, `token: *`"#,
        pattern: r#"(?:{NAME}(?:\\?["'][ \t]*:[ \t]*|:[ \t]+)|\bx-[a-z0-9-]*{NAME}:[ \t]*)\\?["']?([^\x00"'\r\n]+)"#,
    },
    BuiltIn {
        name: "authorization",
        finds: "`Authorization: Bearer *`, `Proxy-Authorization: *`",
        pattern: r#"authorization\\?["']?[ \t]*[:=][ \t]*\\?["']?(?:(?:basic|bearer|digest|token|negotiate|apikey|aws4-hmac-sha256)[ \t]+)?([^\x00"'\r\n]+)"#,
    },
    BuiltIn {
        name: "bearer",
        finds: "`Bearer *` of 8 characters or more",
        pattern: r"\bbearer[ \t]+([a-z0-9._~+/=-]{8,})",
    },
    BuiltIn { name: "cookie", finds: "`Cookie: *`", pattern: r#"cookie:[ \t]*([^\x00"'\r\n]+)"# },
    BuiltIn { name: "url", finds: "`scheme://user:*@host`", pattern: r#"://[^\s/?#:@\x00'"]*:([^\s/\x00]+)@"# },
    BuiltIn {
        name: "openssl",
        finds: "`-passin pass:*`",
        pattern: r"-pass(?:in|out|word)?(?:\x00pass:({ARG})|\s+pass:({WORD}))",
    },
    BuiltIn {
        name: "mysql",
        finds: "`-p*`: mysql, mariadb and kin, 7z",
        pattern: r"{RUN:(?:mysql|mariadb)[a-z_-]*|7z[ar]?}(?:\x00-p({ARG})|\s-p({WORD}))",
    },
    BuiltIn {
        name: "login",
        finds: "`-p *` and `-p*`: sshpass, mongo and kin, `docker login` and kin, rdesktop, useradd, usermod",
        pattern: r"{RUN:sshpass|mongo[a-z]*|(?:docker|podman|buildah|nerdctl|helm[\x00\s]registry)[\x00\s]login|rdesktop|useradd|usermod}(?:\x00-p\x00?({ARG})|\s-p\s*({WORD}))",
    },
    BuiltIn {
        name: "capital",
        finds: "`-P *` and `-P*`: ipmitool, zip, unzip, mosquitto_pub and _sub, sqlcmd, bcp",
        pattern: r"{RUN:ipmitool|zip|unzip|mosquitto_[a-z]+|sqlcmd|bcp}(?:\x00-P\x00?({ARG})|\s-P\s*({WORD}))",
    },
    BuiltIn {
        name: "freerdp",
        finds: "`/p:*`: xfreerdp and kin",
        pattern: r"{RUN:(?:[wx]l|x|sdl-)freerdp3?}(?:\x00/p:({ARG})|\s/p:({WORD}))",
    },
    BuiltIn {
        name: "ldap",
        finds: "`-w *` and `-w*`: ldapsearch and kin",
        pattern: r"{RUN:ldap[a-z]+}(?:\x00-w\x00?({ARG})|\s-w\s*({WORD}))",
    },
    BuiltIn {
        name: "redis",
        finds: "`-a *`: redis-cli, valkey-cli",
        pattern: r"{RUN:(?:redis|valkey)-cli}(?:\x00-a\x00({ARG})|\s-a\s+({WORD}))",
    },
    BuiltIn {
        name: "snmp",
        finds: "`-A *`, `-X *`, `-c *`, the first of them: snmpget and kin",
        pattern: r"{RUN:snmp[a-z]+}(?:\x00-[AXc]\x00?({ARG})|\s-[AXc]\s*({WORD}))",
    },
    BuiltIn {
        name: "curl",
        finds: "`-u user:*`, `--user user:*`, `--proxy-user user:*`: curl",
        pattern: r#"{RUN:curl}[\x00\s](?:-[uU]|--user|--proxy-user)[\x00\s=]?["']?[^\x00\s:"']+:([^\x00\s"']+)"#,
    },
    BuiltIn {
        name: "smb",
        finds: "`-U user%*`: smbclient and kin",
        pattern: r#"{RUN:smb[a-z]+|rpcclient|net|winexe}[\x00\s](?:-U|--user)[\x00\s=]?["']?[^\x00\s%"']+%([^\x00\s"']+)"#,
    },
    BuiltIn {
        name: "token",
        finds: "keys known by their form: AWS (`AKIA…`, `ASIA…`), GitHub, GitLab, Slack, Stripe, Google, npm, Vault, JSON web tokens, PEM private keys",
        pattern: r"(?-i)\b((?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|hv[sbr]\.[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)|(-----BEGIN [A-Z ]*PRIVATE KEY-----[^\x00]*)",
    },
];

/// What begins a password in an address at the end of a text that was cut: the `@` that would tell may be behind the cut.
pub(super) const CUT_URL: &str = r#"://[^\s/?#:@\x00'"]*:([^\s/\x00]+)\z"#;

impl BuiltIn {
    /// The whole pattern, in the syntax of the `regex` crate.
    pub fn regex(&self) -> String {
        let text = self.pattern.replace("{NAME}", NAME).replace("{ARG}", ARG).replace("{WORD}", WORD);
        let mut parts = text.split("{RUN:");
        let mut whole = format!("(?i){}", parts.next().unwrap_or_default());
        for part in parts {
            // A program's names hold no brace of their own.
            let (names, rest) = part.split_once('}').unwrap_or((part, ""));
            for piece in ["(?:", RUN_FRONT, names, ")", RUN_BACK, rest] {
                whole.push_str(piece);
            }
        }
        whole
    }
}
