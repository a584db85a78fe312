//! All that the page of an alert shows.

use std::sync::Arc;

use app::App;
use app::alerts::comments::{self, CommentView};
use app::alerts::documents::{self, DocumentView};
use app::alerts::history::{self, HistoryEntry};
use app::alerts::read;
use app::alerts::seen::{FullAlert, SeenAlert};
use app::alerts::tasks::{self, TaskView};
use app::alerts::transitions::{self, Moves};
use app::caller::Caller;
use app::people::{self, Colleague};
use app::request::{Page, PageRequest};
use domain::alert::AlertId;
use engine::alert::index::Neighbours;
use tenant::Permission;

use super::origin::Origin;
use super::seen_before::SeenBefore;
use crate::failure::Failure;
use crate::once::once;

/// The most pages of a list that are shown with an alert: 500 entries each.
const PAGES: usize = 10;

/// All that is shown of an alert. A list is none if the caller may not read it.
pub(super) struct Shown<'o> {
    pub(super) full: FullAlert,
    pub(super) moves: Moves,
    pub(super) comments: Option<Listed<CommentView>>,
    pub(super) tasks: Option<Listed<TaskView>>,
    pub(super) documents: Option<Listed<DocumentView>>,
    /// The alerts that were merged into it, each as it was then.
    pub(super) originals: Listed<SeenAlert>,
    /// The alert that holds it, where it was merged away.
    pub(super) holder: Option<SeenAlert>,
    pub(super) history: Listed<HistoryEntry>,
    /// The queue from which the alert was opened.
    pub(super) origin: &'o Origin,
    /// The alerts beside it in that queue.
    pub(super) beside: Neighbours,
    /// Other alerts of the same rule about the same customer.
    pub(super) before: SeenBefore,
    /// To whom it can be assigned.
    pub(super) people: Vec<Colleague>,
}

impl<'o> Shown<'o> {
    /// Reads the alert as it is now.
    pub(super) async fn read(
        app: &Arc<App>,
        caller: &Caller,
        alert: AlertId,
        origin: &'o Origin,
    ) -> Result<Self, Failure> {
        let full = read::read(app, caller, alert).await?;
        let mut originals = Listed::default();
        while let Some(page) = originals.next().filter(|_| full.alert.merged > 0) {
            originals.take(read::list_originals(app, caller, alert, &page).await?);
        }
        let holder = match full.alert.merged_into {
            Some(into) => Some(read::read(app, caller, into.alert).await?.alert),
            None => None,
        };
        let mut past = Listed::default();
        while let Some(page) = past.next() {
            past.take(history::read(app, caller, alert, &page).await?);
        }
        let mut comments = caller.may(Permission::CommentRead).then(Listed::default);
        while let Some((all, page)) = Listed::next_of(&mut comments) {
            all.take(comments::list(app, caller, alert, &page).await?);
        }
        let mut tasks = caller.may(Permission::TaskRead).then(Listed::default);
        while let Some((all, page)) = Listed::next_of(&mut tasks) {
            all.take(tasks::list(app, caller, alert, &page).await?);
        }
        let mut documents = caller.may(Permission::DocumentRead).then(Listed::default);
        while let Some((all, page)) = Listed::next_of(&mut documents) {
            all.take(documents::list(app, caller, alert, &page).await?);
        }
        Ok(Self {
            before: SeenBefore::of(app, caller, &full.alert).await,
            moves: transitions::list(app, caller, alert).await?,
            beside: origin.neighbours(app, caller, alert).await,
            people: people::list(caller)?,
            full,
            comments,
            tasks,
            documents,
            originals,
            holder,
            history: past,
            origin,
        })
    }

    /// The address of something of the alert, that names the queue, too.
    pub(super) fn address(&self, of: &str) -> String {
        let path = format!("/alerts/{}/{of}", self.full.alert.id);
        self.origin.address(&path)
    }

    /// Where a form of the alert is sent to.
    pub(super) fn action(&self, form: &str) -> String {
        once(&self.address(form))
    }

    /// Whether it can be changed: what was merged into another alert is changed there.
    pub(super) fn is_whole(&self) -> bool {
        self.full.alert.merged_into.is_none()
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

    /// The same of a list that may be read, with the list.
    fn next_of(listed: &mut Option<Self>) -> Option<(&mut Self, PageRequest)> {
        let listed = listed.as_mut()?;
        let page = listed.next()?;
        Some((listed, page))
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
