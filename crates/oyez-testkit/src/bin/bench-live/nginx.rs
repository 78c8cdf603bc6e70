//! The server that is asked: nginx as Debian ships it, two workers, one small file, no logs of its own.
//!
//! It runs in a pid namespace whose first process goes with us: its workers can't be left behind. It answers loopback alone.

use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of the file, as in nginx's own start page.
const FILE_BYTES: usize = 612;

/// A running server.
#[derive(Debug)]
pub(crate) struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    /// Starts it as user `uid`, below `home`.
    pub(crate) fn start(home: &Path, uid: u32) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|taken| taken.local_addr());
        let port = port.context("cannot find a free port")?.port();
        let dir = home.join("nginx");
        fs::create_dir(&dir).context("cannot make a directory for nginx")?;
        fs::set_permissions(&dir, Permissions::from_mode(0o777)).context("cannot open nginx's directory")?;
        fs::write(dir.join("index.html"), [b'x'; FILE_BYTES]).context("cannot write the page")?;
        fs::write(dir.join("nginx.conf"), configuration(&dir, port)).context("cannot write nginx's configuration")?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL", "setpriv"]);
        // A change of user takes back what `--kill-child` asked for, so it is asked for again behind that.
        command.arg(format!("--reuid={uid}")).args(["--clear-groups", "--pdeathsig", "KILL", "nginx", "-e"]);
        command.arg(dir.join("errors"));
        command.arg("-c").arg(dir.join("nginx.conf")).stdin(Stdio::null()).stdout(Stdio::null());
        let mut server = Self { child: command.spawn().context("cannot run nginx")?, port };
        server.await_answer()?;
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn await_answer(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait().context("cannot look at nginx")? {
                bail!("nginx ended with {status}");
            }
            if start.elapsed() > PATIENCE {
                bail!("nginx does not answer");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A wildcard address, as every request goes to another one; `allow` keeps everybody else out.
fn configuration(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    let temporary: Vec<_> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {dir}/{name};"))
        .collect();
    format!(
        "worker_processes 2;\ndaemon off;\npid {dir}/pid;\nerror_log {dir}/errors;\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; {} server {{ listen 0.0.0.0:{port}; \
         location / {{ root {dir}; allow 127.0.0.0/8; deny all; }} }} }}\n",
        temporary.join(" "),
    )
}
