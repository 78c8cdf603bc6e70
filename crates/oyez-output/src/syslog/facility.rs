//! What part of a system speaks (RFC 5424, 6.2.1): a name in, its number out.

/// A facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

/// Names as syslog(3), syslog.conf(5) and RFC 5424 have them; their places are their numbers.
const NAMES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

impl Facility {
    /// The one of this name, or number.
    pub fn named(name: &str) -> Option<Self> {
        let number = NAMES.iter().position(|own| *own == name).or_else(|| name.parse().ok())?;
        u8::try_from(number).ok().filter(|number| usize::from(*number) < NAMES.len()).map(Self)
    }

    /// All names.
    pub fn names() -> &'static [&'static str] {
        &NAMES
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// `authpriv`: what distributions keep in files that not everybody may read. (auditd's plugin says `user`, which everybody
/// may on some.)
impl Default for Facility {
    fn default() -> Self {
        Self(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_numbers() {
        for (name, number) in [
            ("kern", Some(0)),
            ("authpriv", Some(10)),
            ("local7", Some(23)),
            ("13", Some(13)),
            ("24", None),
            ("x", None),
        ] {
            assert_eq!(Facility::named(name).map(Facility::number), number, "{name}");
        }
        assert_eq!(Facility::named("authpriv"), Some(Facility::default()));
    }
}
