//! The tail becomes indexes, behind the lane.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::TeamView;
use crate::lane::answer::LaneError;
use crate::lane::tail::Segment;
use store::index::{Step, TeamIndex};
use store::{CommitError, StoreError};

/// Steps of merging that are taken after each segment; four for each 4,096 rows keep up.
const WORK_STEPS: usize = 4;

/// Why the indexes were not written.
#[derive(Debug, thiserror::Error)]
pub(in crate::lane) enum IndexError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl TeamView {
    /// Takes the sealed tail, where it is time to write one.
    pub(in crate::lane) fn seal(&self) -> Option<Arc<Segment>> {
        self.tail.write().seal(self.durable())
    }

    /// Writes a sealed tail to the indexes, and does what is due behind them; nothing once this view has been retired.
    pub(in crate::lane) fn write_index(&self, sealed: &Segment) -> Result<(), IndexError> {
        let written = match &mut *self.writer.lock() {
            Some(writer) => self.write_steps(writer, sealed),
            None => return Ok(()),
        };
        self.index_failed.store(written.is_err(), Ordering::Relaxed);
        if written.is_ok() {
            self.tail.write().drop_sealed();
        }
        written
    }

    /// Ends writing indexes, after what is being written: two writers would make each other's runs garbage. Called before
    /// the lane opens the team again; readers may go on with this view.
    pub(in crate::lane) fn retire(&self) {
        *self.writer.lock() = None;
    }

    fn write_steps(&self, writer: &mut TeamIndex, sealed: &Segment) -> Result<(), IndexError> {
        for step in writer.append(sealed.entries()) {
            self.take_step(step)?;
        }
        for _ in 0..WORK_STEPS {
            match writer.work()? {
                Some(step) => self.take_step(step)?,
                None => break,
            }
        }
        Ok(())
    }

    fn take_step(&self, step: Step) -> Result<(), IndexError> {
        futures::executor::block_on(self.store.commit_wait(step.batch))?;
        step.change.install();
        Ok(())
    }

    /// Whether the tail is so long that the indexer must catch up first.
    pub(in crate::lane) fn is_ahead_of_index(&self) -> bool {
        !self.index_failed.load(Ordering::Relaxed) && self.tail.read().is_too_long()
    }

    /// Whether the indexes can be written.
    ///
    /// # Errors
    /// Where they cannot: the team must be opened again.
    pub(in crate::lane) fn check_index(&self) -> Result<(), LaneError> {
        if self.index_failed.load(Ordering::Relaxed) {
            let cause = "the indexes of transactions could not be written";
            return Err(LaneError::NotDurable(cause.to_owned()));
        }
        Ok(())
    }
}
