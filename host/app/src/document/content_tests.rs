use super::*;

/// An archive with stored entries of these names and contents.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(crc32fast::hash(content).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((file.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(name.as_bytes());
        file.extend(*content);
    }
    let (at, count) = (file.len() as u32, entries.len() as u16);
    let length = directory.len() as u32;
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}

const WORD: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
const SLIDES: &str =
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml";

/// How entries stand in an archive.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Stored,
    Deflated,
    /// Deflated, with the length behind the data.
    Described,
}

/// An Office document whose main part is this one, of this content type.
fn office(part: &str, content_type: &str, form: Form) -> Vec<u8> {
    let relationships = format!(
        "<?xml version='1.0'?><Relationships xmlns='urn:r'><Relationship Id='a' Type='urn:x/metadata/core-properties' Target='docProps/core.xml'/><Relationship Target=\"/{part}\" Id='b' Type = \"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>"
    );
    let types = format!(
        "<?xml version='1.0'?><ct:Types xmlns:ct='urn:t'><ct:Default Extension='xml' ContentType='text/xml'/><ct:Override PartName='/{part}' ContentType='{content_type}'/></ct:Types>"
    );
    // It looks like the end of an entry, and is not.
    let filler = b"PK\x07\x08PK\x03\x04PK\x01\x02".repeat(HEAD_BYTES / 8);
    let entries = [
        ("docProps/filler.bin", &filler[..]),
        ("_rels/.rels", relationships.as_bytes()),
        (part, b"x"),
        ("[Content_Types].xml", types.as_bytes()),
    ];
    if form == Form::Stored {
        return zip(&entries);
    }
    let mut file = Vec::new();
    for (name, content) in entries {
        let mut packer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packer, content).expect("it is packed");
        let packed = packer.finish().expect("it is packed");
        let sizes = [
            crc32fast::hash(content),
            packed.len() as u32,
            content.len() as u32,
        ];
        let sizes: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        let described = form == Form::Described;
        file.extend(b"PK\x03\x04\x14\0");
        file.extend([if described { 8 } else { 0 }, 0, 8, 0, 0, 0, 0, 0]);
        file.extend(if described {
            vec![0; 12]
        } else {
            sizes.clone()
        });
        file.extend((name.len() as u16).to_le_bytes());
        file.extend([0, 0]);
        file.extend(name.as_bytes());
        file.extend(&packed);
        if described {
            file.extend(b"PK\x07\x08");
            file.extend(&sizes);
        }
    }
    file.extend(b"PK\x01\x02 and so on");
    file
}

/// What a document is, however it is cut into pieces.
fn found(bytes: &[u8], name: &str, declared: &str) -> Result<&'static str, DocumentRefusal> {
    let sniff = |step: usize| {
        let mut sniffer = Sniffer::default();
        for piece in bytes.chunks(step) {
            sniffer.feed(piece)?;
        }
        sniffer.finish(name, declared)
    };
    let whole = sniff(usize::MAX);
    for step in [1, 7, 1000, HEAD_BYTES, HEAD_BYTES + 1] {
        assert_eq!(sniff(step), whole, "in pieces of {step}");
    }
    whole
}

fn compound(text: &str) -> Vec<u8> {
    let mut file = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    file.resize(HEAD_BYTES + 5, 0);
    file.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    file.resize(2 * HEAD_BYTES, 0);
    file
}

fn long_text(end: &[u8]) -> Vec<u8> {
    let mut text = "é,1\n".repeat(HEAD_BYTES / 4).into_bytes();
    text.extend(end);
    text
}

#[test]
fn a_document_is_what_its_bytes_say() {
    let odf = |name: &str| zip(&[("mimetype", name.as_bytes()), ("content.xml", b"x")]);
    let text = "text/plain";
    for (bytes, expect) in [
        (b"%PDF-1.7\n...".to_vec(), "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....".to_vec(), "image/png"),
        (b"\xFF\xD8\xFF\xE0....".to_vec(), "image/jpeg"),
        (b"GIF89a\x01\0\x01\0".to_vec(), "image/gif"),
        (b"RIFF\x04\0\0\0WEBPVP8 ".to_vec(), "image/webp"),
        (b"II*\0\x08\0\0\0\0\0\0\0\0".to_vec(), "image/tiff"),
        (office("word/document.xml", WORD, Form::Stored), DOCX.name),
        (office("word/document2.xml", WORD, Form::Stored), DOCX.name),
        (
            office("word/document2.xml", WORD, Form::Deflated),
            DOCX.name,
        ),
        (
            office("word/document2.xml", WORD, Form::Described),
            DOCX.name,
        ),
        (office("xl/workbook.xml", SHEET, Form::Deflated), XLSX.name),
        (
            office("ppt/presentation.xml", SLIDES, Form::Described),
            PPTX.name,
        ),
        // The part that is called so is not the document.
        (
            office("word/document.xml", "image/png", Form::Stored),
            "application/zip",
        ),
        (odf(ODT.name), ODT.name),
        (odf(ODS.name), ODS.name),
        (odf("application/epub+zip"), "application/zip"),
        (
            zip(&[("notes.txt", b"word/document.xml")]),
            "application/zip",
        ),
        (zip(&[]), "application/zip"),
        (
            compound("__substg1.0_0037001F"),
            "application/vnd.ms-outlook",
        ),
        (b"a,b\n1,2\n".to_vec(), text),
        (b"{\"a\": \"<script>\"}".to_vec(), text),
        (
            b"<?xml version=\"1.0\"?><Document xmlns=\"urn:iso\"/>".to_vec(),
            text,
        ),
        (b"<Body-Count>1</Body-Count>".to_vec(), text),
        (b"From: a@x\r\nSubject: y\r\n\r\n<html>".to_vec(), text),
        (b"\xEF\xBB\xBFname;sum\r\n".to_vec(), text),
        (b"x".to_vec(), text),
        (b"See %PDF-1.7 for more.".to_vec(), text),
        (b"%PD".to_vec(), text),
        (b"GIF is a format.".to_vec(), text),
        (b"GIF89a is a version of it.\n".to_vec(), text),
        (b"RIFF and WEBP, and MM*".to_vec(), text),
        (b"MZ-17,1\n".to_vec(), text),
        (long_text(b""), text),
        (long_text("é".as_bytes()), text),
    ] {
        assert_eq!(found(&bytes, "x", ""), Ok(expect));
    }
}

#[test]
fn what_can_be_run_or_is_not_known_is_refused() {
    let check = |bytes: &[u8], expect: &str| {
        let refused = found(bytes, "x", "")
            .expect_err("it is refused")
            .to_string();
        assert!(refused.contains(expect), "{expect}: {refused}");
    };
    for page in [
        "<!DOCTYPE html><p>x",
        "<html>",
        " \n<HTML lang=en>",
        "\u{FEFF}<script>alert(1)</script>",
        "<!-- x --> <!-- y --><body onload=x>",
        "<img src=x onerror=alert(1)>",
        "<p/onclick=x>",
        "<html><!-- %PDF-1.7 -->",
        "<!-- %PDF-1.7 --><script>alert(1)</script>",
        "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>",
        "<?xml version='1.0'?><x:y xmlns:x='http://www.w3.org/1999/xhtml'/>",
    ] {
        check(page.as_bytes(), "an HTML page");
    }
    for drawing in [
        "<svg onload=alert(1)>",
        "<?xml version='1.0'?><!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>",
        "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg/>",
        "<s:svg xmlns:s='http://www.w3.org/2000/svg'/>",
    ] {
        check(drawing.as_bytes(), "an SVG drawing");
    }
    check(b"#!/bin/sh\nrm -rf /", "a script");
    check(b"<?php system($x);", "a script");
    check(b"<%@ Page %>", "a script");
    check(b"MZ\x90\0\x03\0\0\0", "a program");
    check(b"\x7FELF\x02\x01\x01\0", "a program");
    let macros = [
        ("[Content_Types].xml", &b"x"[..]),
        ("word/document.xml", b"x"),
        ("word/vbaProject.bin", b"x"),
    ];
    check(&zip(&macros), "macros");
    let renamed = "application/vnd.ms-office.vbaProject";
    check(&office("word/x.bin", renamed, Form::Described), "macros");
    let enabled = "application/vnd.ms-word.document.macroEnabled.main+xml";
    check(
        &office("word/document.xml", enabled, Form::Deflated),
        "macros",
    );
    check(&compound("WordDocument"), "old Office");
    check(b"\x1f\x8b\x08\0\0\0\0\0", "application/gzip");
    check(b"7z\xBC\xAF\x27\x1C\0\0", "7z");
    check(b"\0\x01\x02", "neither");
    check(b"caf\xE9", "UTF-8");
    check(&long_text(b"\0"), "neither");
    check(&long_text(b"\xE9"), "UTF-8");
    check(&long_text(b"\xE9x"), "UTF-8");
    check(b"", "empty");
}

#[test]
fn what_is_said_of_a_document_must_fit_it() {
    let pdf = b"%PDF-1.7";
    assert_eq!(
        found(pdf, "contract.pdf", "application/pdf"),
        Ok("application/pdf")
    );
    let refused = found(pdf, "contract.pdf", "image/png").expect_err("it is no PNG");
    let expect = "the file is declared as image/png, but is application/pdf";
    assert_eq!(refused.to_string(), expect);
    let refused = found(pdf, "contract.exe", "").expect_err("it is no program");
    let expect = "the file's name ends in '.exe', but it is application/pdf";
    assert_eq!(refused.to_string(), expect);
    assert!(found(b"alert(1)", "x.js", "").is_err());
    assert!(found(b"alert(1)", "x.txt", "text/html").is_err());
    assert_eq!(
        found(b"a,b", "x.csv", "application/vnd.ms-excel"),
        Ok("text/plain")
    );
}
