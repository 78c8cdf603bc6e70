//! The smallest of the starter rules in `rules/`, built in: what `oyez run --starter-rules` loads.

/// The name the rules are told of by.
pub(crate) const NAME: &str = "rules/10-exec.rules";

/// Rules that record every command that runs, as the text of a rules file. It names no path and clears nothing.
pub(crate) const TEXT: &str = include_str!("../../../../rules/10-exec.rules");

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use oyez_rules::model::Command;
    use oyez_rules::text::{PermSyscalls, parse_file};

    use super::*;
    use crate::rules::host::{self, HostNames};

    #[test]
    fn it_is_rules_alone_and_each_has_its_key() {
        let names = HostNames::default();
        let parsed = parse_file(TEXT.as_bytes(), &host::target(host::machine(), &names, PermSyscalls::Missing));
        assert_eq!(parsed.problems, []);
        let commands: Vec<_> = parsed.lines.iter().flat_map(|line| &line.commands).collect();
        assert!(!commands.is_empty());
        for command in commands {
            let Command::AddRule { rule, .. } = command else { panic!("{command:?}") };
            assert_eq!(rule.keys().collect::<Vec<_>>(), [b"exec"]);
        }
        assert!(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(NAME).is_file());
    }
}
