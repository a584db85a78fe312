//! What a lane shows to readers: only what is durable.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};

use super::searchable::Searchable;
use super::team_view::TeamView;
use super::window_rebuild::Progress;
use super::window_rows::RowsBuilt;
use tenant::Definitions;

/// What a lane shows to readers.
pub(super) struct Published {
    definitions: RwLock<Arc<Definitions>>,
    teams: RwLock<HashMap<u32, Arc<TeamView>>>,
    alerts: Searchable,
    /// The indexes of windows that are being made because they are missing.
    rebuilds: Mutex<Vec<Weak<Progress>>>,
    /// All commits up to this one are durable.
    position: AtomicU64,
    /// A commit failed: the lane must be rebuilt from the store.
    failed: AtomicBool,
}

impl Published {
    pub(super) fn new(definitions: Definitions, alerts: Searchable) -> Self {
        Self {
            definitions: RwLock::new(Arc::new(definitions)),
            teams: RwLock::default(),
            alerts,
            rebuilds: Mutex::default(),
            position: AtomicU64::new(0),
            failed: AtomicBool::new(false),
        }
    }

    pub(super) fn definitions(&self) -> Arc<Definitions> {
        self.definitions.read().clone()
    }

    pub(super) fn set_definitions(&self, definitions: Arc<Definitions>) {
        *self.definitions.write() = definitions;
    }

    pub(super) fn team(&self, id: u32) -> Option<Arc<TeamView>> {
        self.teams.read().get(&id).cloned()
    }

    pub(super) fn teams(&self) -> Vec<Arc<TeamView>> {
        self.teams.read().values().cloned().collect()
    }

    pub(super) fn set_teams(&self, teams: HashMap<u32, Arc<TeamView>>) {
        *self.teams.write() = teams;
    }

    pub(super) fn set_rebuilds(&self, rebuilds: Vec<Weak<Progress>>) {
        *self.rebuilds.lock() = rebuilds;
    }

    /// How far those are that are not at their end.
    pub(super) fn rebuilds(&self) -> Vec<RowsBuilt> {
        let rebuilds = self.rebuilds.lock();
        let under_way = rebuilds.iter().filter_map(Weak::upgrade);
        under_way.map(|progress| progress.built()).collect()
    }

    pub(super) fn alerts(&self) -> &Searchable {
        &self.alerts
    }

    pub(super) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub(super) fn set_position(&self, position: u64) {
        self.position.store(position, Ordering::Release);
    }

    /// Whether a commit failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub(super) fn set_failed(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// Forgets a failure, before the lane is rebuilt.
    pub(super) fn clear_failure(&self) {
        self.failed.store(false, Ordering::Release);
    }
}
