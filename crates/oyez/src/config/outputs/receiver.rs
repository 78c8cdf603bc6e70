//! The key `address` of types that go to a network or a unix socket: its scheme says whether there is TLS.

use oyez_output::net::{Ports, Target};
use oyez_output::tls;

use super::making::Making;

/// What `tls.…` can be.
const TLS: [&str; 4] = ["tls.ca", "tls.cert", "tls.key", "tls.server_name"];

/// The receiver, or a complaint. Keys of TLS without TLS are one too: who sets them wants it.
pub(super) fn target(text: Option<&str>, ports: Ports, making: &mut Making<'_>) -> Option<Target> {
    let Some(text) = text else {
        making.refuse("address", "this type needs an address");
        return None;
    };
    let target = match Target::parse(text, ports) {
        Ok(target) => target,
        Err(why) => {
            making.refuse("address", format!("cannot use \"{}\": {why}", text.escape_debug()));
            return None;
        }
    };
    if matches!(target, Target::Tls(_)) {
        return Some(target);
    }
    let set: Vec<_> = TLS.into_iter().filter(|key| making.is_set(key)).collect();
    for key in &set {
        making.refuse_with(key, "there is no TLS here", "begin `address` with tls://");
    }
    set.is_empty().then_some(target)
}

/// What TLS is told, where there is TLS.
pub(super) fn tls(target: &Target, making: &Making<'_>) -> Option<tls::Settings> {
    matches!(target, Target::Tls(_)).then(|| making.tls().clone())
}
