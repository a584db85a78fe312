//! Judging the findings of an alert again: by the plugin that made them, with the inputs and the configuration of then.

use app::replay::alert::{self as replays, Overrides, ReplayAlertError, ReplayedFinding};
use app::replay::{Difference, Verdict};
use maud::{Markup, html};
use tenant::Permission;

use super::answer::OnAlert;
use super::shown::Shown;
use crate::elements::permitted;
use crate::failure::{Failure, failures};
use crate::frame::{self, Part};
use crate::text::EN;
use app::caller::Caller;

failures! {
    ReplayAlertError {
        FORBIDDEN: Forbidden,
        UNPROCESSABLE_ENTITY: Invalid,
        NOT_FOUND: NoSuchAlert,
        SERVICE_UNAVAILABLE: Read Lane,
        INTERNAL_SERVER_ERROR: Panicked,
    }
}

/// The button that judges them again. Browsers with scripts show what comes of it in its place.
pub(super) fn button(shown: &Shown<'_>, caller: &Caller) -> Markup {
    let text = &EN.replay;
    let to = shown.address("replay");
    html! {
        div #replay {
            (permitted(caller, Permission::RuleRead, text.button, || html! {
                a.button href=(to) hx-get=(to) hx-target="#replay" hx-select="#replay" hx-swap="outerHTML ignoreTitle:true" { (text.button) }
                p.note { (text.hint) }
            }))
        }
    }
}

/// The page with what comes of it.
pub(crate) async fn show(on: OnAlert) -> Result<Markup, Failure> {
    let text = &EN.replay;
    let replayed = replays::replay(&on.app, on.caller(), on.alert, Overrides::default()).await?;
    let same = replayed.findings.iter();
    let same = same
        .filter(|finding| finding.verdict == Verdict::Same)
        .count();
    let all = replayed.findings.len();
    let content = html! {
        nav.crumbs { a href=(on.page()) { (EN.documents.back) } }
        h1 { (text.title) }
        section.card #replay tabindex="-1" {
            p role="status" {
                @if same == all { strong.done { ((text.all_same)(all)) } }
                @else { strong.late { ((text.not_all_same)(same, all)) } }
            }
            @for finding in &replayed.findings { (one_finding(finding)) }
            @if replayed.left_out > 0 { p.note { ((text.left_out)(replayed.left_out)) } }
        }
    };
    Ok(frame::page(on.caller(), Part::Alerts, text.title, &content))
}

fn one_finding(finding: &ReplayedFinding) -> Markup {
    let text = &EN.replay;
    html! {
        article {
            p {
                @match &finding.verdict {
                    Verdict::Same => span.done { "✓ " (text.same) },
                    Verdict::Different(_) => span.late { "≠ " (text.different) },
                    Verdict::Failed(_) => span.late { "✗ " (text.failed) },
                }
                " " span.note {
                    (finding.rule) " · " (finding.plugin) " " (finding.version) " · "
                    (EN.alert.transaction) " " code { (finding.txn_id) }
                }
            }
            @match &finding.verdict {
                Verdict::Same => {}
                Verdict::Failed(why) => p { (why) },
                Verdict::Different(differences) => (table(differences)),
            }
        }
    }
}

fn table(differences: &[Difference]) -> Markup {
    let text = &EN.replay;
    html! {
        div.wide tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (text.member) }
                        th scope="col" { (text.then) }
                        th scope="col" { (text.now) }
                    }
                }
                tbody {
                    @for difference in differences {
                        tr {
                            th scope="row" { (difference.member) }
                            td.value { (difference.stored) }
                            td.value { (difference.now) }
                        }
                    }
                }
            }
        }
    }
}
