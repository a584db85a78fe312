//! Archives that are Office documents: which kind, by the relationships of the package (ECMA-376, part 2).
//!
//! The archive is read as it comes, entry after entry. Of its contents only the two that say what the package is are
//! kept, and of those no more than [`MAX_PACKED`] and [`MAX_XML`].

use std::io::Read;

use flate2::read::DeflateDecoder;

/// The most bytes that are kept of an entry.
const MAX_PACKED: usize = 64 << 10;
/// The most bytes that are unpacked of it.
const MAX_XML: u64 = 1 << 20;

const CONTENT_TYPES: &[u8] = b"[Content_Types].xml";
const RELATIONSHIPS: &[u8] = b"_rels/.rels";

const ENTRY: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// How long the head of an entry is without its name, and a descriptor behind its data.
const HEAD: usize = 30;
const DESCRIPTOR_LENGTH: usize = 16;

/// An archive that comes piece by piece.
#[derive(Default)]
pub(super) struct Package {
    /// What came and is not yet understood: at most a head with its names, or what may be a descriptor.
    pending: Vec<u8>,
    state: State,
    content_types: Option<Packed>,
    relationships: Option<Packed>,
}

#[derive(Default)]
enum State {
    /// Before an entry.
    #[default]
    Head,
    /// Within the data of an entry.
    Data { entry: Entry, left: Length },
    /// Behind the last entry, or where it is not clear what follows.
    Ended,
}

/// Where the data of an entry ends.
enum Length {
    /// After so many more bytes.
    Known(u64),
    /// Before a descriptor that names how many bytes it had.
    Descriptor { before: u64 },
}

enum Entry {
    ContentTypes(Packed),
    Relationships(Packed),
    Other,
}

/// The data of an entry.
struct Packed {
    is_deflated: bool,
    bytes: Vec<u8>,
}

impl Package {
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        // Most of an archive is the data of entries that say nothing.
        while !bytes.is_empty() && !matches!(self.state, State::Ended) {
            let taken = match &mut self.state {
                State::Data {
                    left: Length::Known(left),
                    ..
                } if self.pending.is_empty() => bytes
                    .len()
                    .min(usize::try_from(*left).unwrap_or(usize::MAX)),
                _ => bytes.len().min(MAX_PACKED),
            };
            let (piece, rest) = bytes.split_at(taken);
            bytes = rest;
            self.pending.extend_from_slice(piece);
            while self.step() {}
        }
    }

    /// Understands some of what is pending; whether there may be more.
    fn step(&mut self) -> bool {
        match std::mem::take(&mut self.state) {
            State::Head => self.read_head(),
            State::Data { mut entry, left } => match left {
                Length::Known(left) => {
                    let length = self.pending.len();
                    let taken = length.min(usize::try_from(left).unwrap_or(usize::MAX));
                    entry.keep(&self.pending[..taken]);
                    self.pending.drain(..taken);
                    let left = left - taken as u64;
                    if left == 0 {
                        self.end(entry);
                        return true;
                    }
                    let left = Length::Known(left);
                    self.state = State::Data { entry, left };
                    false
                }
                Length::Descriptor { before } => self.find_descriptor(entry, before),
            },
            State::Ended => {
                self.state = State::Ended;
                self.pending = Vec::new();
                false
            }
        }
    }

    fn read_head(&mut self) -> bool {
        let head = &self.pending;
        let is_entry = head.starts_with(ENTRY);
        if !is_entry && (head.len() >= ENTRY.len() || !ENTRY.starts_with(head)) {
            self.state = State::Ended;
            return true;
        }
        if head.len() < HEAD {
            return false;
        }
        let two = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let (name, extra) = (two(26), two(28));
        let data = HEAD + name + extra;
        if head.len() < data {
            return false;
        }
        let packed = Packed {
            is_deflated: two(8) == 8,
            bytes: Vec::new(),
        };
        let entry = match &head[HEAD..HEAD + name] {
            name if name.eq_ignore_ascii_case(CONTENT_TYPES) => Entry::ContentTypes(packed),
            name if name.eq_ignore_ascii_case(RELATIONSHIPS) => Entry::Relationships(packed),
            _ => Entry::Other,
        };
        let length = u32::from_le_bytes([head[18], head[19], head[20], head[21]]);
        let has_descriptor = two(6) & 8 != 0;
        self.pending.drain(..data);
        let left = match has_descriptor && length == 0 {
            true => Length::Descriptor { before: 0 },
            false => Length::Known(u64::from(length)),
        };
        self.state = State::Data { entry, left };
        true
    }

    fn find_descriptor(&mut self, mut entry: Entry, before: u64) -> bool {
        let found = memchr::memmem::find(&self.pending, DESCRIPTOR);
        let at = found.unwrap_or((self.pending.len() + 1).saturating_sub(DESCRIPTOR.len()));
        let descriptor = self.pending.get(at..at + DESCRIPTOR_LENGTH);
        let (taken, is_end) = match (found, descriptor) {
            (Some(_), Some(descriptor)) => {
                let length = [8, 9, 10, 11].map(|place| descriptor[place]);
                let is_end = u64::from(u32::from_le_bytes(length)) == before + at as u64;
                // Data may look like a descriptor, but hardly like one of this length.
                (if is_end { at } else { at + 1 }, is_end)
            }
            _ => (at, false),
        };
        entry.keep(&self.pending[..taken]);
        if is_end {
            self.pending.drain(..at + DESCRIPTOR_LENGTH);
            self.end(entry);
            return true;
        }
        self.pending.drain(..taken);
        let before = before + taken as u64;
        let left = Length::Descriptor { before };
        self.state = State::Data { entry, left };
        taken > 0 && found.is_some()
    }

    fn end(&mut self, entry: Entry) {
        match entry {
            Entry::ContentTypes(packed) => self.content_types = Some(packed),
            Entry::Relationships(packed) => self.relationships = Some(packed),
            Entry::Other => {}
        }
        self.state = State::Head;
    }

    /// The content type of the part that is the document, such as `…wordprocessingml.document.main+xml`.
    pub(super) fn document_type(&self) -> Option<String> {
        let types = self.content_types.as_ref()?.xml()?;
        let relationships = self.relationships.as_ref()?.xml()?;
        let relationship = elements(&relationships, "Relationship").find(|element| {
            let kind = attribute(element, "Type");
            kind.is_some_and(|kind| kind.ends_with("/officeDocument"))
        })?;
        let target = attribute(relationship, "Target")?;
        let target = target.trim_start_matches("./").trim_start_matches('/');
        let of_part = elements(&types, "Override").find(|element| {
            let name = attribute(element, "PartName");
            name.is_some_and(|name| name.trim_start_matches('/').eq_ignore_ascii_case(target))
        });
        attribute(of_part?, "ContentType").map(str::to_owned)
    }

    /// Whether a part has macros, whatever it is called.
    pub(super) fn has_macros(&self) -> bool {
        let types = self.content_types.as_ref().and_then(Packed::xml);
        types.is_some_and(|types| {
            let types = types.to_ascii_lowercase();
            types.contains("vbaproject") || types.contains("macroenabled")
        })
    }
}

impl Entry {
    fn keep(&mut self, bytes: &[u8]) {
        if let Self::ContentTypes(packed) | Self::Relationships(packed) = self {
            let room = MAX_PACKED - packed.bytes.len();
            packed.bytes.extend(&bytes[..bytes.len().min(room)]);
        }
    }
}

impl Packed {
    /// Its text, as far as it is unpacked.
    fn xml(&self) -> Option<String> {
        let mut xml = Vec::new();
        match self.is_deflated {
            true => {
                // What was cut off is read as far as it came.
                let _ = DeflateDecoder::new(&self.bytes[..])
                    .take(MAX_XML)
                    .read_to_end(&mut xml);
            }
            false => xml.extend(&self.bytes),
        }
        String::from_utf8(xml).ok()
    }
}

/// The start tags of elements of this local name, behind their names.
fn elements<'x>(xml: &'x str, name: &'x str) -> impl Iterator<Item = &'x str> {
    xml.split('<').skip(1).filter_map(move |tag| {
        let tag = tag.split('>').next().unwrap_or_default();
        let (full, rest) = tag.split_once(|letter: char| letter.is_ascii_whitespace())?;
        let local = full.rsplit(':').next().unwrap_or_default();
        (local == name).then_some(rest)
    })
}

/// The value of an attribute in a start tag.
fn attribute<'x>(tag: &'x str, name: &str) -> Option<&'x str> {
    let mut rest = tag;
    loop {
        let (found, behind) = rest.split_once('=')?;
        let behind = behind.trim_start();
        let quote = behind
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, behind) = behind[1..].split_once(quote)?;
        if found.trim() == name {
            return Some(value);
        }
        rest = behind;
    }
}
