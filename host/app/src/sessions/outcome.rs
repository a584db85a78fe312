//! A session as its reader sees it, with what became of reported transactions.

use uuid::Uuid;

use sessions::{PageRecord, RefusedTransaction, SessionRecord, Unlisted};

/// The most entries of each list of a session: of transactions and of alerts.
const MAX_LISTED: usize = 1_000;

/// A session in all its details.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The session.
    pub session: SessionRecord,
    /// Transactions that were reported and the history does not list.
    pub unlisted: UnlistedView,
    /// What became of fetched transactions; none if they are not monitored.
    pub monitoring: Option<MonitoringView>,
}

/// Reported transactions that are not in an account's history.
#[derive(Clone, Debug, Default)]
pub struct UnlistedView {
    /// How many there are.
    pub count: u64,
    /// The first thousand.
    pub first: Vec<Unlisted>,
}

/// What became of fetched transactions in monitoring.
#[derive(Clone, Debug, Default)]
pub struct MonitoringView {
    /// How many were new for the team.
    pub accepted: u64,
    /// How many were there before, with the same content.
    pub duplicates: u64,
    /// How many the team's payload schema refused, or were there with other content.
    pub refused: u64,
    /// The first thousand of those.
    pub refusals: Vec<RefusedTransaction>,
    /// The first thousand alerts that came of those that are new; none if the caller must not know.
    pub alerts: Option<Vec<Uuid>>,
}

impl SessionView {
    /// A session without what its pages say.
    pub(super) fn without_pages(session: SessionRecord) -> Self {
        Self {
            session,
            unlisted: UnlistedView::default(),
            monitoring: None,
        }
    }
}

impl UnlistedView {
    /// Of pages. `differing` is what pages of version 0.1.0 hold beyond the history.
    pub(super) fn of(pages: &[PageRecord], differing: &[Unlisted]) -> Self {
        let counts = pages.iter().map(|page| u64::from(page.unlisted_count));
        let of_pages = pages.iter().flat_map(|page| &page.unlisted);
        let first = of_pages.chain(differing).take(MAX_LISTED);
        Self {
            count: counts.sum::<u64>() + differing.len() as u64,
            first: first.cloned().collect(),
        }
    }
}

impl MonitoringView {
    /// The sum over pages; none if no page was monitored.
    pub(super) fn of(pages: &[PageRecord], shows_alerts: bool) -> Option<Self> {
        let mut monitored = pages.iter().filter_map(|page| page.monitoring.as_ref());
        let first = monitored.next()?;
        let mut view = Self {
            alerts: shows_alerts.then(Vec::new),
            ..Self::default()
        };
        for page in std::iter::once(first).chain(monitored) {
            view.accepted += u64::from(page.accepted);
            view.duplicates += u64::from(page.duplicates);
            view.refused += page.refused.len() as u64;
            let room = MAX_LISTED - view.refusals.len();
            let refusals = page.refused.iter().take(room);
            view.refusals.extend(refusals.cloned());
            if let Some(alerts) = &mut view.alerts {
                let room = MAX_LISTED - alerts.len();
                alerts.extend(page.alerts.iter().take(room));
            }
        }
        Some(view)
    }
}
