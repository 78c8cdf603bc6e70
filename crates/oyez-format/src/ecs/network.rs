//! The members `source`, `destination` and `network`.

use super::{Direction, direction};
use crate::document::Document;
use crate::gather::{Parts, View};

/// Appends them.
pub(super) fn write(view: &View<'_>, document: &mut Document) {
    let way = direction(view.normal.action).filter(|_| view.end().is_some());
    let (name, end) = match way {
        Some(Direction::Egress) => ("destination", view.end()),
        Some(Direction::Ingress) => ("source", view.end()),
        None => ("source", view.claimed_end()),
    };
    let Some(end) = end else { return };
    document.object(name, |document| ends(&end, document));
    let is_in = name == "source";
    document.object("network", |document| {
        document.text("direction", if is_in { b"ingress" } else { b"egress" });
        if let Some(ip) = end.ip {
            document.text("type", if ip.is_ipv4() { b"ipv4" } else { b"ipv6" });
        }
    });
}

fn ends(end: &Parts<'_>, document: &mut Document) {
    match (end.ip, end.domain, end.path) {
        (Some(ip), ..) => document.printed("address", &ip),
        (None, Some(text), _) | (None, None, Some(text)) => document.text("address", text),
        (None, None, None) => {}
    }
    if let Some(ip) = end.ip {
        document.printed("ip", &ip);
    }
    if let Some(port) = end.port {
        document.number("port", port.into());
    }
    document.some("domain", end.domain);
    document.some("path", end.path);
}
