//! A suggestion → the `[[filter]]` of a configuration that does it.

use oyez_interpret::plain::is_shown;

use crate::often::{LIMIT, WINDOW_MS};
use crate::{Action, What};

/// Whether a value can be written down so that it means itself and nothing else: text that is shown, without the signs of globs,
/// quotes and backslashes.
pub(crate) fn is_writable(value: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(value) else { return false };
    // U+FFFD may stand for bytes that are no text.
    let is_plain = |sign: char| {
        is_shown(sign) && !matches!(sign, '\u{fffd}' | '*' | '?' | '[' | ']' | '{' | '}' | '"' | '\'' | '\\')
    };
    !text.is_empty() && text.len() <= 1024 && text.trim() == text && text.chars().all(is_plain)
}

/// The filter of that name; it and values are those that [`is_writable`] lets pass.
pub(crate) fn toml(name: &str, what: &What, action: Action) -> String {
    let mut members = Vec::new();
    let mut text = |name: &str, value: &str| {
        // A bare name with a dot would be a table in a table.
        let quote = if name.contains('.') { "\"" } else { "" };
        members.push(format!("{quote}{name}{quote} = \"{value}\""));
    };
    if let Some(kind) = &what.kind {
        text("type", kind);
    }
    if let Some(key) = &what.key {
        text("key", key);
    }
    if let Some((field, program)) = &what.program {
        text(field, program);
    }
    if let Some((field, claim)) = &what.claim {
        text(field, claim);
    }
    if let Some(parent) = &what.parent {
        text("process.parent.exe", parent);
    }
    if let Some(dir) = &what.dir {
        text("path", &format!("{dir}/**"));
    }
    if what.succeeded {
        text("result", "success");
    }
    match &what.syscalls[..] {
        [] => {}
        [call] => text("syscall", call),
        calls => {
            let calls: Vec<_> = calls.iter().map(|call| format!("\"{call}\"")).collect();
            members.push(format!("syscall = [{}]", calls.join(", ")));
        }
    }
    if !what.spares.is_empty() {
        members.push(format!("not = {{ path = [\"{}\"] }}", what.spares.join("\", \"")));
    }
    // The members of an inline table stand on one line (TOML 1.0).
    let (members, action) = (members.join(", "), words(what, action));
    format!("[[filter]]\nname = \"{name}\"\nmatch = {{ {members} }}\naction = \"{action}\"\n")
}

/// The action as the configuration has it.
fn words(what: &What, action: Action) -> String {
    let exe = if what.kind.is_some() { "claimed.exe" } else { "exe" };
    match action {
        Action::Drop => "drop".to_owned(),
        Action::Suppress if what.kind.is_some() => {
            format!("suppress:{}s per {exe},claimed.unit,claimed.op,result,auid,object.primary", WINDOW_MS / 1000)
        }
        Action::Suppress => {
            format!("suppress:{}s per {exe},syscall,result,auid,object.primary", WINDOW_MS / 1000)
        }
        Action::Limit => format!("limit:{LIMIT}/s per {exe}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_that_mean_themselves_are_written() {
        for value in ["/usr/sbin/nginx", "a b", "café", "a=b", "x;y#z"] {
            assert!(is_writable(value.as_bytes()), "{value}");
        }
        let hostile = [
            "",
            " a",
            "a\"",
            "a'",
            "a\\",
            "/lib/*",
            "a?",
            "[a]",
            "{a}",
            "a\nb",
            "a\u{202e}b",
            "a\x1b",
            "a\u{a0}b",
            "a\u{fffd}",
        ];
        for value in hostile.iter().map(|value| value.as_bytes()).chain([&b"caf\xe9"[..], &[b'x'; 2000]]) {
            assert!(!is_writable(value), "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn a_filter_is_toml() {
        let what = What {
            key: Some("net".to_owned()),
            program: Some(("exe", "/usr/sbin/nginx".to_owned())),
            syscalls: vec!["accept4".to_owned(), "recvfrom".to_owned()],
            dir: Some("/var/www".to_owned()),
            succeeded: true,
            ..What::default()
        };
        assert_eq!(
            toml("x", &what, Action::Drop),
            "[[filter]]\nname = \"x\"\nmatch = { key = \"net\", exe = \"/usr/sbin/nginx\", path = \"/var/www/**\", result = \"success\", \
             syscall = [\"accept4\", \"recvfrom\"] }\naction = \"drop\"\n"
        );
        let what = What { kind: Some("SERVICE_START".to_owned()), ..What::default() };
        assert!(toml("x", &what, Action::Limit).ends_with("action = \"limit:10/s per claimed.exe\"\n"));
    }
}
