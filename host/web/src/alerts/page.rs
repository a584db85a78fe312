//! One alert: why it was raised, what was said of it, and what can be done.

use std::sync::Arc;

use app::App;
use app::alerts::comments::{self, CommentView};
use app::alerts::history::{self, HistoryEntry};
use app::alerts::read;
use app::alerts::seen::{Finding, FullAlert};
use app::alerts::transitions::{self, Moves, PossibleMove};
use app::caller::Caller;
use app::request::{Page, PageRequest};
use app::users::login_of;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Redirect;
use domain::alert::{AlertId, AlertOutcome};
use domain::rule::Level;
use engine::alert::EvidenceValue;
use engine::lane::Actor;
use json::to_json;
use maud::{Markup, PreEscaped, html};
use tenant::Permission;

use super::actions::{TypedFields, TypedMove};
use super::shapes;
use crate::browser::{Named, SignedIn};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::text::EN;
use crate::when::Zone;

/// Why nothing was done, and what was typed.
pub(crate) struct Notice<'n> {
    pub(crate) detail: &'n str,
    pub(crate) kept: Kept<'n>,
}

/// What was typed into the form that was refused.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kept<'n> {
    pub(crate) comment: &'n str,
    pub(crate) moved: Option<&'n TypedMove>,
    pub(crate) fields: Option<&'n TypedFields>,
}

/// The most pages of a list that are shown with an alert: 500 entries each.
const PAGES: usize = 10;

/// All that is shown of an alert.
struct Shown {
    full: FullAlert,
    moves: Moves,
    /// None where the caller may not read comments.
    comments: Option<Listed<CommentView>>,
    history: Listed<HistoryEntry>,
}

/// The entries of a list, taken page after page.
struct Listed<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
    pages: usize,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            next_cursor: None,
            pages: 0,
        }
    }
}

impl<T> Listed<T> {
    /// The page to read next, if there is one that is shown.
    fn next(&self) -> Option<PageRequest> {
        let is_wanted = self.pages == 0 || (self.has_more() && self.pages < PAGES);
        let page = || PageRequest::new(PageRequest::MAX_LIMIT, self.next_cursor.clone());
        is_wanted.then(page)
    }

    fn take(&mut self, page: Page<T>) {
        self.items.extend(page.items);
        self.next_cursor = page.next_cursor;
        self.pages += 1;
    }

    /// Whether there are entries that are not shown.
    fn has_more(&self) -> bool {
        self.next_cursor.is_some()
    }
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
) -> Result<Markup, Failure> {
    render(&app, &caller, alert, None, uri.query()).await
}

/// Leads whoever reloads the answer to a form to the page.
pub(crate) async fn back(Named(alert): Named<AlertId>) -> Redirect {
    Redirect::to(&format!("/alerts/{alert}"))
}

/// The page of an alert as it is now. `queue` is the query of the queue from which one came.
pub(crate) async fn render(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    notice: Option<&Notice<'_>>,
    queue: Option<&str>,
) -> Result<Markup, Failure> {
    let mut comments = None;
    if caller.may(Permission::CommentRead) {
        let mut all = Listed::default();
        while let Some(page) = all.next() {
            all.take(comments::list(app, caller, alert, &page).await?);
        }
        comments = Some(all);
    }
    let mut past = Listed::default();
    while let Some(page) = past.next() {
        past.take(history::read(app, caller, alert, &page).await?);
    }
    let shown = Shown {
        full: read::read(app, caller, alert).await?,
        moves: transitions::list(app, caller, alert).await?,
        comments,
        history: past,
    };
    let title = shown.full.alert.content().title.clone();
    let back = queue.map_or("/alerts".to_owned(), |query| format!("/alerts?{query}"));
    let zone = Zone::of(caller);
    let content = html! {
        p.crumbs { a href=(back) { (EN.alert.back) } }
        (head(&shown.full, caller))
        @if let Some(notice) = notice { (frame::alarm(notice.detail)) }
        @if let Some(into) = shown.full.alert.merged_into {
            p.alarm { a href={ "/alerts/" (into.alert) } { ((EN.alert.merged_into)(&into.alert.to_string())) } }
        }
        div.columns {
            div.column {
                (findings(&shown.full, &zone))
                (details(&shown.full))
                (said(&shown, caller, &zone, notice))
                (became(&shown.history, &zone))
            }
            aside.column aria-label=(EN.alert.moves) {
                @if shown.full.alert.merged_into.is_none() {
                    (moves(&shown, caller, notice))
                    (assignment(&shown.full, caller))
                }
                (about(&shown.full, caller, &zone, notice))
            }
        }
    };
    Ok(frame::page(caller, Part::Alerts, &title, &content))
}

fn head(full: &FullAlert, caller: &Caller) -> Markup {
    let alert = &full.alert;
    html! {
        h1 { (alert.content().title) }
        p.facts {
            (shapes::level(alert.severity))
            (shapes::state(&caller.definitions(), &alert.state))
            @if let Some(customer) = &alert.dprofile_id { span { (EN.queue.customer) " " code { (customer) } } }
            @if let Some(rule) = &alert.rule { span { (EN.queue.rule) " " code { (rule) } } }
            @if let Some(outcome) = alert.outcome() { span { (outcome_title(outcome)) } }
        }
    }
}

fn findings(full: &FullAlert, zone: &Zone) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="findings" {
            h2 #findings { (text.findings) }
            @if full.findings.is_empty() { p.empty { (text.by_hand) } }
            @for finding in &full.findings { (one_finding(finding, zone)) }
        }
    }
}

fn one_finding(finding: &Finding, zone: &Zone) -> Markup {
    let text = &EN.alert;
    html! {
        article {
            h3 { (finding.title) }
            p.note {
                code { (finding.rule) } " · " (finding.plugin) " " (finding.version) " · "
                (zone.time(finding.found_at)) " · " (text.transaction) " " code { (finding.txn_id) }
            }
            h4 { (text.saw) }
            div.wide {
                table {
                    thead { tr { th scope="col" { (text.input) } th scope="col" { (text.value) } } }
                    tbody {
                        @for item in &finding.evidence {
                            tr {
                                th scope="row" {
                                    (item.name)
                                    @if let Some((list, version)) = &item.list {
                                        " " span.note { (list) ", " ((EN.teams.schema_version)(u32::try_from(*version).unwrap_or(u32::MAX))) }
                                    }
                                }
                                td.value { (value(&item.value)) }
                            }
                        }
                    }
                }
            }
            @if let Some(configuration) = &finding.configuration {
                details {
                    summary { (text.configuration) }
                    pre { (configuration) }
                }
            }
        }
    }
}

/// A value as the rule was given it. Recent rows and other compound values are long, and open on demand.
fn value(value: &EvidenceValue) -> Markup {
    let written = match value {
        EvidenceValue::Text(text) => text.clone(),
        value => to_json(value).expect("evidence is JSON").to_string(),
    };
    match written.chars().count() > 200 {
        true => {
            let beginning: String = written.chars().take(60).collect();
            html! { details { summary { (beginning) "…" } pre { (written) } } }
        }
        false => html! { (written) },
    }
}

fn details(full: &FullAlert) -> Markup {
    let text = &EN.alert;
    let alert = &full.alert;
    let content = alert.content();
    let has_info = content.info.trim() != "{}";
    html! {
        @if !alert.txn_ids.is_empty() || has_info {
            section.card aria-labelledby="details" {
                h2 #details { (text.transactions) }
                ul.ids { @for txn_id in &alert.txn_ids { li { code { (txn_id) } } } }
                @if has_info { details { summary { (text.info) } pre { (content.info) } } }
            }
        }
    }
}

fn said(shown: &Shown, caller: &Caller, zone: &Zone, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    let Some(comments) = &shown.comments else {
        return html! {};
    };
    let alert = shown.full.alert.id;
    html! {
        section.card aria-labelledby="comments" {
            h2 #comments { (text.comments) }
            @if comments.items.is_empty() { p.empty { (text.no_comments) } }
            @for comment in &comments.items {
                article.comment {
                    p.note { strong { (comment.author.login) } " · " (zone.time(comment.created_at)) }
                    // It was made harmless when it was written.
                    div { (PreEscaped(&comment.text)) }
                }
            }
            @if comments.has_more() { p.note { (text.more) } }
            @if shown.full.alert.merged_into.is_some() {
            } @else if caller.may(Permission::CommentWrite) {
                form.stack action={ "/alerts/" (alert) "/comment" } method="post" {
                    label for="comment" { (text.comment) }
                    textarea #comment name="text" rows="4" required { (notice.map_or("", |notice| notice.kept.comment)) }
                    button type="submit" { (text.put_comment) }
                }
            } @else {
                p.note { ((text.needs)(Permission::CommentWrite.as_str())) }
            }
        }
    }
}

fn became(history: &Listed<HistoryEntry>, zone: &Zone) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="history" {
            h2 #history { (text.history) }
            ol.history {
                @for entry in &history.items {
                    li {
                        (zone.time(entry.at)) " "
                        strong { (actor(entry.actor.as_ref())) } " "
                        code { (entry.action.as_deref().unwrap_or_default()) }
                        @for change in &entry.changes {
                            @if let (Some(from), Some(to)) = (&change.from, &change.to) {
                                div.note { (change.field) ": " (from) " → " (to) }
                            }
                        }
                    }
                }
            }
            @if history.has_more() { p.note { (text.more) } }
        }
    }
}

fn actor(actor: Option<&Actor>) -> String {
    match actor {
        Some(Actor::User { login, .. }) => login.clone(),
        Some(Actor::Rule { rule, .. }) => rule.clone(),
        Some(Actor::Administrator) => "administrator".to_owned(),
        Some(Actor::Host) | None => "host".to_owned(),
    }
}

fn moves(shown: &Shown, caller: &Caller, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    html! {
        section.card aria-labelledby="moves" {
            h2 #moves { (text.moves) }
            @if shown.moves.transitions.is_empty() { p.empty { (text.no_moves) } }
            @for (number, possible) in shown.moves.transitions.iter().enumerate() {
                (one_move(shown, possible, number, caller, notice))
            }
        }
    }
}

fn one_move(
    shown: &Shown,
    possible: &PossibleMove,
    number: usize,
    caller: &Caller,
    notice: Option<&Notice<'_>>,
) -> Markup {
    let text = &EN.alert;
    let title = (text.move_to)(&possible.title);
    let alert = &shown.full.alert;
    let (outcome, comment) = (
        format!("outcome-{number}"),
        format!("move-comment-{number}"),
    );
    let typed = notice.and_then(|notice| notice.kept.moved);
    let typed = typed.filter(|typed| typed.to == possible.to);
    let is_typed = |one: AlertOutcome| typed.is_some_and(|typed| typed.outcome == one.as_str());
    html! {
        @if let Some(reason) = &possible.reason {
            div.denied {
                button type="button" disabled { (title) }
                p.note { (reason) }
            }
        } @else {
            form.stack action={ "/alerts/" (alert.id) "/move" } method="post" {
                input type="hidden" name="version" value=(alert.version);
                input type="hidden" name="to" value=(possible.to);
                @if possible.closes {
                    label for=(outcome) { (text.outcome) }
                    select id=(outcome) name="outcome" {
                        option value="" { (text.unsaid) }
                        @for one in OUTCOMES { option value=(one.as_str()) selected[is_typed(one)] { (outcome_title(one)) } }
                    }
                    @if caller.may(Permission::CommentWrite) {
                        label for=(comment) { (text.comment) }
                        textarea id=(comment) name="comment" rows="2" { (typed.map_or("", |typed| &typed.comment)) }
                    }
                }
                button.primary type="submit" { (title) }
            }
        }
    }
}

/// What an alert can have been.
const OUTCOMES: [AlertOutcome; 3] = [
    AlertOutcome::TruePositive,
    AlertOutcome::FalsePositive,
    AlertOutcome::Inconclusive,
];

fn outcome_title(outcome: AlertOutcome) -> String {
    outcome.as_str().replace('_', " ")
}

fn assignment(full: &FullAlert, caller: &Caller) -> Markup {
    let text = &EN.alert;
    let alert = &full.alert;
    let definitions = caller.definitions();
    let is_mine = alert.user_id.as_deref() == Some(&*caller.id);
    let button = |user: &str, title: &str| {
        html! {
            form action={ "/alerts/" (alert.id) "/assign" } method="post" {
                input type="hidden" name="version" value=(alert.version);
                input type="hidden" name="user" value=(user);
                button type="submit" { (title) }
            }
        }
    };
    html! {
        section.card aria-labelledby="assignment" {
            h2 #assignment { (text.assignment) }
            p {
                @match &alert.user_id {
                    Some(user) => strong { (login_of(&definitions, user)) },
                    None => (EN.queue.nobody),
                }
            }
            @if !caller.may(Permission::AlertWrite) {
                p.note { ((text.needs)(Permission::AlertWrite.as_str())) }
            } @else {
                @if !is_mine { (button(&caller.id, text.take)) }
                @if alert.user_id.is_some() { (button("", text.release)) }
            }
        }
    }
}

fn about(full: &FullAlert, caller: &Caller, zone: &Zone, notice: Option<&Notice<'_>>) -> Markup {
    let (text, queue) = (&EN.alert, &EN.queue);
    let alert = &full.alert;
    let content = alert.content();
    let definitions = caller.definitions();
    let team = definitions.teams.get(&alert.team);
    html! {
        section.card aria-labelledby="about" {
            h2 #about { (text.about) }
            dl {
                dt { (queue.team) } dd { (team.map_or(&alert.team, |team| &team.title)) }
                dt { (text.priority) } dd { (shapes::level(alert.priority)) }
                dt { (queue.created) } dd { (zone.time(alert.created_at)) }
                @if let Some(due) = alert.due_date { dt { (queue.due) } dd { (zone.time(due)) } }
                @if !content.labels.is_empty() {
                    dt { (text.labels) }
                    dd { @for label in &content.labels { span.label { (label.as_str()) } " " } }
                }
                dt { "Id" } dd { code.id { (alert.id) } }
            }
            @if caller.may(Permission::AlertWrite) && alert.merged_into.is_none() { (edit(full, notice)) }
        }
    }
}

/// The form that changes levels and labels, with what was typed into it if that was refused.
fn edit(full: &FullAlert, notice: Option<&Notice<'_>>) -> Markup {
    let text = &EN.alert;
    let alert = &full.alert;
    let content = alert.content();
    let labels: Vec<&str> = content.labels.iter().map(|label| label.as_str()).collect();
    let kept = notice.and_then(|notice| notice.kept.fields);
    let severity = kept.map_or(alert.severity.as_str(), |typed| &typed.severity);
    let priority = kept.map_or(alert.priority.as_str(), |typed| &typed.priority);
    let labels = kept.map_or_else(|| labels.join(", "), |typed| typed.labels.clone());
    let level = |name: &str, title: &str, current: &str| {
        html! {
            label for=(name) { (title) }
            select id=(name) name=(name) {
                @for one in [Level::High, Level::Medium, Level::Low] {
                    option value=(one.as_str()) selected[one.as_str() == current] { (one.as_str()) }
                }
            }
        }
    };
    html! {
        details open[kept.is_some()] {
            summary { (text.edit) }
            form.stack action={ "/alerts/" (alert.id) "/fields" } method="post" {
                input type="hidden" name="version" value=(alert.version);
                (level("severity", EN.queue.severity, severity))
                (level("priority", text.priority, priority))
                label for="labels" { (text.labels) }
                input #labels name="labels" aria-describedby="labels-hint" value=(labels);
                p.note #labels-hint { (text.labels_hint) }
                button type="submit" { (text.save) }
            }
        }
    }
}
