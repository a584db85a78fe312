//! What a kind of job is.

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;

use super::run::Run;
use super::turns::Turns;
use base::background::BackgroundError;
use engine::lane::{Lane, LaneError, Services};
use store::StoreError;

/// A kind of long work, such as backtests. A value of it has what all jobs of the kind need.
///
/// The [runner](super::Runner) starts jobs, gives them their turns, tries them again after the store failed, takes them up
/// after a stop of the host, and cancels them. A kind says what is stored of a job, does the work, and stores its end.
pub trait Job: Send + Sync + Sized + 'static {
    /// Tells the jobs of a tenant apart.
    type Key: Clone + Debug + Eq + Hash + Send + Sync + 'static;
    /// What is stored of a job.
    type Record: Send + 'static;
    /// How far a job is, shared by its work and its readers.
    type Progress: Send + Sync + 'static;
    /// What the work leads to, if it gets to its end.
    type Output: Clone + Send + Sync + 'static;
    /// Why the work fails, besides what may fail in any job.
    type Fault: Display + Send + 'static;

    /// What the log calls a job of this kind.
    const NAME: &'static str;
    /// How many jobs are at work at the same time.
    const TURNS: Turns;
    /// The gauge of jobs at work, if there is one.
    const AT_WORK: Option<&'static str> = None;

    /// The jobs of a tenant that have not ended. Blocks.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn unfinished(&self, services: &Services, lane: &Lane) -> Result<Unfinished<Self>, StoreError>;

    /// What is stored of a job; `None` if it has ended. Blocks.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn read(
        &self,
        services: &Services,
        lane: &Lane,
        key: &Self::Key,
    ) -> Result<Option<Self::Record>, StoreError>;

    /// How far a job is before it has its turn.
    fn progress(&self, record: &Self::Record) -> Self::Progress;

    /// The line in which a job waits: of a line one job of a tenant is at work, in the order of their start. `None` if it
    /// waits for its turn alone.
    fn line(_key: &Self::Key) -> Option<&str> {
        None
    }

    /// Whether the work may succeed later, though it failed so.
    fn is_transient(_fault: &Self::Fault) -> bool {
        false
    }

    /// Works from what is stored to the end. It is called again, with what is stored by then, after a failure that may
    /// pass and after a stop of the host.
    ///
    /// # Errors
    /// [`WorkError::Stopped`] if it ended because the [run is stopped](Run::is_stopped).
    fn work(
        &self,
        run: &Arc<Run<Self>>,
        record: Self::Record,
    ) -> impl Future<Output = Result<Self::Output, WorkError<Self::Fault>>> + Send;

    /// Stores the end of a job: what its work led to, or in a sentence why it can get no further. It is called again if
    /// that was not durable, and must not end twice what is stored as ended.
    ///
    /// # Errors
    /// If the store or the lane fails.
    fn end(
        &self,
        run: &Arc<Run<Self>>,
        end: Result<Self::Output, String>,
    ) -> impl Future<Output = Result<(), WorkError<Self::Fault>>> + Send;

    /// Removes what was needed on the way, once the end is durable. It is called again after a stop of the host, as long
    /// as the job is among the [unfinished](Self::unfinished).
    ///
    /// # Errors
    /// If the store or the lane fails.
    fn clean_up(
        &self,
        _run: &Arc<Run<Self>>,
    ) -> impl Future<Output = Result<(), WorkError<Self::Fault>>> + Send {
        async { Ok(()) }
    }
}

/// Jobs of a kind that have not ended, with what is stored of each.
pub type Unfinished<J> = Vec<(<J as Job>::Key, <J as Job>::Record)>;

/// Why a job's work stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum WorkError<F> {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lane failed, or the user who asked for the job is no longer permitted to do it.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// A thread failed, or there was none.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// The host stops, or the job was ended meanwhile.
    #[error("the job was stopped")]
    Stopped,
    /// A fault of this kind of job.
    #[error("{0}")]
    Fault(F),
}

impl<F> WorkError<F> {
    /// Whether the same may succeed later; `of_fault` says so of the job's own faults.
    pub(crate) fn is_transient(&self, of_fault: impl Fn(&F) -> bool) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Lane(error) => error.is_transient(),
            Self::Background(error) => error.is_transient(),
            Self::Stopped => false,
            Self::Fault(fault) => of_fault(fault),
        }
    }
}
