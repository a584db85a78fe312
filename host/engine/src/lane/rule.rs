//! A rule that is evaluated: an install, its plugin and its plan.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::rule::Plan;
use domain::window::BoundPlan;

use super::Services;
use super::masked::MaskedReads;
use super::meters::RuleMeters;
use super::stats::{AllStats, FAILING_AFTER, RuleStats, Streak, Turned};
use crate::alert::{MadeBy, RuleWords};
use crate::judgement::{JudgedRow, newest_judgements};
use runtime::rule::RulePlugin;
use store::key::{TeamId, TenantId};
use store::{Store, StoreError};
use tenant::{Definitions, Mode, RuleInstall, Team};

/// After so many machine failures in a row a rule is suspended.
const SUSPENDED_AFTER: u32 = 3;

/// How many of the newest judgements are looked at, when a lane is loaded, for whether they are failures in a row.
const MAX_RECALLED: usize = 10_000;

/// A rule that is evaluated.
pub(super) struct LiveRule {
    pub(super) install: Arc<RuleInstall>,
    pub(super) judge: Judge,
    pub(super) stats: Arc<RuleStats>,
    pub(super) meters: RuleMeters,
    /// What runs it.
    pub(super) made_by: MadeBy,
    /// For the log.
    tenant: u64,
    /// Machine failures in a row.
    machine_failures: AtomicU32,
}

/// What judges transactions.
pub(super) enum Judge {
    /// The plugin, with what it wants for its configuration.
    Plugin {
        plugin: RulePlugin,
        plan: Plan,
        bound: Arc<BoundPlan>,
        /// Which of it is masked.
        masked: MaskedReads,
    },
    /// Nothing: the rule cannot be had, and each of its rows fails.
    Unavailable {
        /// Why.
        reason: String,
        /// That no word of it comes from a masked field.
        masked: MaskedReads,
    },
}

impl Judge {
    /// The plan, checked against the team's payload schema.
    pub(super) fn bound(&self) -> Option<&Arc<BoundPlan>> {
        match self {
            Self::Plugin { bound, .. } => Some(bound),
            Self::Unavailable { .. } => None,
        }
    }

    /// Which masked fields it reads.
    pub(super) fn masked(&self) -> &MaskedReads {
        match self {
            Self::Plugin { masked, .. } | Self::Unavailable { masked, .. } => masked,
        }
    }
}

impl LiveRule {
    /// Loads the plugin and asks it for its plan. What goes wrong makes a rule
    /// whose rows fail: a transaction is never refused for a rule's sake.
    pub(super) fn load(
        services: &Services,
        tenant: TenantId,
        definitions: &Definitions,
        team: &Team,
        install: Arc<RuleInstall>,
        stats: &AllStats,
    ) -> Self {
        let judge =
            load_judge(services, tenant, definitions, team, &install).unwrap_or_else(|reason| {
                tracing::error!(
                    tenant = tenant.0,
                    team = team.name,
                    rule = install.rule,
                    reason,
                    "a rule cannot be loaded; none of its transactions is judged"
                );
                Judge::Unavailable {
                    reason,
                    masked: MaskedReads::none(team),
                }
            });
        Self {
            stats: stats.of(&install.team, &install.rule),
            meters: RuleMeters::of(
                definitions.tenant().map_or("", |tenant| &tenant.name),
                &install.team,
                &install.rule,
            ),
            made_by: services.made_by(),
            install,
            judge,
            tenant: tenant.0,
            machine_failures: AtomicU32::new(0),
        }
    }

    /// Whether its plugin is too large for the pool.
    pub(super) fn is_large(&self) -> bool {
        matches!(&self.judge, Judge::Plugin { plugin, .. } if plugin.is_large())
    }

    /// Whether it is in shadow: whoever posts transactions is not told.
    pub(super) fn is_shadow(&self) -> bool {
        self.install.mode == Mode::Shadow
    }

    /// Whether the machine failed too often in a row to go on with it.
    pub(super) fn is_suspended(&self) -> bool {
        self.machine_failures.load(Ordering::Relaxed) >= SUSPENDED_AFTER
    }

    /// Counts a finding whose info the alert type's schema refuses: a failure, though its alert is made.
    pub(super) fn count_refused_info(&self, reason: &RuleWords) {
        self.stats.count_refused_info(reason);
        self.meters.count_failure();
    }

    /// Takes over what the store says of it, up to its team's transaction `last`.
    pub(super) fn recall(
        &self,
        store: &Store,
        tenant: TenantId,
        team: TeamId,
        last: u64,
    ) -> Result<(), StoreError> {
        let install = self.install.number;
        let said = newest_judgements(store, tenant, team, &self.install.rule, last);
        let said = said.take(MAX_RECALLED).map_while(|judged| match judged {
            Ok((by, row)) => (by == install && row.is_failed()).then_some(Ok(row)),
            Err(error) => Some(Err(error)),
        });
        let said = said.collect::<Result<Vec<_>, _>>()?;
        let streak = Streak::up_to(last, &said);
        self.stats.recall(install, streak);
        self.show();
        Ok(())
    }

    /// Notes what it said of the newest transactions of its team: of `rows` that end with `last`, those of which it
    /// said anything but clear.
    pub(super) fn note_said(&self, said: &[JudgedRow], rows: u64, last: u64) {
        let turn = Streak::up_to(last, said.iter().rev());
        let Some(turned) = self.stats.go_on(self.install.number, rows, turn) else {
            return;
        };
        let (team, rule) = (&self.install.team, &self.install.rule);
        match turned {
            Turned::Failing => tracing::error!(
                tenant = self.tenant,
                team,
                rule,
                "a rule is failing: it could not judge {FAILING_AFTER} transactions in a row; it is asked on"
            ),
            Turned::Judging => {
                tracing::info!(
                    tenant = self.tenant,
                    team,
                    rule,
                    "a rule that was failing judges again"
                );
            }
        }
        self.show();
    }

    /// Shows whether it is failing.
    pub(super) fn show(&self) {
        let failing = self.stats.streak(self.install.number).is_failing();
        self.stats.show(failing);
        self.meters.show_failing(failing);
    }

    /// It is in force no more: nothing of it is shown.
    pub(super) fn rest(&self) {
        self.stats.show(false);
        self.meters.show_failing(false);
    }

    /// Counts a row that the machine failed at, or one that it did not.
    pub(super) fn count_machine_failure(&self, failed: bool) {
        if !failed {
            self.machine_failures.store(0, Ordering::Relaxed);
        } else if self.machine_failures.fetch_add(1, Ordering::Relaxed) + 1 == SUSPENDED_AFTER {
            tracing::error!(
                team = self.install.team,
                rule = self.install.rule,
                "a rule is suspended: it was interrupted {SUSPENDED_AFTER} times in a row; install it again to go on"
            );
        }
    }
}

fn load_judge(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
    team: &Team,
    install: &RuleInstall,
) -> Result<Judge, String> {
    let published = definitions
        .plugins
        .get(&format!("{}/{}", install.plugin, install.version))
        .ok_or_else(|| {
            format!(
                "plugin {} {} is not published",
                install.plugin, install.version
            )
        })?;
    let plugin = services
        .runtime
        .block_on(services.load_rule(tenant, published))
        .map_err(|error| error.to_string())?;
    let plan = plugin
        .prepare(&install.config.to_string())
        .map_err(|error| error.to_string())?;
    let schema = team.schema().ok_or("the team has no payload schema")?;
    let bound = BoundPlan::bind(&plan, &schema).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.join("; ")
    })?;
    Ok(Judge::Plugin {
        masked: MaskedReads::of(&plan, &[&schema], team.has_masked_fields()),
        plugin,
        plan,
        bound: Arc::new(bound),
    })
}
