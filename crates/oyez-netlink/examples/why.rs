//! Says, a line each, whether this process can ask the kernel's audit system and join its multicast group, and if not,
//! why. Changes nothing.

#![expect(clippy::print_stdout, reason = "what it is for")]

use std::path::Path;

use oyez_netlink::environment::{deaf_to_multicast, explain};
use oyez_netlink::{Attempt, Control, DataSocket, Error, Facts, Kernel};

fn main() {
    let mut facts = Facts::read(Path::new("/proc"));
    let control = Control::open().and_then(|mut control| control.status());
    if let Ok(status) = &control {
        facts = facts.with_status(status, Path::new("/proc"));
    }
    println!("control: {}", verdict(control.err().as_ref(), Attempt::Control, &facts));
    let multicast = DataSocket::multicast();
    match (multicast, deaf_to_multicast(&facts)) {
        (Ok(_), Some(obstacle)) => println!("multicast: {obstacle}"),
        (result, _) => println!("multicast: {}", verdict(result.err().as_ref(), Attempt::JoinMulticast, &facts)),
    }
}

fn verdict(error: Option<&Error>, attempt: Attempt, facts: &Facts) -> String {
    match error.map(|error| (error, error.errno())) {
        None => "works".into(),
        Some((_, Some(errno))) => explain(attempt, errno, facts).to_string(),
        Some((error, None)) => error.to_string(),
    }
}
