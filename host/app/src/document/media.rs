//! Which types of documents there are, and what clients and names call them.

/// A type of documents.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    /// As it is answered.
    pub(super) name: &'static str,
    /// What names of such files end in.
    extensions: &'static [&'static str],
    /// What else clients call it.
    aliases: &'static [&'static str],
}

pub(super) const PDF: &MediaType = &of("application/pdf", &["pdf"], &["application/x-pdf"]);
pub(super) const PNG: &MediaType = &of("image/png", &["png"], &["image/x-png"]);
pub(super) const JPEG: &MediaType = &of(
    "image/jpeg",
    &["jpg", "jpeg", "jpe", "jfif"],
    &["image/jpg", "image/pjpeg"],
);
pub(super) const GIF: &MediaType = &of("image/gif", &["gif"], &[]);
pub(super) const WEBP: &MediaType = &of("image/webp", &["webp"], &[]);
pub(super) const TIFF: &MediaType = &of("image/tiff", &["tif", "tiff"], &["image/tif"]);
pub(super) const DOCX: &MediaType = &of(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    &["docx"],
    &[],
);
pub(super) const XLSX: &MediaType = &of(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    &["xlsx"],
    &[],
);
pub(super) const PPTX: &MediaType = &of(
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    &["pptx"],
    &[],
);
pub(super) const ODT: &MediaType = &of("application/vnd.oasis.opendocument.text", &["odt"], &[]);
pub(super) const ODS: &MediaType = &of(
    "application/vnd.oasis.opendocument.spreadsheet",
    &["ods"],
    &[],
);
pub(super) const ZIP: &MediaType = &of(
    "application/zip",
    &["zip"],
    &["application/x-zip-compressed", "application/x-zip"],
);
pub(super) const MSG: &MediaType = &of("application/vnd.ms-outlook", &["msg"], &[]);

/// Whatever is UTF-8 and no markup that a browser would run, CSV, JSON, XML and mails among it: it
/// is answered as plain text, so that nothing else is made of it.
pub(super) const TEXT: &MediaType = &of(
    "text/plain",
    &[
        "txt", "text", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "log", "md", "eml", "yaml",
        "yml",
    ],
    &[
        "text/csv",
        "text/tab-separated-values",
        "text/xml",
        "text/markdown",
        "text/yaml",
        "application/csv",
        "application/json",
        "application/x-ndjson",
        "application/xml",
        "application/yaml",
        "message/rfc822",
        // What Windows calls CSV where Excel is installed.
        "application/vnd.ms-excel",
    ],
);

/// All of them.
const TYPES: [&MediaType; 14] = [
    PDF, PNG, JPEG, GIF, WEBP, TIFF, DOCX, XLSX, PPTX, ODT, ODS, ZIP, MSG, TEXT,
];

/// For people who were refused.
pub(super) const ACCEPTED: &str = "PDF, PNG, JPEG, GIF, WebP, TIFF, DOCX, XLSX, PPTX, ODT, ODS, ZIP, Outlook MSG, and text in UTF-8";

/// What names of files end in that are run when they are opened, whatever is in them.
const RUN_WHEN_OPENED: &[&str] = &[
    "apk", "app", "asp", "aspx", "bat", "cgi", "chm", "cmd", "com", "cpl", "css", "dll", "docm",
    "dotm", "exe", "hta", "htm", "html", "inf", "iso", "jar", "js", "jse", "jsp", "lnk", "mhtml",
    "mjs", "msi", "msp", "php", "pif", "ppsm", "pptm", "ps1", "psm1", "py", "reg", "scf", "scr",
    "sh", "shtml", "svg", "svgz", "swf", "url", "vbe", "vbs", "wsc", "wsf", "wsh", "xht", "xhtml",
    "xlam", "xlsb", "xlsm", "xsl", "xslt",
];

/// What clients say that says nothing.
const NO_CLAIM: [&str; 3] = ["", "application/octet-stream", "binary/octet-stream"];

const fn of(
    name: &'static str,
    extensions: &'static [&'static str],
    aliases: &'static [&'static str],
) -> MediaType {
    MediaType {
        name,
        extensions,
        aliases,
    }
}

impl MediaType {
    /// Whether a client that declares this media type may mean this one.
    pub(super) fn may_be_declared_as(&self, declared: &str) -> bool {
        let essence = declared.split(';').next().unwrap_or_default().trim();
        let is = |name: &&str| name.eq_ignore_ascii_case(essence);
        is(&self.name) || NO_CLAIM.iter().any(is) || self.aliases.iter().any(is)
    }

    /// Whether a file of this type may have a name that ends in this. What no type has, and is not run
    /// when it is opened, says nothing.
    pub(super) fn may_end_in(&self, extension: &str) -> bool {
        let has = |of: &[&str]| of.iter().any(|one| one.eq_ignore_ascii_case(extension));
        has(self.extensions)
            || !(has(RUN_WHEN_OPENED) || TYPES.iter().any(|other| has(other.extensions)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_fits_or_contradicts() {
        let declared = |of: &MediaType, declared: &str, expect: bool| {
            assert_eq!(of.may_be_declared_as(declared), expect, "{declared}");
        };
        declared(PDF, "application/pdf", true);
        declared(PDF, "Application/PDF; x=y", true);
        declared(PDF, "", true);
        declared(PDF, "application/octet-stream", true);
        declared(PDF, "image/png", false);
        declared(TEXT, "text/csv; charset=utf-8", true);
        declared(TEXT, "text/html", false);
        declared(TEXT, "image/svg+xml", false);
        declared(ZIP, "application/x-zip-compressed", true);

        let ends = |of: &MediaType, extension: &str, expect: bool| {
            assert_eq!(of.may_end_in(extension), expect, "{extension}");
        };
        ends(PDF, "pdf", true);
        ends(PDF, "PDF", true);
        ends(PDF, "docx", false);
        ends(PDF, "exe", false);
        ends(PDF, "v2", true);
        ends(TEXT, "html", false);
        ends(TEXT, "csv", true);
        ends(DOCX, "docm", false);
    }
}
