//! What a lane holds of its tenant while it works.

use std::collections::HashMap;
use std::sync::Arc;

use domain::alert::{Alert, Part};

use super::answer::LaneError;
use super::audit::{AuditEntry, ChainEnd, Changes};
use super::change::Change;
use super::command::{Command, PendingChange};
use super::failure_alert::FailureAlert;
use super::ingest::Unplaced;
use super::overlay::{KeptRecords, Overlay};
use super::published::Published;
use super::rule::LiveRule;
use super::searchable::Committed;
use super::stats::AllStats;
use super::team::TeamState;
use super::{Services, TurnUnderWay};
use crate::alert::open;
use store::key::{Key, Record, TenantId};
use store::{Batch, LaneEpoch};
use tenant::{Definitions, Kind};

/// The most transactions of one turn.
pub(super) const MAX_TURN_ROWS: usize = 256;

/// What a lane holds of its tenant. It is ahead of what is durable: it counts
/// from sequencing, and is thrown away when a commit fails.
pub(super) struct LaneState {
    pub(super) services: Arc<Services>,
    pub(super) tenant: TenantId,
    pub(super) epoch: LaneEpoch,
    pub(super) position: u64,
    /// How many alerts there are, merged ones too.
    pub(super) alert_count: u64,
    /// What the next record of the audit follows.
    pub(super) audit: ChainEnd,
    pub(super) definitions: Arc<Definitions>,
    pub(super) teams: HashMap<u32, TeamState>,
    pub(super) overlay: Overlay,
    /// The newest failure alert of each rule, under `team/rule`, as far as one was made or looked for.
    pub(super) failure_alerts: HashMap<String, FailureAlert>,
    pub(super) published: Arc<Published>,
    pub(super) stats: Arc<AllStats>,
    /// How many transactions the next turn may take: fewer when turns last long.
    pub(super) turn_rows: usize,
    /// What the last turn had no time for, and the next one begins with.
    pub(super) unplaced: Option<Unplaced>,
    /// Whether computing inputs took the last turn so long that it was ended.
    pub(super) inputs_are_costly: bool,
}

impl LaneState {
    /// Works on what one turn took; `under_way` is dropped when it is decided.
    pub(super) fn work(&mut self, commands: Vec<Command>, under_way: TurnUnderWay) {
        self.overlay.forget(self.published.position());
        if commands.is_empty()
            && let Some(unplaced) = self.unplaced.take()
        {
            return self.place(unplaced, under_way);
        }
        debug_assert!(
            self.unplaced.is_none() || commands.iter().all(|command| !command.is_ingest()),
            "transactions that were begun go before all others"
        );
        let mut ingests = Vec::new();
        for command in commands {
            match command {
                Command::Ingest(ingest) => ingests.push(ingest),
                Command::Change(change) => self.make(change),
            }
        }
        if !ingests.is_empty() {
            self.ingest(ingests, under_way);
        }
    }

    /// Whether its turns may be long: a rule is too large for the pool, or computing inputs takes long.
    pub(super) fn is_heavy(&self) -> bool {
        if self.inputs_are_costly {
            return true;
        }
        let mut rules = self.teams.values().flat_map(|team| &team.rules);
        rules.any(LiveRule::is_large)
    }

    /// Whether so much waits for an index that transactions must wait, too.
    pub(super) fn is_ahead_of_indexes(&self) -> bool {
        let mut teams = self.teams.values();
        teams.any(|team| team.view.is_ahead_of_index() || team.rows.is_behind())
    }

    fn make(&mut self, pending: Box<dyn PendingChange>) {
        if let Err(revoked) = pending
            .by()
            .check(&self.definitions, self.services.clock.now())
        {
            return pending.fail(revoked.into());
        }
        let mut change = self.begin();
        if let Some(answering) = pending.make(&mut change) {
            let drafted = change.into_draft();
            let changed_teams = drafted.touches(&[Kind::Team, Kind::Rule]);
            self.commit(drafted, answering);
            if changed_teams {
                self.refresh_teams();
            }
        }
    }

    /// Begins a change at the next position.
    pub(super) fn begin(&self) -> Change<'_> {
        Change {
            tenant: self.tenant,
            position: self.position + 1,
            at: self.services.clock.now(),
            store: &self.services.store,
            overlay: &self.overlay,
            searchable: self.published.alerts(),
            failure_alerts: &self.failure_alerts,
            new_failure_alerts: Vec::new(),
            teams: &self.teams,
            definitions: self.definitions.clone(),
            batch: Batch::new(),
            touched: Vec::new(),
            alerts: Vec::new(),
            parts: Vec::new(),
            audit: Vec::new(),
            changes: Changes::default(),
            kept: KeptRecords::new(),
            outgoing: 0,
        }
    }

    /// Sends a change to the store, and goes on. `done` is called when it is durable, or is not to be.
    pub(super) fn commit(
        &mut self,
        draft: Draft,
        done: impl FnOnce(Result<(), LaneError>) + Send + 'static,
    ) {
        let Draft {
            position,
            mut batch,
            definitions,
            touched,
            alerts,
            parts,
            new_failure_alerts,
            audit,
            kept,
            outgoing,
        } = draft;
        if !audit.is_empty() {
            let key = Key::new(self.tenant, &Record::Audit { position });
            batch.put(key, self.audit.link(position, audit));
        }
        self.position = position;
        let new_alerts = alerts.iter().filter(|alert| alert.version == 1).count();
        if new_alerts > 0 {
            self.alert_count += new_alerts as u64;
            open::note_count(&mut batch, self.tenant, self.alert_count, position);
        }
        let mut searched = Vec::with_capacity(alerts.len() + parts.len());
        for alert in alerts {
            let alert = Arc::new(alert);
            self.overlay.keep(position, alert.clone());
            searched.push(Committed::Alert(alert));
        }
        for part in parts {
            self.overlay.keep_part(position, part.clone());
            searched.push(Committed::Part(Box::new(part)));
        }
        self.overlay.keep_records(position, kept);
        self.failure_alerts.extend(new_failure_alerts);
        let new_definitions = (!touched.is_empty()).then(|| definitions.clone());
        let prepares = touched.contains(&Kind::PreparingRule);
        self.definitions = definitions;

        let published = self.published.clone();
        let (services, tenant) = (self.services.clone(), self.tenant);
        self.services
            .store
            .commit(self.epoch, batch, move |committed| {
                let durable = committed.is_ok();
                if durable {
                    if !searched.is_empty() && published.alerts().committed(searched) {
                        services.alert_indexer.note(&published);
                    }
                    published.set_position(position);
                    if outgoing > 0 {
                        services.outbox_bell.note(tenant, outgoing);
                    }
                    if let Some(definitions) = new_definitions {
                        services.directory.publish(tenant, &definitions);
                        published.set_definitions(definitions);
                    }
                    if prepares {
                        services.preparing_bell.ring(tenant);
                    }
                }
                if !durable {
                    published.set_failed();
                }
                done(committed.map_or_else(|error| Err(error.into()), |_| Ok(())));
            });
    }
}

/// A change that was made and is to be committed.
pub(super) struct Draft {
    position: u64,
    pub(super) batch: Batch,
    definitions: Arc<Definitions>,
    touched: Vec<Kind>,
    alerts: Vec<Alert>,
    parts: Vec<Part>,
    new_failure_alerts: Vec<(String, FailureAlert)>,
    audit: Vec<AuditEntry>,
    kept: KeptRecords,
    outgoing: u64,
}

impl Draft {
    fn touches(&self, kinds: &[Kind]) -> bool {
        self.touched.iter().any(|kind| kinds.contains(kind))
    }
}

impl Change<'_> {
    pub(super) fn into_draft(mut self) -> Draft {
        self.changes.give(&mut self.audit);
        Draft {
            position: self.position,
            batch: self.batch,
            definitions: self.definitions,
            touched: self.touched,
            alerts: self.alerts,
            parts: self.parts,
            new_failure_alerts: self.new_failure_alerts,
            audit: self.audit,
            kept: self.kept,
            outgoing: self.outgoing,
        }
    }
}
