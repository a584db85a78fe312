//! Credentials by what they begin with: the API keys of a team, and one's own tokens.

use domain::time::Timestamp;
use maud::{Markup, html};

use crate::once::once;
use crate::text::EN;
use crate::when::Zone;

/// A key or a token, as a row of the table.
pub(super) struct KeyRow<'k> {
    pub(super) prefix: &'k str,
    pub(super) name: &'k str,
    /// Microseconds since the epoch, as the next one.
    pub(super) created_at: i64,
    pub(super) expires_at: Option<i64>,
    /// Where the form that revokes it is sent; none for those who may not.
    pub(super) revoke: Option<String>,
}

/// The table; in each row a button that revokes, if all have one.
pub(super) fn key_table(rows: &[KeyRow<'_>], zone: &Zone) -> Markup {
    let text = &EN.teams;
    let may_revoke = rows.iter().all(|row| row.revoke.is_some());
    let time = |micros: i64| zone.time(Timestamp::from_micros(micros));
    html! {
        div.wide {
            table {
                thead {
                    tr {
                        th scope="col" { (text.prefix) }
                        th scope="col" { (text.name) }
                        th scope="col" { (text.created) }
                        th scope="col" { (text.expires) }
                        @if may_revoke { th scope="col" { span.hidden { (text.revoke) } } }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { code { (row.prefix) "…" } }
                            td { (row.name) }
                            td { (time(row.created_at)) }
                            td { (row.expires_at.map_or_else(|| html! { (text.never) }, time)) }
                            @if let Some(revoke) = &row.revoke {
                                td {
                                    form action=(once(revoke)) method="post" {
                                        button.danger type="submit" aria-label={ (text.revoke) " " (row.prefix) } { (text.revoke) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
