//! Comments of an alert.

/// Comments of an alert.
pub(crate) struct CommentsText {
    pub(crate) hint: &'static str,
    pub(crate) preview: &'static str,
    pub(crate) toolbar: &'static str,
    pub(crate) bold: &'static str,
    pub(crate) italic: &'static str,
    pub(crate) list: &'static str,
    pub(crate) link: &'static str,
    pub(crate) edited: &'static str,
    pub(crate) change: &'static str,
    pub(crate) comment: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) delete_question: &'static str,
    pub(crate) no_preview: fn(&str) -> String,
}

/// English.
pub(crate) const EN: CommentsText = CommentsText {
    hint: "**bold**, *italic*, lists with -, [text](https://…)",
    preview: "Preview",
    toolbar: "Format the text",
    bold: "Bold",
    italic: "Italic",
    list: "List",
    link: "Link",
    edited: "edited",
    change: "Edit",
    comment: "Comment",
    delete: "Delete comment",
    delete_question: "Delete your comment? Others cannot read it any more.",
    no_preview: |why| format!("The comment cannot be taken: it {why}."),
};
