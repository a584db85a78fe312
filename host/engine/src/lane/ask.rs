//! Changes that are asked of a lane, and answered when they are durable.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::answer::LaneError;
use super::change::{Asked, Change, ChangeError};
use super::command::Command;
use super::{Lane, Mark};
use tenant::Authority;

/// How long work that nobody waits for waits for room in a lane.
const PAUSE: Duration = Duration::from_millis(20);

impl Lane {
    /// Makes a change of the host's own in the lane's order. Answers when it is durable.
    ///
    /// # Errors
    /// Where the change refuses itself, or the lane cannot make it.
    pub async fn change<T, E, F>(self: &Arc<Self>, change: F) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.change_as(Authority::Host, change).await
    }

    /// Makes a change in the lane's order, where the authority holds when it is made. Answers when it is durable.
    ///
    /// # Errors
    /// Where the change refuses itself, the authority was revoked, or the lane cannot make it.
    pub async fn change_as<T, E, F>(
        self: &Arc<Self>,
        by: Authority,
        change: F,
    ) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.ask(by, change, Self::push).await
    }

    /// As [`change_as`](Self::change_as), but before everything that waits in the lane, transactions too: they meet what
    /// the change made.
    ///
    /// For changes that must not wait for transactions that take long, such as switching off the rule that makes them
    /// take long. Nobody was answered yet about what the change overtakes.
    ///
    /// # Errors
    /// Where the change refuses itself, the authority was revoked, or the lane cannot make it.
    pub async fn change_ahead<T, E, F>(
        self: &Arc<Self>,
        by: Authority,
        change: F,
    ) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        self.ask(by, change, Self::push_ahead).await
    }

    async fn ask<T, E, F>(
        self: &Arc<Self>,
        by: Authority,
        change: F,
        push: fn(&Arc<Self>, Command) -> Result<(), Box<Command>>,
    ) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let mark = Mark::current();
        let asked = Asked {
            by,
            change,
            mark,
            answer,
        };
        if push(self, Command::Change(Box::new(asked))).is_err() {
            return Err(ChangeError::Lane(LaneError::Full));
        }
        answered
            .await
            .unwrap_or(Err(ChangeError::Lane(LaneError::Stopping)))
    }

    /// Makes a change as soon as the lane has room for it: for work that nobody waits for.
    ///
    /// # Errors
    /// Where the change refuses itself, the authority was revoked, or the lane cannot make it.
    pub async fn change_when_room<T, E, F>(
        self: &Arc<Self>,
        by: &Authority,
        change: F,
    ) -> Result<T, ChangeError<E>>
    where
        F: FnOnce(&mut Change<'_>) -> Result<T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: Send + 'static,
    {
        loop {
            match self.change_as(by.clone(), change.clone()).await {
                Err(ChangeError::Lane(LaneError::Full)) => tokio::time::sleep(PAUSE).await,
                made => return made,
            }
        }
    }

    /// As [`change_when_room`](Self::change_when_room), for a change that never refuses itself.
    ///
    /// # Errors
    /// Where the authority was revoked, or the lane cannot make it.
    pub async fn note_when_room<F>(
        self: &Arc<Self>,
        by: &Authority,
        note: F,
    ) -> Result<(), LaneError>
    where
        F: FnOnce(&mut Change<'_>) + Clone + Send + 'static,
    {
        let change = move |change: &mut Change<'_>| {
            note(change);
            Ok::<(), std::convert::Infallible>(())
        };
        match self.change_when_room(by, change).await {
            Ok(()) => Ok(()),
            Err(ChangeError::Refused(never)) => match never {},
            Err(ChangeError::Lane(error)) => Err(error),
        }
    }
}
