//! Indexes that the windows of a team's rules need and that are not there: after an upgrade, or where files were lost or are
//! damaged. They are made beside the lane, which refuses the team's transactions until then and does everything else.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::window::RowLayout;
use parking_lot::Mutex;

use super::team_view::TeamView;
use super::window_rows::{RowsBuilt, RowsError};

/// The pauses before an attempt is repeated that failed.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// Making the indexes of a team. Dropping it ends it.
pub(super) struct WindowRebuild(Weak<Progress>);

/// How far it is. Only the thread keeps it, so that it is gone when the thread ends, however that comes about.
#[derive(Default)]
pub(super) struct Progress {
    built: Mutex<RowsBuilt>,
    is_unwanted: AtomicBool,
}

impl Progress {
    pub(super) fn built(&self) -> RowsBuilt {
        *self.built.lock()
    }

    fn is_unwanted(&self) -> bool {
        self.is_unwanted.load(Ordering::Relaxed)
    }
}

impl WindowRebuild {
    /// Begins on a thread of its own. Transactions wait for it, so it has full right to a core.
    pub(super) fn begin(view: Arc<TeamView>, layouts: Vec<RowLayout>) -> Result<Self, RowsError> {
        let progress = Arc::<Progress>::default();
        let rebuild = Self(Arc::downgrade(&progress));
        std::thread::Builder::new()
            .name("windows".to_owned())
            .spawn(move || run(&progress, &view, &layouts))
            .map_err(RowsError::NoThread)?;
        Ok(rebuild)
    }

    /// How far it is; none once it has ended.
    pub(super) fn under_way(&self) -> Option<RowsBuilt> {
        self.0.upgrade().map(|progress| progress.built())
    }

    /// What `/readyz` reads: gone once the thread has ended.
    pub(super) fn progress(&self) -> Weak<Progress> {
        self.0.clone()
    }
}

impl Drop for WindowRebuild {
    fn drop(&mut self) {
        if let Some(progress) = self.0.upgrade() {
            progress.is_unwanted.store(true, Ordering::Relaxed);
        }
    }
}

fn run(progress: &Progress, view: &Arc<TeamView>, layouts: &[RowLayout]) {
    let mut watch = |built| {
        *progress.built.lock() = built;
        match progress.is_unwanted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let mut pause = PAUSES.0;
    while let Err(error) = view.build_window_rows(layouts, &mut watch) {
        tracing::warn!(
            tenant = view.tenant().0,
            %error,
            "indexes of windows that are missing cannot be made; it is tried again"
        );
        std::thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
        if progress.is_unwanted() {
            return;
        }
    }
}
