//! The directory of an index: `layout`, and the tree in `tree/`.
//!
//! The file `layout` makes a directory an index. It is written after the tree exists, and removed first.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use crate::error::Fault;

/// The first bytes of a layout file; the last of them is the version of the format of the whole directory.
const MAGIC: [u8; 8] = *b"windex\0\x01";

/// What a directory holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing at all.
    Nothing,
    /// Files, but no layout file.
    NoLayout,
    /// An index of another version of this format.
    OtherFormat,
    /// An index of another layout.
    OtherLayout,
    /// A layout file that is not as it was written.
    Garbled,
    /// An index of the wanted layout.
    Index,
}

pub(crate) fn tree_dir(dir: &Path) -> PathBuf {
    dir.join("tree")
}

/// Returns where the tree keeps a table.
pub(crate) fn table(dir: &Path, id: u64) -> PathBuf {
    tree_dir(dir).join("tables").join(id.to_string())
}

fn layout_file(dir: &Path) -> PathBuf {
    dir.join("layout")
}

/// Says what is in a directory, by its layout file.
pub(crate) fn look(dir: &Path, layout: &[u8]) -> io::Result<Found> {
    let bytes = match fs::read(layout_file(dir)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::read_dir(dir) {
                Ok(mut entries) => Ok(if entries.next().is_none() {
                    Found::Nothing
                } else {
                    Found::NoLayout
                }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
                Err(error) => Err(error),
            };
        }
        Err(error) => return Err(error),
    };
    let Some((content, checksum)) = bytes.split_last_chunk::<16>() else {
        return Ok(Found::Garbled);
    };
    if xxh3_128(content) != u128::from_be_bytes(*checksum) {
        return Ok(Found::Garbled);
    }
    Ok(match content.split_first_chunk::<8>() {
        Some((&MAGIC, found)) if found == layout => Found::Index,
        Some((&MAGIC, _)) => Found::OtherLayout,
        _ => Found::OtherFormat,
    })
}

/// Writes the layout file, whole or not at all.
pub(crate) fn write_layout(dir: &Path, layout: &[u8]) -> io::Result<()> {
    let mut bytes = [&MAGIC, layout].concat();
    bytes.extend_from_slice(&xxh3_128(&bytes).to_be_bytes());
    let draft = dir.join("layout.draft");
    let mut file = File::create(&draft)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&draft, layout_file(dir))?;
    File::open(dir)?.sync_all()
}

/// Removes the layout file, so that the index is made anew when it is opened next.
pub(crate) fn remove_layout(dir: &Path) -> io::Result<()> {
    absent_is_fine(fs::remove_file(layout_file(dir)))
}

/// Removes an index and its directory. What a crash leaves of it is no index.
pub(crate) fn remove(dir: &Path) -> io::Result<()> {
    remove_layout(dir)?;
    absent_is_fine(fs::remove_dir_all(dir))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Compares the tree's list of tables with the checksum that is kept beside it.
///
/// The tree keeps the checksum (in the file `current`: number of the list, 8 bytes, and xxh3 of its file, 16 bytes, both
/// little-endian) but does not look at it. A changed list could otherwise lose tables without anybody noticing.
pub(crate) fn check_table_list(tree: &Path) -> Result<(), Fault> {
    let current = fs::read(tree.join("current"))?;
    let Some((number, rest)) = current.split_first_chunk::<8>() else {
        return Err(Fault::Damage("the file 'current' is too short".to_owned()));
    };
    let Some((checksum, _)) = rest.split_first_chunk::<16>() else {
        return Err(Fault::Damage("the file 'current' is too short".to_owned()));
    };
    let list = fs::read(tree.join(format!("v{}", u64::from_le_bytes(*number))))?;
    if xxh3_128(&list) == u128::from_le_bytes(*checksum) {
        Ok(())
    } else {
        Err(Fault::Damage(
            "the list of tables has another checksum".to_owned(),
        ))
    }
}
