//! A real RabbitMQ: virtual hosts of a test's own, and an independent reader of their queues.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long something may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where RabbitMQ listens, in virtual host and client alike.
pub const BROKER: &str = "127.0.0.1:5672";

/// The Python that reads queues; made, and RabbitMQ started, where that was not done before.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
    let target = crate::program::target();
    let venv = target.join("consumer");
    // Another process may be at it; the lock ends with this one, however it ends.
    let lock = File::create(target.join("consumer.lock")).expect("a file to lock");
    lock.lock().expect("a lock");
    let prepared = Command::new(sources().join("prepare")).arg(&venv).status();
    assert!(
        prepared.expect("bash").success(),
        "RabbitMQ or Python is missing"
    );
    venv.join("bin/python")
});

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("consumer")
}

/// A virtual host of its own, with a user of its own; gone when dropped.
pub struct VirtualHost {
    name: String,
}

impl VirtualHost {
    /// Makes one.
    ///
    /// # Panics
    /// Where RabbitMQ refuses.
    pub fn make() -> Self {
        LazyLock::force(&PYTHON);
        let host = Self {
            name: format!("vervet-{:032x}", rand::random::<u128>()),
        };
        host.create();
        let name = &host.name;
        rabbitmqctl(&["add_user", name, "secret"]);
        host.permit();
        host
    }

    /// Makes it again, after a [`delete`](Self::delete).
    pub fn create(&self) {
        rabbitmqctl(&["add_vhost", &self.name]);
    }

    /// Lets its user do everything in it.
    pub fn permit(&self) {
        let name = &self.name;
        rabbitmqctl(&["set_permissions", "-p", name, name, ".*", ".*", ".*"]);
    }

    /// Deletes it, with all queues.
    pub fn delete(&self) {
        rabbitmqctl(&["delete_vhost", &self.name]);
    }

    /// Gives its user another password, which is `secret` at first.
    pub fn set_password(&self, password: &str) {
        rabbitmqctl(&["change_password", &self.name, password]);
    }

    /// Calls rabbitmqctl for it: `-p` and its name go before the arguments.
    pub fn control(&self, command: &str, arguments: &[&str]) {
        rabbitmqctl(&[&[command, "-p", &self.name], arguments].concat());
    }

    /// The name of the virtual host and of its user.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, by an address that leads to the broker.
    pub fn url(&self, broker: &str) -> String {
        format!("amqp://{0}:secret@{broker}/{0}", self.name)
    }

    /// Reads its queue.
    pub fn consume(&self, queue: &str) -> Consumer {
        Consumer::start(&self.url(BROKER), queue)
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        for command in ["delete_vhost", "delete_user"] {
            // It may be gone already.
            let _ = Command::new("rabbitmqctl")
                .args(["--quiet", command, &self.name])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// A RabbitMQ of a test's own, which can be stopped.
pub struct OwnBroker {
    directory: tempfile::TempDir,
    ports: [u16; 2],
    running: Option<Child>,
}

impl OwnBroker {
    /// Starts one with an empty directory, and waits until it listens.
    ///
    /// # Panics
    /// Where it does not.
    pub fn start() -> Self {
        LazyLock::force(&PYTHON);
        let free = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().expect("an address").port()
        };
        let mut broker = Self {
            directory: tempfile::tempdir().expect("a directory"),
            ports: [free(), free()],
            running: None,
        };
        let file = |name: &str, text: &str| {
            std::fs::write(broker.directory.path().join(name), text).expect("a file");
        };
        let listen = format!("listeners.tcp.1 = 127.0.0.1:{}\n", broker.ports[0]);
        file("rabbitmq.conf", &listen);
        file("plugins", "[].\n");
        broker.start_again();
        broker
    }

    /// Starts it again over what it kept.
    ///
    /// # Panics
    /// Where it does not listen.
    pub fn start_again(&mut self) {
        let within = |name: &str| self.directory.path().join(name);
        let log = File::create(within("output")).expect("a file");
        let started = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server")
            .env("HOME", self.directory.path())
            .env("RABBITMQ_CONFIG_FILE", within("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", within("plugins"))
            .env(
                "RABBITMQ_NODENAME",
                format!("vervet-{}@localhost", self.ports[0]),
            )
            .env("RABBITMQ_DIST_PORT", self.ports[1].to_string())
            .env("RABBITMQ_MNESIA_BASE", within("mnesia"))
            .env("RABBITMQ_LOG_BASE", within("log"))
            .env("RABBITMQ_PID_FILE", within("pid"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file"))
            .stderr(log)
            .spawn();
        self.running = Some(started.expect("rabbitmq-server starts"));
        let deadline = Instant::now() + PATIENCE;
        while std::net::TcpStream::connect(("127.0.0.1", self.ports[0])).is_err() {
            let said = std::fs::read_to_string(within("output")).unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "the broker does not listen: {said}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it in order.
    ///
    /// # Panics
    /// Where it does not end.
    pub fn stop(&mut self) {
        assert!(self.end(), "the broker runs, and ends when it is told to");
    }

    /// Whether it ran, and has ended.
    fn end(&mut self) -> bool {
        let Some(mut running) = self.running.take() else {
            return false;
        };
        let pid = self.directory.path().join("pid");
        let pid = std::fs::read_to_string(pid).unwrap_or_default();
        let told = Command::new("kill").arg(pid.trim()).status();
        told.is_ok_and(|told| told.success()) && running.wait().is_ok()
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.ports[0])
    }

    /// Reads one of its queues.
    pub fn consume(&self, queue: &str) -> Consumer {
        Consumer::start(&self.url(), queue)
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        // It may have ended already.
        self.end();
    }
}

/// Calls rabbitmqctl.
///
/// # Panics
/// Where it fails; what it says is shown.
pub fn rabbitmqctl(arguments: &[&str]) -> String {
    let done = Command::new("rabbitmqctl")
        .arg("--quiet")
        .args(arguments)
        .output();
    let done = done.expect("rabbitmqctl, for which tests of events must run as root");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "rabbitmqctl {arguments:?}: {said}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// Reads a queue as MassTransit would, in a process of its own.
pub struct Consumer {
    child: Child,
    lines: Receiver<Value>,
    taken: Vec<Value>,
}

impl Consumer {
    /// Starts to read a queue, once it is there.
    ///
    /// # Panics
    /// Where Python does not start.
    pub fn start(url: &str, queue: &str) -> Self {
        let mut child = Command::new(&*PYTHON)
            .arg(sources().join("consumer.py"))
            .args([url, queue])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let output = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).expect("a line of JSON");
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            taken: Vec::new(),
        }
    }

    /// Everything that was read so far, when it is at least so many messages.
    ///
    /// # Panics
    /// Where a message is none that MassTransit takes, or they do not come.
    pub fn at_least(&mut self, count: usize) -> &[Value] {
        let deadline = Instant::now() + PATIENCE;
        while self.taken.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Timeout) => panic!(
                    "{} of {count} messages came: {:#?}",
                    self.taken.len(),
                    self.taken
                ),
                Err(RecvTimeoutError::Disconnected) => panic!("the consumer ended"),
            }
        }
        self.so_far()
    }

    /// Everything that was read so far.
    pub fn so_far(&mut self) -> &[Value] {
        while let Ok(line) = self.lines.try_recv() {
            self.take(line);
        }
        &self.taken
    }

    fn take(&mut self, line: Value) {
        assert!(line["taken"].is_object(), "not to be taken: {line}");
        self.taken.push(line["taken"].clone());
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ids of messages, by `sessionExternalId`, `sessionId` and event.
pub type IdsOfEvents = BTreeMap<(String, String, String), Vec<String>>;

/// How often each message came, by id; and of each event of a session the ids of its messages.
pub fn count(messages: &[Value]) -> (BTreeMap<String, usize>, IdsOfEvents) {
    let (mut times, mut ids) = (BTreeMap::new(), IdsOfEvents::new());
    for message in messages {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let id = text(&message["messageId"]);
        *times.entry(id.clone()).or_default() += 1;
        let external = text(&message["message"]["sessionExternalId"]);
        let session = text(&message["message"]["sessionId"]);
        let event = event_of(message);
        let of_event = ids.entry((external, session, event)).or_default();
        if !of_event.contains(&id) {
            of_event.push(id);
        }
    }
    (times, ids)
}

/// The event of a message, such as `AccountsSyncStarted`.
pub fn event_of(message: &Value) -> String {
    let urn = message["messageType"][0].as_str().expect("a type");
    urn.rsplit(':').next().unwrap_or_default().to_owned()
}
