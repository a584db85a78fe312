//! The fields of the places that files go to: those that there are, and room for one more of each kind.

use maud::{Markup, html};
use tenant::SendBody;

use super::form::TypedExport;
use crate::text::EN;

/// Where its files go.
pub(super) fn places(typed: &TypedExport) -> Markup {
    let (text, exports) = (&EN.export_form, &EN.exports);
    let rows = |there: usize| 0..there + 1;
    html! {
        section.card aria-labelledby="places" {
            h2 #places { (exports.places) }
            p.note { (exports.no_places) }
            details open[has(&typed.webhook_url)] {
                summary { (text.webhook) }
                p.note { (text.webhook_hint) }
                @for at in rows(typed.webhook_url.len()) { (webhook(typed, at)) }
            }
            details open[has(&typed.directory)] {
                summary { (text.directory) }
                p.note { (text.directory_hint) }
                @for at in rows(typed.directory.len()) {
                    input name="directory" spellcheck="false" aria-label=((text.numbered)(text.directory, at + 1))
                        value=(value(&typed.directory, at));
                    " "
                }
            }
            details open[has(&typed.bucket)] {
                summary { (text.bucket) }
                p.note { (text.bucket_hint) }
                @for at in rows(typed.bucket.len()) { (bucket(typed, at)) }
            }
        }
    }
}

fn has(values: &[String]) -> bool {
    values.iter().any(|value| !value.is_empty())
}

fn value(values: &[String], at: usize) -> &str {
    values.get(at).map_or("", String::as_str)
}

fn webhook(typed: &TypedExport, at: usize) -> Markup {
    let (text, exports) = (&EN.export_form, &EN.exports);
    let send = typed
        .webhook_send
        .get(at)
        .copied()
        .unwrap_or(SendBody::File);
    let id = format!("webhook-{at}");
    html! {
        div.groups {
            div {
                label for=(id) { ((text.numbered)(text.url, at + 1)) }
                input id=(id) type="url" name="webhook_url" placeholder="https://" spellcheck="false"
                    value=(value(&typed.webhook_url, at));
            }
            div {
                label for={ (id) "-send" } { (text.send) }
                select id={ (id) "-send" } name="webhook_send" {
                    option value="file" selected[send == SendBody::File] { (exports.sends_file) }
                    option value="notice" selected[send == SendBody::Notice] { (exports.sends_notice) }
                }
            }
        }
    }
}

fn bucket(typed: &TypedExport, at: usize) -> Markup {
    let text = &EN.export_form;
    let fields = [
        ("bucket", text.bucket_name, value(&typed.bucket, at)),
        (
            "bucket_prefix",
            text.prefix,
            value(&typed.bucket_prefix, at),
        ),
        (
            "bucket_region",
            text.region,
            value(&typed.bucket_region, at),
        ),
        (
            "bucket_endpoint",
            text.endpoint,
            value(&typed.bucket_endpoint, at),
        ),
        ("bucket_key", text.key_id, value(&typed.bucket_key, at)),
    ];
    html! {
        fieldset {
            legend { ((text.numbered)(text.bucket, at + 1)) }
            div.groups {
                @for (name, title, value) in fields {
                    @let id = format!("{name}-{at}");
                    div {
                        label for=(id) { (title) }
                        input id=(id) name=(name) spellcheck="false" autocomplete="off" value=(value);
                    }
                }
                @let id = format!("bucket_secret-{at}");
                div {
                    label for=(id) { (text.secret_key) }
                    input id=(id) type="password" name="bucket_secret" autocomplete="new-password"
                        aria-describedby={ (id) "-hint" };
                    p.note id={ (id) "-hint" } { (text.secret_hint) }
                }
            }
        }
    }
}
