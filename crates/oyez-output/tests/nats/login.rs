//! Who is there, and who we are: TLS, passwords, tokens and nkeys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use oyez_output::nats::Login;
use oyez_output::secret::Secret;
use oyez_output::tls;
use oyez_testkit::TempDir;
use oyez_testkit::certs::{Certs, Pair};

use super::*;

fn connect(settings: &Settings) -> Result<(), String> {
    open(settings).0.connect(&Patience::of(SECONDS)).map_err(|failure| failure.told())
}

fn secret(dir: &TempDir, name: &str, content: &str) -> Secret {
    let path = dir.join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    Secret::at(path)
}

#[test]
fn passwords_and_tokens_let_us_in_and_wrong_ones_are_told() {
    let dir = TempDir::new().unwrap();
    let Some(by_name) = start("authorization { user: oyez, password: s3cret }") else { return };
    let Some(by_token) = start("authorization { token: s3cret }") else { return };
    let (right, wrong) = (secret(&dir, "right", "s3cret\n"), secret(&dir, "wrong", "guess"));
    let user = |password: &Secret| Login::Password { user: "oyez".into(), password: password.clone() };
    for (server, login, is_right) in [
        (&by_name, user(&right), true),
        (&by_name, user(&wrong), false),
        (&by_name, Login::None, false),
        (&by_token, Login::Token(right.clone()), true),
        (&by_token, Login::Token(wrong.clone()), false),
    ] {
        let result = connect(&Settings { login, ..settings(server.address()) });
        assert_eq!(result.is_ok(), is_right, "{result:?}");
        assert!(is_right || result.unwrap_err().ends_with("Authorization Violation"));
    }
    let missing = Login::Token(Secret::at(dir.join("none")));
    let told = connect(&Settings { login: missing, ..settings(by_token.address()) }).unwrap_err();
    assert!(told.contains("cannot read secret file"), "{told}");
}

/// A user's seed, and its public key.
const SEED: &str = "SUAAOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBZ5FE";
const PUBLIC: &str = "UDVEU3DD4KOFECV66VIHWEZOYX4ZKR3WV27L464SIIPOU2IUI3JCYSJF";

#[test]
fn an_nkey_signs_what_the_server_wants_signed() {
    let dir = TempDir::new().unwrap();
    let Some(server) = start(&format!("authorization {{ users: [ {{ nkey: {PUBLIC} }} ] }}")) else { return };
    let login = Login::Nkey(secret(&dir, "seed", SEED));
    assert_eq!(connect(&Settings { login, ..settings(server.address()) }), Ok(()));
    let login = Login::Nkey(secret(&dir, "damaged", &SEED.replace("OBYHA4DQ", "OBYHA4DA")));
    let told = connect(&Settings { login, ..settings(server.address()) }).unwrap_err();
    assert!(told.contains("no user's seed"), "{told}");
}

/// Of an operator, of its account and of that account's user with [`SEED`]: what each may do, signed by the one before.
const OPERATOR: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJvIiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJPQ0ZJUlk2NU9RRTdERlA1S0xOUzJQRjJMVlpNVVpZSlg0T1pJRVEzNk4ySVFBTlVCNVhWWU9DUyIsIm5hbWUiOiJ0ZXN0Iiwic3ViIjoiT0NGSVJZNjVPUUU3REZQNUtMTlMyUEYyTFZaTVVaWUpYNE9aSUVRMzZOMklRQU5VQjVYVllPQ1MiLCJuYXRzIjp7InR5cGUiOiJvcGVyYXRvciIsInZlcnNpb24iOjJ9fQ.uzHtT_T7HQf4hhBIXJ9pE-TdpI_HdM_QYbDjJHF1d11aOneccXwCaM7l3iVsz6yYP6R2XBTrIC7zj4_3qNBhDg";
const ACCOUNT: [&str; 2] = [
    "ACATS5YOVB6ROX2WUNKGNQ2MP3GMXDMKSG2O4N5CLX3A6W4PZGZZIL2R",
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJhIiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJPQ0ZJUlk2NU9RRTdERlA1S0xOUzJQRjJMVlpNVVpZSlg0T1pJRVEzNk4ySVFBTlVCNVhWWU9DUyIsIm5hbWUiOiJ0ZXN0Iiwic3ViIjoiQUNBVFM1WU9WQjZST1gyV1VOS0dOUTJNUDNHTVhETUtTRzJPNE41Q0xYM0E2VzRQWkdaWklMMlIiLCJuYXRzIjp7ImxpbWl0cyI6eyJzdWJzIjotMSwiZGF0YSI6LTEsInBheWxvYWQiOi0xLCJpbXBvcnRzIjotMSwiZXhwb3J0cyI6LTEsIndpbGRjYXJkcyI6dHJ1ZSwiY29ubiI6LTEsImxlYWYiOi0xfSwidHlwZSI6ImFjY291bnQiLCJ2ZXJzaW9uIjoyfX0.SsCzrDJzpCdXSt0Bmpebm5b9qZj5UppB8UL5apk8i5zqT7mFShXHMh0Lj19jkEL7vhEvis0xhOqKDrhq96OSDw",
];
const USER: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJ1IiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJBQ0FUUzVZT1ZCNlJPWDJXVU5LR05RMk1QM0dNWERNS1NHMk80TjVDTFgzQTZXNFBaR1paSUwyUiIsIm5hbWUiOiJveWV6Iiwic3ViIjoiVURWRVUzREQ0S09GRUNWNjZWSUhXRVpPWVg0WktSM1dWMjdMNDY0U0lJUE9VMklVSTNKQ1lTSkYiLCJuYXRzIjp7InB1YiI6e30sInN1YiI6e30sInN1YnMiOi0xLCJkYXRhIjotMSwicGF5bG9hZCI6LTEsInR5cGUiOiJ1c2VyIiwidmVyc2lvbiI6Mn19.g22XaJPuJ3ERdIApTCUGLuhWijz0p4rNZKEk6ITUoO1jQECs668Q35xmirntzs_DZUQmnMSRjK-NvUfXr735Bg";

#[test]
fn credentials_of_an_operator_let_us_in() {
    let dir = TempDir::new().unwrap();
    let [account, of_account] = ACCOUNT;
    let Some(server) = Server::start("nats-server", "nats-server", |place| {
        let port = place.port;
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\noperator: {OPERATOR}\nresolver: MEMORY\n\
             resolver_preload: {{ {account}: {of_account} }}\n"
        );
        vec!["-c".into(), place.write("nats.conf", config)]
    }) else {
        return;
    };
    for (jwt, is_right) in [(USER, true), (&USER.replace(".eyJ", ".eyI"), false)] {
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{SEED}\n------END USER NKEY SEED------\n"
        );
        let login = Login::Credentials(secret(&dir, "creds", &text));
        let result = connect(&Settings { login, jetstream: false, ..settings(server.address()) });
        assert_eq!(result.is_ok(), is_right, "{result:?}");
        assert!(is_right || result.unwrap_err().ends_with("Authorization Violation"));
    }
}

#[test]
fn who_may_not_publish_is_told_so_at_once() {
    let dir = TempDir::new().unwrap();
    let rights = "permissions: { publish: \"other\", subscribe: \"_INBOX.>\" }";
    let Some(server) = start(&format!("authorization {{ users: [ {{ user: oyez, password: s3cret, {rights} }} ] }}"))
    else {
        return;
    };
    let password = secret(&dir, "password", "s3cret");
    for jetstream in [true, false] {
        let login = Login::Password { user: "oyez".into(), password: password.clone() };
        let (mut sink, _) = open(&Settings { login, jetstream, ..settings(server.address()) });
        let begin = Instant::now();
        let (done, result) = deliver(&mut *sink, &parcel(0, 5), SECONDS);
        let told = result.unwrap_err().told();
        assert!(told.contains("Permissions Violation for Publish to \"audit\""), "{told}");
        assert!(!done.is_done(0) && begin.elapsed() < SECONDS / 2);
    }
}

fn with_tls(address: SocketAddr, ca: &std::path::Path, client: Option<&Pair>) -> Settings {
    let (cert, key) = client.map(|pair| (pair.cert.clone(), pair.key.clone())).unzip();
    let tls = tls::Settings { ca: Some(ca.to_owned()), cert, key, server_name: None };
    Settings { tls: Some(tls), ..settings(address) }
}

fn start_tls(pair: &Pair, more: &str) -> Option<Server> {
    start(&tls_block(pair, more))
}

fn tls_block(pair: &Pair, more: &str) -> String {
    let (cert, key) = (pair.cert.display(), pair.key.display());
    format!("tls {{ cert_file: \"{cert}\", key_file: \"{key}\", {more} }}")
}

#[test]
fn a_server_is_known_by_its_certificate() {
    let certs = Certs::new().unwrap();
    for (pair, ca, part) in [
        (&certs.server, &certs.ca, ""),
        (&certs.server, &certs.wrong_ca, "authority"),
        (&certs.expired, &certs.ca, "expired"),
        (&certs.misnamed, &certs.ca, "elsewhere.example"),
        (&certs.stranger, &certs.ca, "authority"),
    ] {
        let Some(server) = start_tls(pair, "") else { return };
        let result = connect(&with_tls(server.address(), ca, None));
        assert_eq!(result.is_ok(), part.is_empty(), "{result:?}");
        assert!(result.err().unwrap_or_default().contains(part), "{part}");
    }
    let Some(server) = start_tls(&certs.server, "") else { return };
    let told = connect(&settings(server.address())).unwrap_err();
    assert!(told.ends_with("it wants TLS"), "{told}");
    let Some(plain) = start("") else { return };
    let told = connect(&with_tls(plain.address(), &certs.ca, None)).unwrap_err();
    assert!(told.ends_with("it speaks no TLS"), "{told}");
}

#[test]
fn with_tls_on_both_sides_each_message_is_stored_once_whatever_is_cut() {
    let certs = Certs::new().unwrap();
    let both = format!("ca_file: \"{}\", verify: true", certs.ca.display());
    let Some(server) = start_tls(&certs.server, &both) else { return };
    let told = connect(&with_tls(server.address(), &certs.ca, None)).unwrap_err();
    assert!(told.contains("certificate"), "{told}");

    // Who asks what is there does so without TLS; what we are told to use, we use.
    let Some(server) = start(&format!("allow_non_tls: true\n{}", tls_block(&certs.server, &both))) else { return };
    Client::connect(server.address()).make_stream("AUDIT", &["audit"], &json!({}));
    let proxy = Proxy::to(server.address()).unwrap();
    let (mut sink, _) = open(&with_tls(proxy.address(), &certs.ca, Some(&certs.client)));
    let mut failed = 0;
    for round in 0..8 {
        proxy.cut_after(2_500 + 2_001 * round);
        failed += insist(&mut *sink, &parcel(usize::try_from(round).unwrap() * 500, 500), SECONDS);
    }
    assert!(failed > 3, "{failed}");
    assert_once(&server, 4_000);
}

#[test]
fn a_server_may_begin_with_tls() {
    let certs = Certs::new().unwrap();
    let Some(server) = with_stream(&json!({})) else { return };
    let joined = certs.joined(&certs.server).unwrap();
    let Some(front) = Server::start("haproxy", "haproxy", |place| {
        let config = format!(
            "defaults\n mode tcp\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n\
             frontend f\n bind 127.0.0.1:{} ssl crt {}\n default_backend b\nbackend b\n server s {}\n",
            place.port,
            joined.display(),
            server.address(),
        );
        vec!["-db".into(), "-f".into(), place.write("haproxy.cfg", config)]
    }) else {
        return;
    };
    let good = Settings { tls_first: true, ..with_tls(front.address(), &certs.ca, None) };
    let (mut sink, _) = open(&good);
    let (_, result) = deliver(&mut *sink, &parcel(0, 3_000), SECONDS);
    result.unwrap();
    assert_once(&server, 3_000);
}
