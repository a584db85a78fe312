//! A server that speaks S3, in a process of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::program::weed;

use super::PATIENCE;

/// How often it is started before it is given up.
const ATTEMPTS: u32 = 4;

pub(crate) const KEY: &str = "athora";
pub(crate) const SECRET: &str = "secret-of-athora";

/// SeaweedFS with one identity. Dropped, it is killed.
pub(crate) struct Seaweed {
    process: Child,
    /// Where it speaks S3.
    pub(crate) endpoint: String,
    /// Where all is read without S3.
    filer: String,
    http: reqwest::Client,
    _directory: TempDir,
}

impl Seaweed {
    /// Starts it, and waits until it takes files. Another program may take a port between the choice and
    /// the start; then others are chosen.
    pub(crate) async fn start() -> Self {
        for _ in 0..ATTEMPTS {
            let mut seaweed = Self::spawn();
            if seaweed.takes_files().await {
                return seaweed;
            }
        }
        panic!("SeaweedFS does not start");
    }

    fn spawn() -> Self {
        // A client of this process may have installed it; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().expect("a directory");
        let identity = json!({ "identities": [{
            "name": KEY,
            "credentials": [{ "accessKey": KEY, "secretKey": SECRET }],
            "actions": ["Admin", "Read", "Write", "List"],
        }] });
        let config = directory.path().join("s3.json");
        std::fs::write(&config, identity.to_string()).expect("a file");
        // Held until all are chosen, so that none is chosen twice.
        let listeners: Vec<TcpListener> = (0..8)
            .map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"))
            .collect();
        let ports: Vec<u16> = listeners
            .iter()
            .map(|listener| listener.local_addr().expect("an address").port())
            .collect();
        drop(listeners);
        let log = std::fs::File::create(directory.path().join("log.txt")).expect("a file");
        let process = Command::new(weed())
            .args([
                "server",
                "-ip=127.0.0.1",
                "-filer",
                "-s3",
                "-s3.autoCreateBucket",
            ])
            .arg(format!("-dir={}", directory.path().display()))
            .arg(format!("-s3.config={}", config.display()))
            .arg(format!("-master.port={}", ports[0]))
            .arg(format!("-master.port.grpc={}", ports[1]))
            .arg(format!("-volume.port={}", ports[2]))
            .arg(format!("-volume.port.grpc={}", ports[3]))
            .arg(format!("-filer.port={}", ports[4]))
            .arg(format!("-filer.port.grpc={}", ports[5]))
            .arg(format!("-s3.port={}", ports[6]))
            .arg(format!("-s3.port.grpc={}", ports[7]))
            .args([
                "-s3.port.iceberg=0",
                "-volume.max=20",
                "-master.volumeSizeLimitMB=64",
            ])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("weed starts");
        Self {
            process,
            endpoint: format!("http://127.0.0.1:{}", ports[6]),
            filer: format!("http://127.0.0.1:{}", ports[4]),
            http: reqwest::Client::new(),
            _directory: directory,
        }
    }

    /// Waits until it does; false where it has ended, or that takes too long.
    async fn takes_files(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let probe = self.http.put(format!("{}/probe", self.filer)).body("x");
            let probed = probe.send().await;
            let takes_files = probed.is_ok_and(|answer| answer.status().is_success());
            let speaks_s3 = self.http.get(&self.endpoint).send().await.is_ok();
            if takes_files && speaks_s3 {
                return true;
            }
            let has_ended = !matches!(self.process.try_wait(), Ok(None));
            if has_ended || Instant::now() > deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The names of the files in a folder of a bucket.
    pub(crate) async fn names(&self, folder: &str) -> Vec<String> {
        let url = format!("{}/buckets/{folder}/?limit=1000", self.filer);
        let listed = self
            .http
            .get(url)
            .header("accept", "application/json")
            .send();
        let listed: Value = listed
            .await
            .expect("an answer")
            .json()
            .await
            .unwrap_or_default();
        let entries = listed["Entries"].as_array().cloned().unwrap_or_default();
        let name = |entry: &Value| {
            let path = entry["FullPath"].as_str().expect("a path");
            path.rsplit('/').next().unwrap_or_default().to_owned()
        };
        entries.iter().map(name).collect()
    }

    /// The bytes of a file in a bucket.
    pub(crate) async fn read(&self, path: &str) -> Vec<u8> {
        let url = format!("{}/buckets/{path}", self.filer);
        let read = self.http.get(url).send().await.expect("an answer");
        assert!(read.status().is_success(), "{path}: {}", read.status());
        read.bytes().await.expect("bytes").to_vec()
    }
}

impl Drop for Seaweed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
