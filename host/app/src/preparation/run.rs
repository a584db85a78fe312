//! The installs that are being prepared, in the background.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::progress::{PrepareError, Progress};
use super::round::{Ended, Round};
use base::shares::{ShareLimits, Shares};
use engine::lane::{Lane, Services};
use jobs::Jobs;
use jobs::retry::until_done;
use store::key::TenantId;
use tenant::{Definitions, PreparingInstall};

/// The most teams whose rules are being prepared at the same time, of all tenants, which take turns.
const MAX_AT_WORK: usize = 4;
/// The metric of installs of a tenant that are being prepared.
const PREPARING: &str = "vervet_rules_preparing";
/// The pause before the next round for an install whose needs have changed.
const PAUSE: Duration = Duration::from_millis(20);

/// An install of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct InstallKey {
    pub(super) team: String,
    pub(super) rule: String,
    pub(super) number: u64,
}

impl InstallKey {
    pub(super) fn of(preparing: &PreparingInstall) -> Self {
        let install = &preparing.install;
        Self {
            team: install.team.clone(),
            rule: install.rule.clone(),
            number: install.number,
        }
    }

    /// Whether it is still to take effect.
    pub(super) fn is_wanted(&self, definitions: &Definitions) -> bool {
        let preparing = definitions.preparing_rule(&self.team, &self.rule);
        preparing.is_some_and(|preparing| preparing.install.number == self.number)
    }
}

type PreparationJobs = Jobs<InstallKey, Mutex<Progress>>;

/// The installs that are being prepared, in all tenants.
pub struct Preparations {
    jobs: Arc<PreparationJobs>,
    following: Mutex<Option<JoinHandle<()>>>,
}

impl Preparations {
    /// Prepares what the definitions of the tenants say, now and whenever they change, within a tokio runtime. `lanes`
    /// returns the lanes of all tenants.
    pub fn start(
        services: Arc<Services>,
        lanes: impl Fn() -> Vec<(TenantId, Arc<Lane>)> + Send + Sync + 'static,
    ) -> Self {
        let jobs = Arc::new(Jobs::unordered());
        let follower = Follower {
            services,
            jobs: jobs.clone(),
            turns: Shares::new(ShareLimits {
                at_once: MAX_AT_WORK,
                at_once_per_tenant: 1,
                waiting_per_tenant: usize::MAX,
            }),
        };
        let following = tokio::spawn(follower.follow(lanes));
        Self {
            jobs,
            following: Mutex::new(Some(following)),
        }
    }

    /// How far an install is; `None` if no job prepares it at this moment.
    pub fn progress(&self, tenant: TenantId, preparing: &PreparingInstall) -> Option<Progress> {
        let job = self.jobs.find(tenant, &InstallKey::of(preparing))?;
        let progress = job.lock().clone();
        Some(progress)
    }

    /// Begins no more, and waits until what is at work has ended: the host stops. It goes on when the host is started again.
    pub async fn stop(&self) {
        self.jobs.stop(|_| {}).await;
        let following = self.following.lock().take();
        if let Some(following) = following
            && following.await.is_err()
        {
            tracing::error!("preparing rules ended in disorder");
        }
    }
}

/// Starts a job for each install that is to be prepared.
struct Follower {
    services: Arc<Services>,
    jobs: Arc<PreparationJobs>,
    turns: Shares<TenantId>,
}

impl Follower {
    async fn follow(self, lanes: impl Fn() -> Vec<(TenantId, Arc<Lane>)>) {
        let stopping = self.jobs.stopping().clone();
        let mut changed = None;
        loop {
            for (tenant, lane) in lanes() {
                let is_due = |tenants: &BTreeSet<TenantId>| tenants.contains(&tenant);
                // At the start nothing is known of any tenant.
                if changed.as_ref().is_none_or(is_due) {
                    self.start_jobs(tenant, &lane);
                }
            }
            let rung = stopping.run_until_cancelled(self.services.preparing_bell.wait());
            let Some(tenants) = rung.await else {
                return;
            };
            changed = Some(tenants);
        }
    }

    fn start_jobs(&self, tenant: TenantId, lane: &Arc<Lane>) {
        let definitions = lane.definitions();
        let name = definitions.tenant().map_or("", |tenant| &tenant.name);
        let count = definitions.preparing_rules.len();
        metrics::gauge!(PREPARING, "tenant" => name.to_owned()).set(count as f64);
        for preparing in definitions.preparing_rules.iter() {
            let progress = Arc::new(Mutex::new(Progress::beginning(preparing.rows)));
            let install = InstallKey::of(preparing);
            let job = Job {
                services: self.services.clone(),
                lane: lane.clone(),
                tenant,
                install: install.clone(),
                progress: progress.clone(),
                jobs: self.jobs.clone(),
                turns: self.turns.clone(),
                stopping: self.jobs.stopping().clone(),
            };
            // One that is under way goes on.
            self.jobs.start(tenant, install, progress, job.work());
        }
    }
}

/// One install that is being prepared, until it is in force or no longer wanted.
struct Job {
    services: Arc<Services>,
    lane: Arc<Lane>,
    tenant: TenantId,
    install: InstallKey,
    progress: Arc<Mutex<Progress>>,
    jobs: Arc<PreparationJobs>,
    turns: Shares<TenantId>,
    stopping: CancellationToken,
}

impl Job {
    async fn work(self) {
        let (store, stopping) = (&self.services.store, &self.stopping);
        let what = "a rule cannot be prepared";
        until_done(store, stopping, what, || self.attempt()).await;
    }

    /// Waits for its turn, which it has for this attempt alone: one that fails again and again keeps no other waiting.
    async fn attempt(&self) -> Result<(), PrepareError> {
        let turn = self.turns.turn(self.tenant);
        let turn = self.stopping.run_until_cancelled(turn).await;
        let Some(Ok(_turn)) = turn else {
            return Err(PrepareError::Stopped);
        };
        let prepared = self.prepare().await;
        if let Err(error) = &prepared {
            self.progress.lock().last_failure = Some(error.for_users());
        }
        prepared
    }

    async fn prepare(&self) -> Result<(), PrepareError> {
        let round = Round {
            services: &self.services,
            lane: &self.lane,
            tenant: self.tenant,
            install: &self.install,
            stopping: &self.stopping,
        };
        let progress_of = |install: &InstallKey| self.jobs.find(self.tenant, install);
        loop {
            if round.run(progress_of).await? == Ended::Done {
                return Ok(());
            }
            let pause = tokio::time::sleep(PAUSE);
            let paused = self.stopping.run_until_cancelled(pause).await;
            paused.ok_or(PrepareError::Stopped)?;
        }
    }
}
