//! Who is there, and who we are: TLS by a gate's certificate, SASL by a gate's word.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Instant;

use oyez_output::kafka::{Login, Mechanism};
use oyez_output::secret::Secret;
use oyez_output::tls;
use oyez_testkit::TempDir;
use oyez_testkit::certs::{Certs, Pair};

use super::*;

fn with_tls(address: std::net::SocketAddr, ca: &Path) -> Settings {
    let tls = tls::Settings { ca: Some(ca.to_owned()), ..tls::Settings::default() };
    Settings { tls: Some(tls), ..settings(&address.to_string()) }
}

/// Connects; what went wrong, which must be known at once.
fn connect(settings: &Settings) -> Result<(), String> {
    let begin = Instant::now();
    let result = open(settings).0.connect(&Patience::of(SECONDS)).map_err(|failure| failure.told());
    assert!(begin.elapsed() < SECONDS / 2, "{result:?}");
    result
}

#[test]
fn a_broker_is_known_by_its_certificate() {
    let (certs, cluster) = (Certs::new().unwrap(), cluster(1));
    let at = |pair: &Pair| gate::start(cluster.bootstrap_servers(), Some(pair), None).0;
    assert_eq!(connect(&with_tls(at(&certs.server), &certs.ca)), Ok(()));
    let strangers = [
        (&certs.server, &certs.wrong_ca),
        (&certs.expired, &certs.ca),
        (&certs.misnamed, &certs.ca),
        (&certs.stranger, &certs.ca),
    ];
    for (pair, ca) in strangers {
        let told = connect(&with_tls(at(pair), ca)).unwrap_err();
        // Which of them it is, librdkafka does not tell.
        assert!(told.contains("certificate verify failed"), "{told}");
        let (done, result) = deliver(&mut *open(&with_tls(at(pair), ca)).0, &parcel(0, 2), SECONDS);
        assert!(result.is_err() && !done.is_done(0));
    }
    let missing = connect(&with_tls(at(&certs.server), Path::new("/nowhere.pem"))).unwrap_err();
    assert!(missing.contains("/nowhere.pem"), "{missing}");
}

#[test]
fn a_password_goes_from_its_file_to_the_broker_and_a_wrong_one_is_told() {
    let (dir, cluster) = (TempDir::new().unwrap(), cluster(1));
    let (at, shown) = gate::start(cluster.bootstrap_servers(), None, Some(b"\0oyez\0s3cret"));
    let path = dir.join("password");
    let login = Login { mechanism: Mechanism::Plain, user: "oyez".into(), password: Secret::at(&path) };
    let settings = Settings { login: Some(login), ..settings(&at.to_string()) };
    for (password, is_right) in [("wrong", false), ("s3cret", true)] {
        fs::write(&path, password).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let result = connect(&settings);
        assert_eq!(result.is_ok(), is_right, "{result:?}");
        let told = result.err().unwrap_or_default();
        assert!(is_right || told.contains("authentication"), "{told}");
        assert!(shown.lock().unwrap().contains(&format!("\0oyez\0{password}").into_bytes()));
    }
}

#[test]
fn each_way_to_show_a_password_is_known_to_librdkafka() {
    for mechanism in Mechanism::ALL {
        let dir = TempDir::new().unwrap();
        let path = dir.join("password");
        fs::write(&path, "s3cret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let login = Login { mechanism, user: "oyez".into(), password: Secret::at(&path) };
        let port = oyez_testkit::server::free_port().unwrap();
        let told = connect(&Settings { login: Some(login), ..settings(&format!("127.0.0.1:{port}")) }).unwrap_err();
        // Made, and then nobody was there.
        assert!(told.contains("refused"), "{mechanism:?}: {told}");
    }
}
