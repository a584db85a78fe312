//! What a document is, by its bytes as they come.

use memchr::memmem::Finder;

use super::media::{
    ACCEPTED, DOCX, GIF, JPEG, MSG, MediaType, ODS, ODT, PDF, PNG, PPTX, TEXT, TIFF, WEBP, XLSX,
    ZIP,
};
use super::package::Package;

/// How many bytes are looked at together. The rest is only searched for what tells kinds of archives
/// apart, and read as text where it is to be text.
const HEAD_BYTES: usize = 64 << 10;

/// Why a document is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum DocumentRefusal {
    #[error("the file is empty")]
    Empty,
    #[error("the file is {0}, which is not taken; what is taken: {ACCEPTED}")]
    NotTaken(String),
    #[error("the file is {0}, which can be run; what is taken: {ACCEPTED}")]
    CanBeRun(&'static str),
    #[error("the file is declared as {declared}, but is {found}")]
    Declared {
        declared: String,
        found: &'static str,
    },
    #[error("the file's name ends in '.{extension}', but it is {found}")]
    Named {
        extension: String,
        found: &'static str,
    },
}

/// Finds out what a document is while its bytes come.
#[derive(Default)]
pub struct Sniffer {
    /// The first bytes, until there are enough.
    head: Vec<u8>,
    /// None until then.
    kind: Option<Kind>,
}

/// What the first bytes say.
enum Kind {
    Known(&'static MediaType),
    Zip(Box<Zip>),
    Compound(Box<Search<1>>),
    Text(Utf8),
}

impl Sniffer {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// As soon as it is known that the document is not taken.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), DocumentRefusal> {
        match &mut self.kind {
            Some(kind) => kind.feed(bytes),
            None => {
                self.head.extend_from_slice(bytes);
                match self.head.len() >= HEAD_BYTES {
                    true => self.decide(),
                    false => Ok(()),
                }
            }
        }
    }

    fn decide(&mut self) -> Result<(), DocumentRefusal> {
        let head = std::mem::take(&mut self.head);
        let mut kind = Kind::of(&head[..head.len().min(HEAD_BYTES)])?;
        kind.feed(&head)?;
        self.kind = Some(kind);
        Ok(())
    }

    /// After the last byte: the document's media type, where it is what the client and its name say.
    ///
    /// # Errors
    /// Where the document is not taken.
    pub fn finish(mut self, name: &str, declared: &str) -> Result<&'static str, DocumentRefusal> {
        if self.kind.is_none() {
            if self.head.is_empty() {
                return Err(DocumentRefusal::Empty);
            }
            self.decide()?;
        }
        let found = match self.kind {
            Some(Kind::Known(found)) => found,
            Some(Kind::Zip(zip)) => zip.finish()?,
            Some(Kind::Compound(search)) if search.has_found([true]) => MSG,
            Some(Kind::Compound(_)) => return Err(not_taken("an old Office document")),
            Some(Kind::Text(text)) => text.finish()?,
            None => return Err(DocumentRefusal::Empty),
        };
        if !found.may_be_declared_as(declared) {
            return Err(DocumentRefusal::Declared {
                declared: declared.to_owned(),
                found: found.name,
            });
        }
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        match extension {
            Some(extension) if !found.may_end_in(extension) => Err(DocumentRefusal::Named {
                extension: extension.to_owned(),
                found: found.name,
            }),
            _ => Ok(found.name),
        }
    }
}

fn not_taken(what: &str) -> DocumentRefusal {
    DocumentRefusal::NotTaken(what.to_owned())
}

impl Kind {
    fn of(head: &[u8]) -> Result<Self, DocumentRefusal> {
        const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(Self::Zip(Box::new(Zip::of(head))));
        }
        if head.starts_with(COMPOUND) {
            // Outlook's names of properties; no other compound file has them.
            let property = "__substg1.0_".encode_utf16().flat_map(u16::to_le_bytes);
            let search = Search::new([&property.collect::<Vec<u8>>()]);
            return Ok(Self::Compound(Box::new(search)));
        }
        if let Some(known) = by_signature(head) {
            return Ok(Self::Known(known));
        }
        // What begins like text may be something else that happens to; text is told by all its bytes.
        if let Some(what) = runs(head) {
            return Err(DocumentRefusal::CanBeRun(what));
        }
        match (Utf8::default().feed(head), infer::get(head)) {
            (Ok(()), _) => Ok(Self::Text(Utf8::default())),
            (Err(_), Some(other)) => Err(not_taken(other.mime_type())),
            (Err(no_text), None) => Err(no_text),
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), DocumentRefusal> {
        match self {
            Self::Known(_) => Ok(()),
            Self::Zip(zip) => {
                zip.macros.feed(bytes);
                zip.package.feed(bytes);
                Ok(())
            }
            Self::Compound(search) => {
                search.feed(bytes);
                Ok(())
            }
            Self::Text(text) => text.feed(bytes),
        }
    }
}

/// What begins with a signature. It counts at the very beginning alone: a text may mention one.
fn by_signature(head: &[u8]) -> Option<&'static MediaType> {
    let begins = |signature: &[u8]| head.starts_with(signature);
    if begins(b"%PDF-") {
        Some(PDF)
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some(PNG)
    } else if begins(b"\xFF\xD8\xFF") {
        Some(JPEG)
    } else if (begins(b"GIF87a") || begins(b"GIF89a")) && Utf8::default().feed(head).is_err() {
        // The signature is made of letters; what follows it is not, unless it is a text about pictures.
        Some(GIF)
    } else if begins(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some(WEBP)
    } else if begins(b"II*\0") || begins(b"MM\0*") {
        Some(TIFF)
    } else {
        None
    }
}

/// An archive. The parts of an Office document and their relationships say what it is.
struct Zip {
    open_document: Option<&'static MediaType>,
    package: Package,
    /// Macros are looked for everywhere, also where the archive cannot be understood.
    macros: Search<1>,
}

impl Zip {
    fn of(head: &[u8]) -> Self {
        // OpenDocument begins with its own media type, stored as it is.
        let begins = |media_type: &MediaType| {
            let mimetype = format!("mimetype{}", media_type.name);
            let behind = head.get(30 + mimetype.len()..).unwrap_or_default();
            let is_so = head
                .get(30..)
                .is_some_and(|name| name.starts_with(mimetype.as_bytes()));
            // `…text-template` is another type.
            is_so && !behind.starts_with(b"-")
        };
        let open_document = [ODT, ODS].into_iter().find(|odf| begins(odf));
        Self {
            open_document,
            package: Package::default(),
            macros: Search::new([b"vbaProject.bin"]),
        }
    }

    fn finish(self) -> Result<&'static MediaType, DocumentRefusal> {
        if self.macros.has_found([true]) || self.package.has_macros() {
            return Err(DocumentRefusal::CanBeRun("a document with macros"));
        }
        if let Some(open_document) = self.open_document {
            return Ok(open_document);
        }
        let main = self.package.document_type().unwrap_or_default();
        let kind = main.strip_prefix("application/vnd.openxmlformats-officedocument.");
        Ok(match kind {
            Some("wordprocessingml.document.main+xml") => DOCX,
            Some("spreadsheetml.sheet.main+xml") => XLSX,
            Some("presentationml.presentation.main+xml") => PPTX,
            _ => ZIP,
        })
    }
}

/// Looks for several texts in what comes piece by piece.
struct Search<const N: usize> {
    finders: [Finder<'static>; N],
    found: [bool; N],
    /// The end of what came: a text may begin in it.
    tail: Vec<u8>,
    longest: usize,
}

impl<const N: usize> Search<N> {
    fn new(texts: [&[u8]; N]) -> Self {
        Self {
            longest: texts.iter().map(|text| text.len()).max().unwrap_or(1),
            finders: texts.map(|text| Finder::new(text).into_owned()),
            found: [false; N],
            tail: Vec::new(),
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let border = bytes.len().min(self.longest);
        self.tail.extend_from_slice(&bytes[..border]);
        for (finder, found) in self.finders.iter().zip(&mut self.found) {
            let is_in = |bytes: &[u8]| finder.find(bytes).is_some();
            *found = *found || is_in(&self.tail) || is_in(bytes);
        }
        if border < bytes.len() {
            self.tail = bytes[bytes.len() - self.longest..].to_vec();
        }
        let surplus = self.tail.len().saturating_sub(self.longest);
        self.tail.drain(..surplus);
    }

    fn has_found(&self, found: [bool; N]) -> bool {
        self.found == found
    }
}

/// Text that comes piece by piece.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character whose end has not come yet.
    begun: Vec<u8>,
}

impl Utf8 {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), DocumentRefusal> {
        // What no text has, as browsers tell text from other content.
        let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0B | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F);
        if bytes.iter().any(is_binary) {
            return Err(not_taken("neither of a known type nor text"));
        }
        let mut bytes = bytes;
        while !self.begun.is_empty() {
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.begun.push(*first);
            bytes = rest;
            match std::str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_some() => return Err(no_utf8()),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(no_utf8()),
            Err(error) => {
                self.begun = bytes[error.valid_up_to()..].to_vec();
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<&'static MediaType, DocumentRefusal> {
        match self.begun.is_empty() {
            true => Ok(TEXT),
            false => Err(no_utf8()),
        }
    }
}

fn no_utf8() -> DocumentRefusal {
    not_taken("text that is not in UTF-8")
}

/// What a document is that is run when it is opened, by how it begins.
fn runs(head: &[u8]) -> Option<&'static str> {
    /// Elements that a browser would make a page of.
    const PAGES: &[&[u8]] = &[
        b"!doctype html",
        b"a",
        b"base",
        b"b",
        b"body",
        b"br",
        b"button",
        b"div",
        b"embed",
        b"font",
        b"form",
        b"frameset",
        b"h1",
        b"head",
        b"html",
        b"i",
        b"iframe",
        b"img",
        b"input",
        b"link",
        b"marquee",
        b"math",
        b"meta",
        b"object",
        b"p",
        b"script",
        b"span",
        b"style",
        b"table",
        b"template",
        b"title",
        b"video",
    ];
    /// Of Windows, Linux and macOS. Some of them are letters, with which a text may begin.
    const PROGRAMS: &[&[u8]] = &[
        b"MZ",
        b"\x7FELF",
        b"\xFE\xED\xFA\xCE",
        b"\xFE\xED\xFA\xCF",
        b"\xCE\xFA\xED\xFE",
        b"\xCF\xFA\xED\xFE",
        b"\xCA\xFE\xBA\xBE",
    ];
    const DRAWINGS: &[&[u8]] = &[b"svg", b"svg:svg", b"!doctype svg"];
    let is_binary = head.contains(&0);
    if is_binary && PROGRAMS.iter().any(|magic| head.starts_with(magic)) {
        return Some("a program");
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if text.starts_with(b"#!") {
        return Some("a script");
    }
    let root = root_element(text)?;
    let is_of = |names: &[&[u8]]| names.iter().any(|name| begins_with_tag(root, name));
    let end = root
        .iter()
        .position(|byte| *byte == b'>')
        .unwrap_or(root.len());
    let tag = root[..end].to_ascii_lowercase();
    let names = |namespace: &[u8]| memchr::memmem::find(&tag, namespace).is_some();
    if root.starts_with(b"?php") || root.starts_with(b"?=") || root.starts_with(b"%") {
        return Some("a script");
    }
    if is_of(DRAWINGS) || names(b"www.w3.org/2000/svg") {
        return Some("an SVG drawing");
    }
    if is_of(PAGES) || names(b"www.w3.org/1999/xhtml") {
        return Some("an HTML page");
    }
    if names(b"www.w3.org/1999/xsl/transform") {
        return Some("an XSL stylesheet");
    }
    None
}

/// The first element of markup, behind its `<`: what comes before it, as in XML, is passed over.
fn root_element(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.trim_ascii_start().strip_prefix(b"<")?;
    loop {
        let end: &[u8] = if rest.starts_with(b"!--") {
            b"-->"
        } else if rest.len() > 4 && rest[..4].eq_ignore_ascii_case(b"?xml") {
            b"?>"
        } else {
            return Some(rest);
        };
        let at = memchr::memmem::find(rest, end)?;
        rest = rest[at + end.len()..]
            .trim_ascii_start()
            .strip_prefix(b"<")?;
    }
}

fn begins_with_tag(root: &[u8], name: &[u8]) -> bool {
    let Some((begin, behind)) = root.split_at_checked(name.len()) else {
        return false;
    };
    let ends = behind
        .first()
        .is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"-_:.".contains(byte));
    begin.eq_ignore_ascii_case(name) && ends
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
