//! Settings into librdkafka's properties.
//!
//! Refuses what a topic or a broker cannot be called, and options that are not the user's to set.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use super::{MOST, Settings};
use crate::sink::Failure;

/// librdkafka copies what it sends; no more than this waits there, in KiB, unless two messages are longer.
const QUEUE_KIB: usize = 16 << 10;
/// No answer is longer, in bytes: they say what became of batches, and who has which partition of one topic.
const ANSWER: usize = 16 << 20;

/// What is set here. Users who could change it would break what is promised.
const OURS: [&str; 23] = [
    "acks",
    "bootstrap.servers",
    "compression.codec",
    "compression.type",
    "delivery.report.only.error",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "message.max.bytes",
    "message.timeout.ms",
    "metadata.broker.list",
    "queue.buffering.max.kbytes",
    "request.required.acks",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.username",
    "security.protocol",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "enable.ssl.certificate.verification",
    "transactional.id",
    "transaction.timeout.ms",
];

/// What holds a secret, or makes librdkafka load code or run a program.
const FORBIDDEN: [&str; 10] = [
    "plugin.library.paths",
    "sasl.kerberos.kinit.cmd",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.config",
    "sasl.password",
    "ssl.engine.location",
    "ssl.providers",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
];

/// Looks whether librdkafka takes them. The password does not matter for that.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    for broker in &settings.brokers {
        if broker.is_empty() || broker.contains([',', ' ', '/']) {
            return Err(Failure::new(format!("cannot use Kafka broker {broker:?}: it is not HOST:PORT")));
        }
    }
    if settings.brokers.is_empty() {
        return Err(Failure::new("cannot use Kafka: no broker is named"));
    }
    topic(&settings.topic)?;
    if !(1000..=MOST).contains(&settings.max_message) {
        return Err(Failure::new(format!("cannot allow Kafka messages of {} bytes", settings.max_message)));
    }
    if settings.tls.as_ref().is_some_and(|tls| tls.server_name.is_some()) {
        return Err(Failure::new(
            "cannot use \"tls.server_name\" with Kafka: each broker's certificate must have its own name",
        ));
    }
    for name in settings.options.keys() {
        option(name)?;
    }
    let mut config = without_secrets(settings, "oyez");
    if settings.login.is_some() {
        config.set("sasl.password", "unread");
    }
    // Making a client would start threads, and look into files that may not be there yet.
    config.create_native_config().map(drop).map_err(refused)
}

/// A topic's name, by Kafka's rules (`org.apache.kafka.common.internals.Topic`).
fn topic(name: &str) -> Result<(), Failure> {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=249).contains(&name.len()) && name.bytes().all(is_fit) && name != "." && name != ".." {
        return Ok(());
    }
    Err(Failure::new(format!("cannot use Kafka topic {name:?}: a topic is 1 to 249 of a-z A-Z 0-9 . _ -")))
}

fn option(name: &str) -> Result<(), Failure> {
    if OURS.contains(&name) {
        return Err(Failure::new(format!("cannot set librdkafka's option {name:?}: oyez sets it")));
    }
    if FORBIDDEN.contains(&name) {
        return Err(Failure::new(format!(
            "cannot set librdkafka's option {name:?}: secrets and code do not belong here"
        )));
    }
    Ok(())
}

/// Everything that a producer is made from.
pub(super) fn whole(settings: &Settings, name: &str) -> Result<ClientConfig, Failure> {
    let mut config = without_secrets(settings, name);
    if let Some(tls) = &settings.tls {
        // librdkafka names no file that it cannot use, and does not mind a key that everybody can read.
        tls.config()?;
    }
    if let Some(login) = &settings.login {
        config.set("sasl.password", login.password.read()?);
    }
    Ok(config)
}

/// librdkafka's words on a property.
pub(super) fn refused(error: KafkaError) -> Failure {
    let why = match error {
        KafkaError::ClientConfig(_, why, _, _) | KafkaError::ClientCreation(why) => why,
        other => other.to_string(),
    };
    Failure::new("cannot use these settings for Kafka").because(why)
}

fn without_secrets(settings: &Settings, name: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Error);
    let queue = QUEUE_KIB.max(settings.max_message.div_ceil(1024).saturating_mul(2));
    for (key, value) in [
        // As Java's producers do, so that a key has one partition, whoever wrote it.
        ("partitioner", "murmur2_random".to_owned()),
        ("client.id", format!("oyez-{name}")),
        // A parcel is put in at once and then waited for: there is little to wait for before sending.
        ("linger.ms", "1".to_owned()),
        ("receive.message.max.bytes", ANSWER.to_string()),
        ("log.connection.close", "false".to_owned()),
    ] {
        config.set(key, value);
    }
    config.extend(settings.options.iter().map(|(key, value)| (key.clone(), value.clone())));
    for (key, value) in [
        ("bootstrap.servers", settings.brokers.join(",")),
        ("acks", "all".to_owned()),
        ("enable.idempotence", settings.idempotent.to_string()),
        ("compression.type", settings.compression.name().to_owned()),
        ("message.max.bytes", settings.max_message.to_string()),
        // Who waits is the caller, as long as it likes.
        ("message.timeout.ms", "0".to_owned()),
        ("queue.buffering.max.kbytes", queue.to_string()),
    ] {
        config.set(key, value);
    }
    security(settings, &mut config);
    config
}

fn security(settings: &Settings, config: &mut ClientConfig) {
    let protocol = match (&settings.tls, &settings.login) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    };
    config.set("security.protocol", protocol);
    if let Some(tls) = &settings.tls {
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
        config.set("ssl.endpoint.identification.algorithm", "https");
        // "probe": where distributions keep what the system trusts.
        config.set("ssl.ca.location", path(&tls.ca).unwrap_or_else(|| "probe".into()));
        for (key, value) in [("ssl.certificate.location", path(&tls.cert)), ("ssl.key.location", path(&tls.key))] {
            if let Some(value) = value {
                config.set(key, value);
            }
        }
    }
    if let Some(login) = &settings.login {
        config.set("sasl.mechanism", login.mechanism.name());
        config.set("sasl.username", &login.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { brokers: vec!["b:9092".into()], topic: "audit".into(), ..Settings::default() }
    }

    #[test]
    fn options_are_checked_by_librdkafka_and_by_what_they_would_do() {
        let with = |name: &str, value: &str| {
            let options = [(name.to_owned(), value.to_owned())].into();
            Settings { options, ..settings() }.check().map_err(|failure| failure.told())
        };
        assert_eq!(with("socket.keepalive.enable", "true"), Ok(()));
        for (name, value, part) in [
            ("no.such.option", "1", "No such configuration property: \"no.such.option\""),
            ("linger.ms", "soon", "Invalid value"),
            ("acks", "0", "oyez sets it"),
            ("plugin.library.paths", "/tmp/x.so", "do not belong here"),
            ("sasl.password", "s3cret", "do not belong here"),
        ] {
            let told = with(name, value).unwrap_err();
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn what_kafka_would_not_take_is_refused_before() {
        let told = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.check().unwrap_err().told()
        };
        assert!(told(|s| s.topic = "a/b".into()).contains("topic"));
        assert!(told(|s| s.topic = "x".repeat(250)).contains("topic"));
        assert!(told(|s| s.brokers.clear()).contains("broker"));
        assert!(told(|s| s.brokers = vec!["a:1,b:2".into()]).contains("broker"));
        assert!(told(|s| s.max_message = 10).contains("10 bytes"));
        let named = |s: &mut Settings| {
            s.tls = Some(crate::tls::Settings { server_name: Some("x".into()), ..Default::default() });
        };
        assert!(told(named).contains("server_name"));
    }

    #[test]
    fn a_password_is_read_from_its_file_and_is_in_no_debug_text() {
        let dir = oyez_testkit::TempDir::new().unwrap();
        let login = super::super::Login {
            mechanism: super::super::Mechanism::ScramSha512,
            user: "oyez".into(),
            password: crate::secret::Secret::at(dir.join("password")),
        };
        let settings = Settings { login: Some(login), ..settings() };
        assert!(settings.check().is_ok());
        assert!(whole(&settings, "kafka").unwrap_err().told().contains("cannot read secret file"));
        std::fs::write(dir.join("password"), "s3cret\n").unwrap();
        std::fs::set_permissions(dir.join("password"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let config = whole(&settings, "kafka").unwrap();
        assert_eq!(config.get("sasl.password"), Some("s3cret"));
        assert!(!format!("{config:?} {settings:?}").contains("s3cret"));
    }
}
