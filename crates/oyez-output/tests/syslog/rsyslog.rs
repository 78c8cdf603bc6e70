//! rsyslogd for tests, with all inputs that oyez can reach, writing one line of JSON per message.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use oyez_testkit::certs::Pair;
use oyez_testkit::corpus::skipped;
use oyez_testkit::server::{Place, Server};
use serde_json::Value;

/// What its TLS input shows, and whether it wants a certificate named `oyez` that `ca` signed.
pub(crate) struct Tls<'a> {
    pub(crate) shows: &'a Pair,
    pub(crate) ca: PathBuf,
    pub(crate) wants: bool,
}

/// The running daemon.
pub(crate) struct Rsyslog(pub(crate) Server);

impl Rsyslog {
    /// One that listens on UDP and TCP, and on a unix socket; with TLS on its TCP port where that is given.
    pub(crate) fn start(tls: Option<&Tls<'_>>) -> Option<Self> {
        if tls.is_some() && !knows_tls() {
            skipped("no TLS for rsyslogd here (package rsyslog-gnutls)");
            return None;
        }
        let prepare = |place: &Place| {
            let config = place.write("rsyslog.conf", config(place, tls));
            let pid = place.dir.join("pid").display().to_string();
            vec!["-n".to_owned(), "-f".to_owned(), config, "-i".to_owned(), pid]
        };
        Server::start("rsyslogd", "rsyslog", prepare).map(Self)
    }

    /// Its unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.place().dir.join("log")
    }

    /// What it wrote, once that are so many messages or nothing came for a while.
    pub(crate) fn wrote(&self, messages: usize) -> Vec<Value> {
        let path = self.0.place().dir.join("out");
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines = text.matches('\n').count();
            if lines > last {
                (last, since) = (lines, Instant::now());
            }
            if lines >= messages || since.elapsed() > Duration::from_secs(2) {
                return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn knows_tls() -> bool {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.map(|folder| folder.path().join("rsyslog/lmnsd_gtls.so")).any(|module| module.exists())
}

fn config(place: &Place, tls: Option<&Tls<'_>>) -> String {
    let (dir, port) = (place.dir.display(), place.port);
    let inputs = tcp_input(port, tls);
    format!(
        r#"global(workDirectory="{dir}" maxMessageSize="128k" parser.escapeControlCharactersOnReceive="off")
module(load="imudp") module(load="imuxsock" SysSock.Use="off")
input(type="imudp" address="127.0.0.1" port="{port}" rcvbufSize="8m")
input(type="imuxsock" Socket="{dir}/log")
template(name="json" type="list" option.jsonf="on") {{
  property(outname="pri" name="pri" format="jsonf") property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf") property(outname="tag" name="syslogtag" format="jsonf")
  property(outname="app" name="app-name" format="jsonf") property(outname="procid" name="procid" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf") property(outname="sd" name="structured-data" format="jsonf")
  property(outname="input" name="inputname" format="jsonf") property(outname="msg" name="msg" format="jsonf")
}}
action(type="omfile" file="{dir}/out" template="json")
{inputs}"#
    )
}

fn tcp_input(port: u16, tls: Option<&Tls<'_>>) -> String {
    match tls {
        None => format!("module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")\n"),
        Some(tls) => {
            let (cert, key, ca) = (tls.shows.cert.display(), tls.shows.key.display(), tls.ca.display());
            let wants = if tls.wants {
                "StreamDriver.AuthMode=\"x509/name\" PermittedPeer=[\"oyez\"]"
            } else {
                "StreamDriver.AuthMode=\"anon\""
            };
            format!(
                "global(DefaultNetstreamDriver=\"gtls\" DefaultNetstreamDriverCAFile=\"{ca}\" \
                 DefaultNetstreamDriverCertFile=\"{cert}\" DefaultNetstreamDriverKeyFile=\"{key}\")\n\
                 module(load=\"imtcp\" StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" {wants})\n\
                 input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")\n"
            )
        }
    }
}
