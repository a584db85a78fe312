//! The kinds of jobs that the host runs. A new kind is a line here.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::alerts::bulk::change_one_of_many;
use crate::backtest::BacktestJob;
use crate::bulk::BulkJob;
use crate::catch_up::CatchUpJob;
use crate::preparation::PreparationJob;
use crate::replay::ReplayJob;
use engine::lane::{Lane, Services};
use export::ExportRunJob;
use jobs::Runner;
use store::StoreError;

/// Makes [`AllJobs`] of lines that name a runner, its kind of job and a value of that.
macro_rules! all_jobs {
    (made of ($($part:ident: $of:ty),*): $($(#[doc = $doc:literal])* $name:ident: $job:ty = $value:expr,)*) => {
        /// A runner for each kind of job.
        pub struct AllJobs {
            stopping: CancellationToken,
            $($(#[doc = $doc])* pub $name: Arc<Runner<$job>>,)*
        }

        impl AllJobs {
            /// Runners with no job under way.
            pub(crate) fn new(services: &Arc<Services>, $($part: $of),*) -> Self {
                Self {
                    stopping: CancellationToken::new(),
                    $($name: Runner::new(services.clone(), $value),)*
                }
            }

            /// Takes up the jobs of a tenant that have not ended and are not under way. Blocks.
            ///
            /// # Errors
            /// If the store cannot be read for now. What is damaged is logged: it would be damaged again.
            pub(crate) fn resume(&self, lane: &Arc<Lane>) -> Result<(), StoreError> {
                let mut failed = None;
                $(match self.$name.resume(lane) {
                    Ok(()) => {}
                    Err(error) if error.is_transient() => failed = Some(error),
                    Err(error) => {
                        let (tenant, kind) = (lane.tenant().0, stringify!($name));
                        tracing::error!(tenant, kind, %error, "long work is not taken up");
                    }
                })*
                failed.map_or(Ok(()), Err)
            }

            /// Is cancelled when the host stops.
            pub(crate) fn stopping(&self) -> &CancellationToken {
                &self.stopping
            }

            /// Stops all jobs: the host stops. They go on when it is started again.
            pub(crate) async fn stop(&self) {
                self.stopping.cancel();
                tokio::join!($(self.$name.stop()),*);
            }
        }
    };
}

all_jobs! {
    made of (export_runs: ExportRunJob):
    /// Rules over stored history.
    backtests: BacktestJob = BacktestJob,
    /// Changes of many alerts.
    bulks: BulkJob = BulkJob { apply: change_one_of_many },
    /// Files that are made for exports.
    export_runs: ExportRunJob = export_runs,
    /// Rules that catch up.
    catch_ups: CatchUpJob = CatchUpJob,
    /// Installs whose windows are being made.
    preparations: PreparationJob = PreparationJob,
    /// Replays of the findings of many alerts.
    replays: ReplayJob = ReplayJob,
}
