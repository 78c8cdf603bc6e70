//! What the keys of several types have in common that connect to a cluster: its servers, with TLS or without, and a user with
//! a password.
//!
//! Refuses servers of which some are to have TLS and some not, TLS settings where none has, and half a login.

#[cfg(any(feature = "kafka", feature = "nats"))]
use std::path::PathBuf;

#[cfg(any(feature = "kafka", feature = "nats"))]
use oyez_output::secret::Secret;
use oyez_output::tls;

use super::making::Making;

/// Servers without what stood before `://`, and how TLS is to be spoken with them, if it is. `plain` and `secured` are what
/// may stand there; nothing is `plain`.
pub(super) fn servers<'t>(
    key: &str,
    texts: &'t [String],
    (plain, secured): (&str, &str),
    making: &mut Making<'_>,
) -> Option<(Vec<&'t str>, Option<tls::Settings>)> {
    if texts.is_empty() {
        making.refuse(key, "it needs a server");
        return None;
    }
    let (mut found, mut with_tls) = (Vec::new(), 0);
    for text in texts {
        let (scheme, rest) = text.split_once("://").unwrap_or((plain, text));
        if scheme != plain && scheme != secured {
            let hint = format!("write \"{plain}://…\" or \"{secured}://…\"");
            making.refuse_with(key, format!("nobody here speaks \"{}\"", scheme.escape_debug()), hint);
            return None;
        }
        if rest.contains('@') {
            making.refuse_with(key, "a server's name cannot have an \"@\"", "users and secrets have keys of their own");
            return None;
        }
        with_tls += usize::from(scheme == secured);
        found.push(rest);
    }
    if with_tls == 0 {
        let set = ["tls.ca", "tls.cert", "tls.key", "tls.server_name"].into_iter().find(|key| making.is_set(key));
        if let Some(set) = set {
            let hint = format!("write \"{secured}://…\", or leave the key out");
            making.refuse_with(set, format!("no server of `{key}` has TLS"), hint);
            return None;
        }
    } else if with_tls < found.len() {
        making.refuse(key, "some of them have TLS and some have not");
        return None;
    }
    Some((found, (with_tls > 0).then(|| making.tls().clone())))
}

/// That something is wrong, which was said.
#[cfg(any(feature = "kafka", feature = "nats"))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Told;

/// A user and a password, or neither; not one without the other.
#[cfg(any(feature = "kafka", feature = "nats"))]
pub(super) fn user(
    user: Option<&String>,
    password: Option<&PathBuf>,
    making: &mut Making<'_>,
) -> Result<Option<(String, Secret)>, Told> {
    match (user, password) {
        (Some(user), Some(path)) => Ok(Some((user.clone(), Secret::at(path)))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            making.refuse_with("auth.user", "it needs a password", "set `auth.password_file`");
            Err(Told)
        }
        (None, Some(_)) => {
            making.refuse_with("auth.password_file", "it needs a user", "set `auth.user`");
            Err(Told)
        }
    }
}

#[cfg(all(test, feature = "kafka", feature = "nats", feature = "redis"))]
mod tests {
    use std::path::Path;

    use crate::config::check;

    /// What is wrong with an output of these keys.
    fn told(text: &str) -> Vec<String> {
        let text = format!("[[output]]\n{text}\n");
        let checked = check(Some((Path::new("oyez.toml"), &text)), &[]);
        checked.err().map(|problems| problems.0.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    #[test]
    fn outputs_that_can_work_are_taken() {
        for text in [
            "type = 'kafka'\nbrokers = ['a:1', 'b:2']\ntopic = 'audit'\nkey = 'node'\nheaders = { a = 'b' }",
            "type = 'kafka'\nbrokers = ['tls://a:1']\ntopic = 'a'\ncompression = 'zstd'\noptions = { 'linger.ms' = '5' }",
            "type = 'nats'\nservers = ['a', 'nats://b:1']\nsubject = 'a.{key}'\nkey = 'node'\nstream = 'A'",
            "type = 'nats'\nservers = ['tls://[::1]']\nsubject = 'a'\njetstream = false\ntls_first = true",
            "type = 'redis'\nserver = 'rediss://a'\nstream = 'audit'\nmax_length = 1000\nreplicas = 2\ndatabase = 3",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_cannot_work_is_told_at_its_key() {
        for (text, key, part) in [
            ("type = 'kafka'\ntopic = 'a'", "brokers", "needs a server"),
            ("type = 'kafka'\nbrokers = ['a:1']", "topic", "needs the name"),
            ("type = 'kafka'\nbrokers = ['a:1', 'tls://b:1']\ntopic = 'a'", "brokers", "some of them have TLS"),
            ("type = 'kafka'\nbrokers = ['https://a:1']\ntopic = 'a'", "brokers", "speaks \"https\""),
            ("type = 'kafka'\nbrokers = ['a:1']\ntopic = 'a/b'", "topic", "1 to 249"),
            (
                "type = 'kafka'\nbrokers = ['a:1']\ntopic = 'a'\noptions = { a = '1' }",
                "options",
                "No such configuration",
            ),
            (
                "type = 'kafka'\nbrokers = ['tls://a:1']\ntopic = 'a'\ntls.server_name = 'b'",
                "tls.server_name",
                "own name",
            ),
            ("type = 'kafka'\nbrokers = ['a:1']\ntopic = 'a'\nauth.user = 'u'", "auth.user", "needs a password"),
            ("type = 'nats'\nservers = ['u:p@a']\nsubject = 'a'", "servers", "\"@\""),
            ("type = 'nats'\nservers = ['a']\nsubject = 'a.>'", "subject", "it is none"),
            ("type = 'nats'\nservers = ['a']\nsubject = 'a'\ntls.server_name = 'b'", "tls.server_name", "has TLS"),
            ("type = 'nats'\nservers = ['a']\nsubject = 'a'\ntls_first = true", "tls_first", "there is none"),
            (
                "type = 'nats'\nservers = ['a']\nsubject = 'a'\nstream = 'S'\njetstream = false",
                "stream",
                "without JetStream",
            ),
            ("type = 'nats'\nservers = ['a']\nsubject = 'a'\nheaders = { 'a b' = 'c' }", "headers", "header"),
            ("type = 'redis'\nserver = 'a:x'\nstream = 's'", "server", "port"),
            ("type = 'redis'\nserver = 'a'\nstream = 's'\nauth.user = 'u'", "auth.user", "needs a password"),
        ] {
            let told = told(text);
            assert!(told.len() == 1 && told[0].contains(&format!("output.{key}: ")), "{text}: {told:?}");
            assert!(told[0].contains(part), "{part}: {told:?}");
        }
    }
}
