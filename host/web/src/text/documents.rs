//! Documents of an alert.

/// Documents of an alert.
pub(crate) struct DocumentsText {
    pub(crate) title: &'static str,
    pub(crate) back: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) new: &'static str,
    pub(crate) file: &'static str,
    pub(crate) file_hint: &'static str,
    pub(crate) description: &'static str,
    pub(crate) upload: &'static str,
    pub(crate) download: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) beginning: &'static str,
    pub(crate) no_preview: &'static str,
    pub(crate) no_file: &'static str,
    pub(crate) no_field: &'static str,
    pub(crate) no_description: &'static str,
    pub(crate) unreadable: &'static str,
    /// Media types with what people call them.
    pub(crate) kinds: [(&'static str, &'static str); 14],
    pub(crate) delete_question: fn(&str) -> String,
}

impl DocumentsText {
    /// What people call a media type.
    pub(crate) fn kind<'k>(&self, media_type: &'k str) -> &'k str {
        let found = self.kinds.iter().find(|(name, _)| *name == media_type);
        found.map_or(media_type, |(_, kind)| kind)
    }
}

/// English.
pub(crate) const EN: DocumentsText = DocumentsText {
    title: "Documents",
    back: "Back to the alert",
    empty: "No documents.",
    new: "Add a document",
    file: "File",
    file_hint: "PDF, PNG, JPEG, GIF, WebP, TIFF, DOCX, XLSX, PPTX, ODT, ODS, ZIP, Outlook messages, and text in UTF-8",
    description: "What it is (optional)",
    upload: "Add document",
    download: "Download",
    delete: "Delete document",
    beginning: "These are the first 64 KiB; download the document to see all of it.",
    no_preview: "this document can only be downloaded",
    no_file: "choose a file first",
    no_field: "the form cannot be read; open the page again and repeat it",
    no_description: "what is said of a document has at most 1000 characters, none of them a control character",
    unreadable: "the document cannot be read now",
    kinds: [
        ("application/pdf", "PDF"),
        ("image/png", "PNG image"),
        ("image/jpeg", "JPEG image"),
        ("image/gif", "GIF image"),
        ("image/webp", "WebP image"),
        ("image/tiff", "TIFF image"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "Word document",
        ),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "Excel workbook",
        ),
        (
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "PowerPoint presentation",
        ),
        (
            "application/vnd.oasis.opendocument.text",
            "OpenDocument text",
        ),
        (
            "application/vnd.oasis.opendocument.spreadsheet",
            "OpenDocument spreadsheet",
        ),
        ("application/zip", "ZIP archive"),
        ("application/vnd.ms-outlook", "Outlook message"),
        ("text/plain", "text"),
    ],
    delete_question: |name| {
        format!(
            "Delete '{name}'? The file is removed for good; the history keeps what it was called."
        )
    },
};
