//! What the keys of several types have in common that connect to a cluster: its servers, with TLS or without, and a user with
//! a password.
//!
//! Refuses servers of which some are to have TLS and some not, TLS settings where none has, and half a login.

use std::path::PathBuf;

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
#[derive(Clone, Copy, Debug)]
pub(super) struct Told;

/// A user and a password, or neither; not one without the other.
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
