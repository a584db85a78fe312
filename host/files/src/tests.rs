//! Files in a directory: what is seen when, and what is left.

use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::*;
use crate::config::FilesKind;

const ALERT: Uuid = Uuid::from_u128(99);

fn path(number: u128) -> FilePath {
    FilePath {
        tenant: TenantId(7),
        kind: FileKind::Document { alert: ALERT },
        id: Uuid::from_u128(number),
    }
}

fn open(directory: &tempfile::TempDir) -> Files {
    Files::open(&FilesConfig::default(), directory.path()).expect("the place is opened")
}

/// All files under a directory, those on their way too.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry").path();
        match entry.is_dir() {
            true => found.extend(all(&entry)),
            false => found.push(entry),
        }
    }
    found
}

async fn read(files: &Files, path: &FilePath, range: Range<u64>) -> Vec<u8> {
    let stream = files.open_range(path, range).await.expect("it is there");
    let pieces: Vec<Bytes> = stream.try_collect().await.expect("it is read");
    pieces.concat()
}

async fn listed(files: &Files) -> Vec<Uuid> {
    let of_alert = files.list(TenantId(7), FileKind::Document { alert: ALERT });
    let mut of_alert: Vec<Uuid> = of_alert.try_collect().await.expect("a list");
    let all = files.list_documents(TenantId(7));
    let all: Vec<FilePath> = all.try_collect().await.expect("a list");
    let mut ids: Vec<Uuid> = all.iter().map(|path| path.id).collect();
    assert!(all.iter().all(|found| *found == path(found.id.as_u128())));
    of_alert.sort();
    ids.sort();
    assert_eq!(ids, of_alert);
    ids
}

#[tokio::test]
async fn a_file_is_seen_when_it_is_whole_and_not_before() {
    let directory = tempfile::tempdir().unwrap();
    let files = open(&directory);
    let content: Vec<u8> = (0..3 * READ_BYTES + 17).map(|at| at as u8).collect();
    let mut file = files.create(&path(1)).await.unwrap();
    for piece in content.chunks(1000) {
        file.write(piece).await.unwrap();
    }
    assert_eq!(files.size(&path(1)).await.unwrap(), None);
    assert!(listed(&files).await.is_empty());
    let written = file.finish().await.unwrap();
    assert_eq!(written.bytes, content.len() as u64);
    assert_eq!(written.sha256, <[u8; 32]>::from(Sha256::digest(&content)));
    assert_eq!(files.size(&path(1)).await.unwrap(), Some(written.bytes));
    assert_eq!(listed(&files).await, [path(1).id]);

    let end = written.bytes;
    for range in [
        0..end,
        0..1,
        5..5,
        1000..200_000,
        end - 1..end,
        10..end + 99,
    ] {
        let expect = &content[range.start as usize..range.end.min(end) as usize];
        assert_eq!(read(&files, &path(1), range).await, expect);
    }

    files.delete(&path(1)).await.unwrap();
    files.delete(&path(1)).await.expect("twice is once");
    assert!(listed(&files).await.is_empty());
    let missing = files.open_range(&path(1), 0..1).await.map(drop);
    assert!(matches!(missing, Err(FileError::Missing { .. })));
}

#[tokio::test]
async fn parts_are_written_in_order_whatever_their_size() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("files");
    let store = Place::Local { root }.open().unwrap();
    for length in [0, 1, 9, 10, 11, 20, 95] {
        let content: Vec<u8> = (0..length).collect();
        for step in [1, 3, 10, 25, 100] {
            let path = object_store::path::Path::from("a/b");
            let mut file = NewFile::create(&store, path.clone(), 10).await.unwrap();
            for piece in content.chunks(step) {
                file.write(piece).await.unwrap();
            }
            assert_eq!(file.finish().await.unwrap().bytes, u64::from(length));
            let whole = store.get(&path).await.unwrap().bytes().await.unwrap();
            assert_eq!(whole, content);
        }
    }
}

#[tokio::test]
async fn what_is_not_finished_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let files = open(&directory);
    let mut file = files.create(&path(1)).await.unwrap();
    file.write(&vec![1; 3 << 20]).await.unwrap();
    assert_eq!(all(directory.path()).len(), 1);
    file.abort().await;
    assert!(all(directory.path()).is_empty());

    let mut file = files.create(&path(2)).await.unwrap();
    file.write(&vec![1; 3 << 20]).await.unwrap();
    drop(file);
    let gone = async {
        while !all(directory.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, gone).await.expect("it goes");
}

#[tokio::test]
async fn what_a_crash_left_is_removed_when_the_place_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let files = open(&directory);
    let mut whole = files.create(&path(1)).await.unwrap();
    whole.write(b"whole").await.unwrap();
    whole.finish().await.unwrap();
    let mut half = files.create(&path(2)).await.unwrap();
    half.write(&vec![1; 3 << 20]).await.unwrap();
    // A crash runs no destructor.
    std::mem::forget(half);
    assert_eq!(all(directory.path()).len(), 2);
    let files = open(&directory);
    assert_eq!(all(directory.path()).len(), 1);
    assert_eq!(read(&files, &path(1), 0..100).await, b"whole");
}

#[tokio::test]
async fn a_thread_that_blocks_writes_too() {
    let directory = tempfile::tempdir().unwrap();
    let files = open(&directory);
    let file = files.create(&path(1)).await.unwrap();
    let written = tokio::task::spawn_blocking(move || {
        let mut file = io::BufWriter::new(file.into_blocking());
        for line in 0..10_000 {
            writeln!(file, "{line}").unwrap();
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        file.unwrap().finish().unwrap()
    });
    let written = written.await.unwrap();
    let text: String = (0..10_000).map(|line| format!("{line}\n")).collect();
    assert_eq!(written.bytes, text.len() as u64);
    assert_eq!(
        read(&files, &path(1), 0..written.bytes).await,
        text.as_bytes()
    );
}

#[tokio::test]
async fn what_names_no_place_is_refused() {
    let check = |change: fn(&mut FilesConfig), expect: &str| {
        let directory = tempfile::tempdir().unwrap();
        let mut config = FilesConfig::default();
        change(&mut config);
        let error = Files::open(&config, directory.path()).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    };
    check(|config| config.kind = FilesKind::S3, "files.bucket");
    check(
        |config| config.path = "/dev/null/files".to_owned(),
        "/dev/null/files cannot be used",
    );
}

#[test]
fn a_secret_is_not_shown() {
    let place = Place::S3(S3Place {
        bucket: "b".to_owned(),
        prefix: String::new(),
        region: String::new(),
        endpoint: String::new(),
        allow_http: false,
        credentials: S3Credentials::Given {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: "hush-hush".to_owned().into(),
        },
    });
    assert!(!format!("{place:?}").contains("hush"));
    place
        .open()
        .expect("a bucket is not called when it is opened");
}
