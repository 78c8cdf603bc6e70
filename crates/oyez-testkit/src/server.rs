//! A real server for one test: a program and its configuration in, a server that answers on a free port out.
//!
//! It lives in a directory of its own and ends with its [`Server`], also when the test's process is killed. It can be halted
//! and resumed, ended and begun again on the same port. Where the program is missing, the test prints `skipped:`; a server
//! that does not come up panics with what it wrote.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::TempDir;
use crate::corpus::skipped;

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to end by itself.
const LEAVE: Duration = Duration::from_secs(5);
/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(10);
/// Ports that are tried: another program may take a free one first.
const TRIES: usize = 3;
/// Where servers are that are not on an ordinary user's path.
const SYSTEM: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
/// What it writes, in its directory.
const LOG: &str = "server.log";

/// Where a server is: what its configuration is made from.
#[derive(Debug)]
pub struct Place {
    /// Its own directory, empty at first.
    pub dir: PathBuf,
    /// Its port on 127.0.0.1, free a moment ago.
    pub port: u16,
}

impl Place {
    /// Writes a file into its directory, and gives the path.
    ///
    /// # Panics
    /// It can't be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.dir.join(name);
        let written = fs::write(&path, content);
        assert!(written.is_ok(), "cannot write {}: {written:?}", path.display());
        path.display().to_string()
    }

    /// Where it is reached: `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Whether somebody takes connections on its port.
    pub fn answers(&self) -> bool {
        TcpStream::connect_timeout(&self.address(), Duration::from_secs(1)).is_ok()
    }
}

/// A running server, or one that was ended and can begin again.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    arguments: Vec<String>,
    is_ready: fn(&Place) -> bool,
    place: Place,
    running: Option<Running>,
    _dir: TempDir,
}

/// The process, and the one that kills it if this one is killed: its standard input ends then.
#[derive(Debug)]
struct Running {
    child: Child,
    guard: Child,
}

impl Server {
    /// Starts a program of a Debian package with the arguments that `prepare` gives, and waits until its port takes
    /// connections. `None`, and said as skipped, where there is no such program.
    ///
    /// # Panics
    /// It does not come up.
    pub fn start(program: &str, package: &str, prepare: impl Fn(&Place) -> Vec<String>) -> Option<Self> {
        Self::start_when(program, package, prepare, Place::answers)
    }

    /// The same, but ready when `is_ready` says so: for servers that listen on something else than a TCP port.
    ///
    /// # Panics
    /// It does not come up.
    pub fn start_when(
        program: &str,
        package: &str,
        prepare: impl Fn(&Place) -> Vec<String>,
        is_ready: fn(&Place) -> bool,
    ) -> Option<Self> {
        let Some(path) = find(program) else {
            skipped(&format!("no {program} here (package {package})"));
            return None;
        };
        let mut said = String::new();
        for _ in 0..TRIES {
            match Self::try_start(&path, &prepare, is_ready) {
                Ok(server) => return Some(server),
                Err(why) => said = why,
            }
        }
        assert!(said.is_empty(), "cannot start {program}: {said}");
        None
    }

    fn try_start(
        program: &Path,
        prepare: &impl Fn(&Place) -> Vec<String>,
        is_ready: fn(&Place) -> bool,
    ) -> Result<Self, String> {
        let dir = TempDir::new().map_err(|error| error.to_string())?;
        let port = free_port().map_err(|error| error.to_string())?;
        let place = Place { dir: dir.path().to_owned(), port };
        let arguments = prepare(&place);
        let mut server = Self { program: program.to_owned(), arguments, is_ready, place, running: None, _dir: dir };
        server.try_begin()?;
        Ok(server)
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its port on 127.0.0.1; the same for all its life.
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// Where it is reached.
    pub fn address(&self) -> SocketAddr {
        self.place.address()
    }

    /// What it wrote to its standard output and error so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.place.dir.join(LOG)).unwrap_or_default()).into_owned()
    }

    /// Halts it (`SIGSTOP`), and waits until it stands: its connections stay, nobody answers.
    ///
    /// # Panics
    /// It does not run.
    pub fn halt(&self) {
        self.signal(Signal::STOP);
        let end = Instant::now() + LEAVE;
        while !self.running.as_ref().is_some_and(Running::stands) && Instant::now() < end {
            sleep(PAUSE);
        }
    }

    /// Lets a halted one go on (`SIGCONT`).
    ///
    /// # Panics
    /// It does not run.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it in order (`SIGTERM`), or kills it when it takes too long.
    pub fn end(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.end(Signal::TERM);
        }
    }

    /// Kills it (`SIGKILL`).
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.end(Signal::KILL);
        }
    }

    /// Begins again what was ended, with the same arguments, port and directory.
    ///
    /// # Panics
    /// It does not come up.
    pub fn begin(&mut self) {
        let begun = self.try_begin();
        assert!(begun.is_ok(), "cannot start {}: {begun:?}", self.program.display());
    }

    fn signal(&self, signal: Signal) {
        let sent = self.running.as_ref().map(|running| running.signal(signal));
        assert!(matches!(sent, Some(Ok(()))), "cannot send {signal:?}: {sent:?}");
    }

    fn try_begin(&mut self) -> Result<(), String> {
        if self.running.is_some() {
            return Ok(());
        }
        let running = self.run().map_err(|error| error.to_string())?;
        let end = Instant::now() + PATIENCE;
        let child = &mut self.running.insert(running).child;
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!("it ended ({status}): {}", self.log()));
            }
            if (self.is_ready)(&self.place) {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(format!("it does not answer: {}", self.log()));
            }
            sleep(PAUSE);
        }
    }

    fn run(&self) -> io::Result<Running> {
        let log = File::options().create(true).append(true).open(self.place.dir.join(LOG))?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&self.place.dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let script = format!("cat > /dev/null; kill -9 {}", child.id());
        let guard = Command::new("setsid").args(["sh", "-c", &script]).stdin(Stdio::piped()).spawn()?;
        Ok(Running { child, guard })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Running {
    /// Whether all of its threads are stopped: state `T` in `proc_pid_stat(5)`.
    fn stands(&self) -> bool {
        let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", self.child.id())) else { return false };
        tasks.flatten().all(|task| {
            let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        })
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Nothing here can fail but for a process that has ended already.
    fn end(&mut self, signal: Signal) {
        // Before the server's number can become another's.
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let _ = self.signal(signal);
        let end = Instant::now() + LEAVE;
        while signal != Signal::KILL && Instant::now() < end {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A TCP port on 127.0.0.1 that nobody listens on.
///
/// # Errors
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A program on the path, or where servers are.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    fn start() -> Option<Server> {
        Server::start("nats-server", "nats-server", |place| {
            vec!["-c".into(), place.write("nats.conf", format!("listen: \"127.0.0.1:{}\"\n", place.port))]
        })
    }

    /// Whether it greets within half a second.
    fn greets(server: &Server) -> bool {
        let Ok(stream) = TcpStream::connect(server.address()) else { return false };
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).is_ok_and(|_| line.starts_with("INFO"))
    }

    #[test]
    fn a_server_can_be_halted_ended_and_begun_again() {
        let Some(mut server) = start() else { return };
        assert!(greets(&server), "{}", server.log());
        server.halt();
        assert!(!greets(&server));
        server.resume();
        assert!(greets(&server));
        server.end();
        assert!(!server.place().answers());
        server.begin();
        assert!(greets(&server));
        server.kill();
        assert!(!server.place().answers());
    }

    #[test]
    fn a_server_that_ends_at_once_says_why() {
        let failed = std::panic::catch_unwind(|| Server::start("cat", "coreutils", |_| vec!["/nowhere".into()]));
        let words = *failed.unwrap_err().downcast::<String>().unwrap();
        assert!(words.contains("it ended") && words.contains("No such file"), "{words}");
        assert!(Server::start("no-such-server", "none", |_| Vec::new()).is_none());
    }
}
