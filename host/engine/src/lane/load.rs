//! A lane's state, read from the store.

use std::collections::HashMap;
use std::sync::Arc;

use super::Services;
use super::audit::ChainEnd;
use super::overlay::Overlay;
use super::published::Published;
use super::rule::LiveRule;
use super::state::{LaneState, MAX_TURN_ROWS};
use super::stats::AllStats;
use super::team::TeamState;
use super::window_rows::RowsError;
use crate::alert::open;
use store::backend::{Direction, KeyRange};
use store::key::{Key, Record, TenantId};
use store::{CommitError, Store, StoreError};
use tenant::{Definitions, ListEntries, RuleInstall, StoredAs};

/// Why a lane cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    Note(#[from] open::NoteError),
}

impl LaneState {
    /// Reads the state, after every earlier commit of the lane is decided. Of a `former` state, one of whose commits failed,
    /// the windows are kept as far as they are durable, since reading them again key by key would cost each of the next
    /// transactions.
    pub(super) fn load(
        services: &Arc<Services>,
        tenant: TenantId,
        published: &Arc<Published>,
        stats: &Arc<AllStats>,
        former: Option<Self>,
    ) -> Result<Self, LoadError> {
        let epoch = futures::executor::block_on(services.store.begin_epoch(tenant.0))?;
        published.clear_failure();
        published.teams().iter().for_each(|view| view.retire());
        let mut definitions = read_definitions(&services.store, tenant)?;
        let (position, audit) = last_audited(&services.store, tenant)?;
        let mut former = former.map(|it| it.teams).unwrap_or_default();
        let mut teams = HashMap::new();
        for team in definitions.teams.iter() {
            let windows = former.remove(&team.id);
            let windows = windows.and_then(TeamState::into_durable_inputs);
            let state = TeamState::load(services, tenant, &definitions, team, stats, windows)?;
            teams.insert(team.id, state);
        }
        for rule in teams.values().flat_map(|team: &TeamState| &team.rules) {
            note_reads(&mut definitions, rule);
        }
        let definitions = Arc::new(definitions);
        let alert_count = alert_count(&services.store, tenant)?;
        let state = Self {
            services: services.clone(),
            tenant,
            epoch,
            position,
            alert_count,
            audit,
            definitions: definitions.clone(),
            teams,
            overlay: Overlay::default(),
            failure_alerts: HashMap::new(),
            published: published.clone(),
            stats: stats.clone(),
            turn_rows: MAX_TURN_ROWS,
            unplaced: None,
            inputs_are_costly: false,
        };
        published.set_position(position);
        services.directory.publish(tenant, &definitions);
        let prepares = !definitions.preparing_rules.is_empty();
        published.set_definitions(definitions);
        state.publish_teams();
        if prepares {
            services.preparing_bell.ring(tenant);
        }
        Ok(state)
    }
}

/// Notes which fields a rule reads, which an earlier release did not keep: by that it is known which of its findings tell
/// of masked fields.
fn note_reads(definitions: &mut Definitions, rule: &LiveRule) {
    let Some(bound) = rule.judge.bound() else {
        return;
    };
    if rule.install.reads.is_none() {
        let reads = bound.fields().into_iter().map(str::to_owned).collect();
        definitions.rules.put(Arc::new(RuleInstall {
            reads: Some(reads),
            ..RuleInstall::clone(&rule.install)
        }));
    }
}

/// How many alerts a tenant has. What an earlier release left to be noted is noted when the host starts, and here only
/// where that failed.
fn alert_count(store: &Store, tenant: TenantId) -> Result<u64, LoadError> {
    if let Some(count) = open::read_count(store, tenant)? {
        return Ok(count);
    }
    open::note_all(store, &[tenant])?;
    Ok(open::read_count(store, tenant)?.unwrap_or_default())
}

/// All that a tenant has defined.
///
/// # Errors
/// Where reading fails, or a later release wrote something that this one does not know.
pub fn read_definitions(store: &Store, tenant: TenantId) -> Result<Definitions, StoreError> {
    let mut definitions = Definitions::default();
    for &kind in tenant::Kind::ALL {
        let range = KeyRange::definitions(tenant, kind as u8, "");
        for entry in store.range(range, Direction::Forward) {
            let (_, value) = entry?;
            definitions.read(kind, &value).map_err(|error| {
                StoreError::damaged(
                    format!("a definition of tenant {}", tenant.0),
                    error.to_string(),
                )
            })?;
        }
    }
    read_list_pages(store, tenant, &mut definitions)?;
    Ok(definitions)
}

/// Reads the entries of the lists that have them in pages.
fn read_list_pages(
    store: &Store,
    tenant: TenantId,
    definitions: &mut Definitions,
) -> Result<(), StoreError> {
    let lists: Vec<_> = definitions.lists.iter().cloned().collect();
    for list in lists {
        if list.stored_as() == StoredAs::Definition {
            continue;
        }
        let damaged = |detail: String| StoreError::damaged(format!("list '{}'", list.name), detail);
        let mut entries = ListEntries::default();
        for page in store.range(KeyRange::list_pages(tenant, &list.name), Direction::Forward) {
            let (key, value) = page?;
            let Some((_, Record::ListPage { from, .. })) = Key::parse(&key) else {
                return Err(damaged("the key of a page cannot be read".to_owned()));
            };
            let pushed = entries.push_stored(&from, &value);
            pushed.map_err(|error| damaged(error.to_string()))?;
        }
        let read = list.with_pages(entries);
        let read = read.map_err(|error| damaged(error.to_string()))?;
        definitions.lists.put(Arc::new(read));
    }
    Ok(())
}

/// The position of the last commit that left a version of anything, since each such commit is audited,
/// and what the audit's next record follows.
fn last_audited(store: &Store, tenant: TenantId) -> Result<(u64, ChainEnd), StoreError> {
    let audit = KeyRange::audit_from(tenant, 0);
    let last = store.range(audit, Direction::Reverse).next().transpose()?;
    let Some((key, value)) = last else {
        return Ok((0, ChainEnd::default()));
    };
    let Some((_, Record::Audit { position })) = Key::parse(&key) else {
        return Ok((0, ChainEnd::default()));
    };
    let end = ChainEnd::after(&value)
        .map_err(|error| StoreError::damaged("the last entry of the audit", error.to_string()))?;
    Ok((position, end))
}
