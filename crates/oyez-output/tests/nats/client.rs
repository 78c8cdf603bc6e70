//! A client for tests: makes streams, and reads back what is in them, over a socket of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A message as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) subject: String,
    pub(crate) headers: String,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let writer = TcpStream::connect(address).unwrap();
        writer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut client = Self { reader: BufReader::new(writer.try_clone().unwrap()), writer };
        client.say("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB answer 1\r\n");
        client.sync();
        client
    }

    fn say(&mut self, words: &str) {
        self.writer.write_all(words.as_bytes()).unwrap();
    }

    /// Waits until the server has read all that was said.
    pub(crate) fn sync(&mut self) {
        self.say("PING\r\n");
        while self.line() != "PONG" {}
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Listens to a subject.
    pub(crate) fn subscribe(&mut self, subject: &str) {
        self.say(&format!("SUB {subject} 2\r\n"));
        self.sync();
    }

    /// The next message that comes.
    pub(crate) fn receive(&mut self) -> Received {
        loop {
            let line = self.line();
            let words: Vec<_> = line.split(' ').collect();
            let (head, total) = match words[0] {
                "MSG" => (0, words.last().unwrap().parse().unwrap()),
                "HMSG" => (words[words.len() - 2].parse().unwrap(), words.last().unwrap().parse().unwrap()),
                "PING" => {
                    self.say("PONG\r\n");
                    continue;
                }
                _ => continue,
            };
            let mut body = vec![0; total + 2];
            self.reader.read_exact(&mut body).unwrap();
            let headers = String::from_utf8(body[..head].to_vec()).unwrap();
            return Received { subject: words[1].to_owned(), headers, payload: body[head..total].to_vec() };
        }
    }

    /// Asks `JetStream`, until it answers without an error: it is not there at once when a server has begun.
    pub(crate) fn ask(&mut self, what: &str, question: &Value) -> Value {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let text = question.to_string();
            self.say(&format!("PUB $JS.API.{what} answer {}\r\n{text}\r\n", text.len()));
            let answer = self.receive();
            let value: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
            if value.is_object() && value.get("error").is_none() {
                return value;
            }
            assert!(Instant::now() < end, "{what}: {value} {}", answer.headers);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Makes a stream on disk, with what else is to be said of it.
    pub(crate) fn make_stream(&mut self, name: &str, subjects: &[&str], more: &Value) {
        let mut config = json!({"name": name, "subjects": subjects, "storage": "file"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ask(&format!("STREAM.CREATE.{name}"), &config);
    }

    /// All that is in a stream.
    pub(crate) fn read_stream(&mut self, name: &str) -> Vec<Received> {
        let info = self.ask(&format!("STREAM.INFO.{name}"), &json!({}));
        let count = info["state"]["messages"].as_u64().unwrap();
        self.subscribe("read");
        let config = json!({"deliver_subject": "read", "ack_policy": "none", "deliver_policy": "all"});
        // Answer and messages come in any order.
        let question = json!({"stream_name": name, "config": config}).to_string();
        self.say(&format!("PUB $JS.API.CONSUMER.CREATE.{name} answer {}\r\n{question}\r\n", question.len()));
        let mut found = Vec::new();
        while (found.len() as u64) < count {
            let received = self.receive();
            if received.subject != "answer" {
                found.push(received);
            }
        }
        found
    }

    /// How often each text is in a stream.
    pub(crate) fn count(&mut self, name: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for received in self.read_stream(name) {
            *counts.entry(String::from_utf8(received.payload).unwrap()).or_default() += 1;
        }
        counts
    }
}
