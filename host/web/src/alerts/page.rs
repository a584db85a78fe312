//! One alert: why it was raised, what was said of it, and what can be done.

use std::sync::Arc;

use app::App;
use app::alerts::comments::{self, CommentView};
use app::alerts::history::{self, HistoryEntry};
use app::alerts::read;
use app::alerts::seen::FullAlert;
use app::alerts::transitions::{self, Moves};
use app::caller::Caller;
use app::people::{self, Colleague};
use app::request::{Page, PageRequest};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Redirect;
use domain::alert::AlertId;
use engine::alert::index::Neighbours;
use maud::{Markup, html};
use tenant::Permission;

use super::actions::{TypedFields, TypedMove};
use super::origin::Origin;
use super::seen_before::{self, SeenBefore};
use super::{evidence, shapes, side, story};
use crate::browser::{Named, SignedIn};
use crate::failure::Failure;
use crate::frame::{self, Part};
use crate::once::once;
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
pub(super) struct Shown<'o> {
    pub(super) full: FullAlert,
    pub(super) moves: Moves,
    /// None where the caller may not read comments.
    pub(super) comments: Option<Listed<CommentView>>,
    history: Listed<HistoryEntry>,
    /// The queue from which the alert was opened.
    origin: &'o Origin,
    /// The alerts beside it in that queue.
    pub(super) beside: Neighbours,
    /// Other alerts of the same rule about the same customer.
    before: SeenBefore,
    /// To whom it can be assigned.
    pub(super) people: Vec<Colleague>,
}

impl Shown<'_> {
    /// Where a form of the alert is sent to.
    pub(super) fn action(&self, form: &str) -> String {
        let path = format!("/alerts/{}/{form}", self.full.alert.id);
        once(&self.origin.address(&path))
    }
}

/// The entries of a list, taken page after page.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
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
    pub(super) fn has_more(&self) -> bool {
        self.next_cursor.is_some()
    }
}

pub(crate) async fn show(
    State(app): State<Arc<App>>,
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
) -> Result<Markup, Failure> {
    let origin = Origin::of(&uri, &caller);
    render(&app, &caller, alert, None, &origin).await
}

/// Leads from the address of a form, as when its answer is reloaded, to the page.
pub(crate) async fn back(
    SignedIn { caller, .. }: SignedIn,
    Named(alert): Named<AlertId>,
    uri: Uri,
) -> Redirect {
    Redirect::to(&Origin::of(&uri, &caller).address(&format!("/alerts/{alert}")))
}

/// The page of an alert as it is now.
pub(crate) async fn render(
    app: &Arc<App>,
    caller: &Caller,
    alert: AlertId,
    notice: Option<&Notice<'_>>,
    origin: &Origin,
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
    let full = read::read(app, caller, alert).await?;
    let shown = Shown {
        before: SeenBefore::of(app, caller, &full.alert).await,
        full,
        moves: transitions::list(app, caller, alert).await?,
        comments,
        history: past,
        beside: origin.neighbours(app, caller, alert).await,
        origin,
        people: people::list(caller)?,
    };
    let title = shown.full.alert.content().title.clone();
    let zone = Zone::of(caller);
    let content = html! {
        (place(&shown))
        (head(&shown.full, caller))
        @if let Some(notice) = notice { (frame::alarm(notice.detail)) }
        @if let Some(into) = shown.full.alert.merged_into {
            p.alarm { a href={ "/alerts/" (into.alert) } { ((EN.alert.merged_into)(&into.alert.to_string())) } }
        }
        div.columns {
            div.column {
                (evidence::findings(&shown.full, &zone))
                (seen_before::section(&shown.before, &zone))
                (details(&shown.full))
                (story::comments(&shown, caller, &zone, notice))
                (story::history(&shown.history, &zone))
            }
            aside.column aria-label=(EN.alert.moves) {
                @if shown.full.alert.merged_into.is_none() {
                    (side::moves(&shown, caller, notice))
                    (side::assignment(&shown, caller))
                }
                (side::about(&shown, caller, &zone, notice))
            }
        }
    };
    Ok(frame::page(caller, Part::Alerts, &title, &content))
}

/// The way back to the queue, and to the alerts beside this one.
fn place(shown: &Shown<'_>) -> Markup {
    let text = &EN.alert;
    let to = |alert: AlertId| shown.origin.address(&format!("/alerts/{alert}"));
    html! {
        nav.crumbs aria-label=(text.place) {
            a href=(shown.origin.queue()) data-key="u" { (text.back) }
            @if let Some(previous) = shown.beside.previous {
                a rel="prev" href=(to(previous)) data-key="[" { (text.previous) }
            }
            @if let Some(next) = shown.beside.next {
                a rel="next" href=(to(next)) data-key="]" { (text.next) }
            }
        }
    }
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
            @if let Some(outcome) = alert.outcome() { span { (side::outcome_title(outcome)) } }
        }
    }
}

fn details(full: &FullAlert) -> Markup {
    let text = &EN.alert;
    let alert = &full.alert;
    let content = alert.content();
    html! {
        @if !alert.txn_ids.is_empty() {
            section.card aria-labelledby="transactions" {
                h2 #transactions { (text.transactions) }
                ul.ids { @for txn_id in &alert.txn_ids { li { code { (txn_id) } } } }
            }
        }
        @if content.info.trim() != "{}" {
            section.card aria-labelledby="details" {
                h2 #details { (text.info) }
                // People typed it where no rule found anything.
                details open[full.findings.is_empty()] { summary { "JSON" } pre { (content.info) } }
            }
        }
    }
}
