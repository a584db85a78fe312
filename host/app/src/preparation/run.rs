//! The installs that are being prepared, in the background.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::progress::{PrepareError, Progress};
use super::round::{Ended, Round};
use engine::lane::{Lane, Services};
use jobs::{Job, Run, Runner, TurnFor, Turns, Unfinished, WorkError};
use store::StoreError;
use store::key::TenantId;
use tenant::{Definitions, PreparingInstall};

/// The metric of installs of a tenant that are being prepared.
const PREPARING: &str = "vervet_rules_preparing";
/// The pause before the next round for an install whose needs have changed.
const PAUSE: Duration = Duration::from_millis(20);

/// An install of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstallKey {
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

/// Installs that are being prepared. What is stored of them is the tenant's definitions.
pub struct PreparationJob;

/// Starts the jobs that prepare installs.
pub struct Preparations {
    runner: Arc<Runner<PreparationJob>>,
    following: Mutex<Option<JoinHandle<()>>>,
}

impl Preparations {
    /// Prepares what the definitions of the tenants say, now and whenever they change, within a tokio runtime. `lanes`
    /// returns the lanes of all tenants. Ends when the jobs are stopped.
    pub(crate) fn start(
        services: Arc<Services>,
        runner: Arc<Runner<PreparationJob>>,
        lanes: impl Fn() -> Vec<(TenantId, Arc<Lane>)> + Send + Sync + 'static,
    ) -> Self {
        let following = tokio::spawn(follow(services, runner.clone(), lanes));
        Self {
            runner,
            following: Mutex::new(Some(following)),
        }
    }

    /// How far an install is; `None` if no job prepares it at this moment.
    pub fn progress(&self, tenant: TenantId, preparing: &PreparingInstall) -> Option<Progress> {
        let job = self.runner.find(tenant, &InstallKey::of(preparing))?;
        let progress = job.lock().clone();
        Some(progress)
    }

    /// Waits until no more jobs are started, once the jobs were stopped.
    pub(crate) async fn stopped(&self) {
        let following = self.following.lock().take();
        if let Some(following) = following
            && following.await.is_err()
        {
            tracing::error!("preparing rules ended in disorder");
        }
    }
}

/// Starts a job for each install that is to be prepared.
async fn follow(
    services: Arc<Services>,
    runner: Arc<Runner<PreparationJob>>,
    lanes: impl Fn() -> Vec<(TenantId, Arc<Lane>)>,
) {
    let mut changed = None;
    loop {
        for (tenant, lane) in lanes() {
            let is_due = |tenants: &BTreeSet<TenantId>| tenants.contains(&tenant);
            // At the start nothing is known of any tenant.
            if changed.as_ref().is_none_or(is_due) {
                show_count(&lane.definitions());
                for (install, preparing) in unfinished(&lane) {
                    runner.start(&lane, install, &preparing);
                }
            }
        }
        let bell = services.preparing_bell.wait();
        let rung = runner.stopping().run_until_cancelled(bell).await;
        let Some(tenants) = rung else {
            return;
        };
        changed = Some(tenants);
    }
}

fn show_count(definitions: &Definitions) {
    let name = definitions.tenant().map_or("", |tenant| &tenant.name);
    let count = definitions.preparing_rules.len();
    metrics::gauge!(PREPARING, "tenant" => name.to_owned()).set(count as f64);
}

fn unfinished(lane: &Lane) -> Vec<(InstallKey, Arc<PreparingInstall>)> {
    let definitions = lane.definitions();
    let preparing = definitions.preparing_rules.iter();
    preparing
        .map(|preparing| (InstallKey::of(preparing), preparing.clone()))
        .collect()
}

impl Job for PreparationJob {
    type Key = InstallKey;
    type Record = Arc<PreparingInstall>;
    type Progress = Mutex<Progress>;
    type Output = ();
    type Fault = PrepareError;

    const NAME: &'static str = "preparation of a rule";
    const TURNS: Turns = Turns {
        at_once: 4,
        at_once_per_tenant: 1,
        turn_for: TurnFor::Attempt,
    };

    fn unfinished(
        &self,
        _services: &Services,
        lane: &Lane,
    ) -> Result<Unfinished<Self>, StoreError> {
        Ok(unfinished(lane))
    }

    fn read(
        &self,
        _services: &Services,
        lane: &Lane,
        install: &InstallKey,
    ) -> Result<Option<Arc<PreparingInstall>>, StoreError> {
        let mut preparing = unfinished(lane).into_iter();
        let found = preparing.find(|(key, _)| key == install);
        Ok(found.map(|(_, preparing)| preparing))
    }

    fn progress(&self, preparing: &Arc<PreparingInstall>) -> Mutex<Progress> {
        Mutex::new(Progress::beginning(preparing.rows))
    }

    fn is_transient(_: &PrepareError) -> bool {
        true
    }

    async fn work(
        &self,
        run: &Arc<Run<Self>>,
        _: Arc<PreparingInstall>,
    ) -> Result<(), WorkError<PrepareError>> {
        let round = Round(run);
        loop {
            match round.run().await {
                Ok(Ended::Done) => return Ok(()),
                Ok(Ended::Outdated) => {}
                Err(error) => {
                    if let WorkError::Fault(error) = &error {
                        run.progress.lock().last_failure = Some(error.for_users());
                    }
                    return Err(error);
                }
            }
            let pause = tokio::time::sleep(PAUSE);
            let paused = run.stop().run_until_cancelled(pause).await;
            paused.ok_or(WorkError::Stopped)?;
        }
    }

    /// Stores nothing: the install is in force by now, or not wanted any more.
    async fn end(
        &self,
        _: &Arc<Run<Self>>,
        _: Result<(), String>,
    ) -> Result<(), WorkError<PrepareError>> {
        Ok(())
    }
}
