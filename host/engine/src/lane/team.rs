//! What a lane holds of one team.

use std::sync::Arc;
use std::time::Duration;

use domain::payload::PayloadSchema;
use domain::window::{BoundPlan, Inputs};

use super::Services;
use super::answer::LaneError;
use super::load::LoadError;
use super::meters::InputMeters;
use super::rule::LiveRule;
use super::state::LaneState;
use super::stats::AllStats;
use super::team_view::TeamView;
use super::window_budget::TeamShare;
use super::window_rebuild::WindowRebuild;
use super::window_rows::{RowsError, TeamRows};
use store::key::{TeamId, TenantId};
use tenant::{Definitions, Mode, RuleInstall, Team};

/// What a lane holds of one team.
pub(super) struct TeamState {
    /// The definition that this state was made from.
    pub(super) team: Arc<Team>,
    /// None until the team has one.
    pub(super) schema: Option<Arc<PayloadSchema>>,
    pub(super) rules: Vec<LiveRule>,
    pub(super) inputs: Inputs,
    window_share: TeamShare,
    pub(super) input_meters: InputMeters,
    /// What the windows are computed from.
    pub(super) rows: Arc<TeamRows>,
    pub(super) next_sequence: u64,
    pub(super) view: Arc<TeamView>,
    /// What is missing of the rows, while it is being made.
    pub(super) rebuild: Option<WindowRebuild>,
    /// Whether the windows hold transactions of a turn that is not in a block yet.
    pub(super) is_in_turn: bool,
}

/// How many transactions the lane takes into an index by itself: some more than a crash leaves to be taken in.
const TAKEN_IN_AT_ONCE: u64 = 200_000;

impl TeamState {
    /// Reads a team's state from the store. `former` are the windows of a lane whose commit failed, if there was one.
    pub(super) fn load(
        services: &Services,
        tenant: TenantId,
        definitions: &Definitions,
        team: &Arc<Team>,
        stats: &AllStats,
        former: Option<Inputs>,
    ) -> Result<Self, LoadError> {
        let id = TeamId(team.id);
        let hash_key = definitions
            .tenant()
            .map_or([0; 32], |tenant| tenant.hash_key);
        let rows = services.window_rows.team(tenant, id, &hash_key);
        let view = TeamView::open(&services.store, tenant, team, rows.clone())?;
        let rules = live_rules(services, tenant, definitions, team, stats);
        let last_sequence = view.load_tail()?;
        let mut inputs = new_inputs(services, &rules);
        match former {
            Some(former) => inputs.inherit(former),
            None if last_sequence == 0 => inputs.begin_at_the_first(),
            None => {}
        }
        let mut state = Self {
            schema: team.schema(),
            inputs,
            window_share: services.window_budget.join(tenant, id),
            input_meters: InputMeters::of(
                definitions.tenant().map_or("", |tenant| &tenant.name),
                &team.name,
            ),
            team: team.clone(),
            rules,
            rows,
            next_sequence: last_sequence + 1,
            view: Arc::new(view),
            rebuild: None,
            is_in_turn: false,
        };
        for rule in &state.rules {
            rule.recall(&services.store, tenant, id, last_sequence)?;
        }
        state.rows.settle(&state.view)?;
        state.take_up_rows()?;
        // Rules that are being prepared may go on with what nobody uses now.
        if definitions.preparing_rules_of(&team.name).is_empty() {
            state.rows.remove_others()?;
        }
        Ok(state)
    }

    /// The windows, without what was never durable. None where they hold what nobody knows of.
    pub(super) fn into_durable_inputs(mut self) -> Option<Inputs> {
        if self.is_in_turn {
            return None;
        }
        let inputs = &mut self.inputs;
        let withdraw = &mut |_, transaction: &_| inputs.withdraw(transaction);
        self.view.visit_in_flight(withdraw).ok()?;
        Some(self.inputs)
    }

    /// Has the indexes that the windows need: at once where they lack little, otherwise they are made beside the lane.
    fn take_up_rows(&mut self) -> Result<(), RowsError> {
        let layouts = self.inputs.row_layouts();
        self.rebuild = None;
        if self.rows.missing(&self.view, &layouts)? <= TAKEN_IN_AT_ONCE {
            return self.rows.need(&self.view, &layouts);
        }
        tracing::warn!(
            tenant = self.view.tenant().0,
            team = self.team.name,
            "indexes of windows are missing; the team's transactions are refused until they are made"
        );
        self.rebuild = Some(WindowRebuild::begin(self.view.clone(), layouts)?);
        Ok(())
    }

    /// Checks that the windows can be computed, and takes up indexes that were made meanwhile.
    ///
    /// # Errors
    /// How far the indexes are, or why they cannot be taken up.
    pub(super) fn check_windows(&mut self) -> Result<(), LaneError> {
        let is_over = |rebuild: &WindowRebuild| rebuild.under_way().is_none();
        if self.rebuild.as_ref().is_some_and(is_over) {
            self.take_up_rows()
                .map_err(|error| LaneError::NotDurable(error.to_string()))?;
        }
        match self.rebuild.as_ref().and_then(WindowRebuild::under_way) {
            Some(built) => Err(LaneError::WindowsMissing(built)),
            None => Ok(()),
        }
    }

    /// Counts what computing inputs took, and keeps the windows within the team's share of the memory.
    pub(super) fn count_inputs(&mut self, took: Duration, interrupted: bool) {
        let memory = self.inputs.memory_bytes();
        self.inputs.set_memory(self.window_share.set(memory));
        let looked_up = self.inputs.take_lookups();
        self.input_meters
            .count(took, interrupted, memory, looked_up);
    }

    /// Takes over a changed definition, or changed rules. What the windows
    /// already hold stays.
    pub(super) fn refresh(
        &mut self,
        services: &Services,
        tenant: TenantId,
        definitions: &Definitions,
        team: &Arc<Team>,
        stats: &AllStats,
    ) -> Result<(), RowsError> {
        self.team = team.clone();
        self.schema = team.schema();
        self.view.set_schemas(team);
        self.rules.iter().for_each(LiveRule::rest);
        self.rules = live_rules(services, tenant, definitions, team, stats);
        self.rules.iter().for_each(LiveRule::show);
        let new = new_inputs(services, &self.rules);
        let old = std::mem::replace(&mut self.inputs, new);
        self.inputs.inherit(old);
        self.take_up_rows()
    }
}

impl LaneState {
    /// Takes over the definitions of teams and rules as they are now.
    pub(super) fn refresh_teams(&mut self) {
        let definitions = self.definitions.clone();
        for team in definitions.teams.iter() {
            let refreshed = match self.teams.get_mut(&team.id) {
                Some(state) => state
                    .refresh(&self.services, self.tenant, &definitions, team, &self.stats)
                    .map_err(LoadError::from),
                None => {
                    let (services, stats) = (&self.services, &self.stats);
                    TeamState::load(services, self.tenant, &definitions, team, stats, None)
                        .map(|state| drop(self.teams.insert(team.id, state)))
                }
            };
            if let Err(error) = refreshed {
                tracing::error!(tenant = self.tenant.0, team = team.name, %error, "a team's state cannot be read; the lane is rebuilt");
                self.published.set_failed();
            }
        }
        self.publish_teams();
    }

    pub(super) fn publish_teams(&self) {
        let views = self.teams.iter().map(|(id, team)| (*id, team.view.clone()));
        self.published.set_teams(views.collect());
        let rebuilds = self.teams.values().filter_map(|team| team.rebuild.as_ref());
        let rebuilds = rebuilds.map(WindowRebuild::progress).collect();
        self.published.set_rebuilds(rebuilds);
    }
}

fn new_inputs(services: &Services, rules: &[LiveRule]) -> Inputs {
    let plans: Vec<Arc<BoundPlan>> = rules
        .iter()
        .filter_map(|rule| rule.judge.bound())
        .cloned()
        .collect();
    Inputs::new(&plans, services.limits.inputs)
}

fn live_rules(
    services: &Services,
    tenant: TenantId,
    definitions: &Definitions,
    team: &Team,
    stats: &AllStats,
) -> Vec<LiveRule> {
    let is_evaluated = |install: &Arc<RuleInstall>| install.mode != Mode::Off;
    let installs = definitions.rules_of(&team.name).into_iter();
    installs
        .filter(is_evaluated)
        .map(|install| LiveRule::load(services, tenant, definitions, team, install, stats))
        .collect()
}
