//! Who waits for the answers of posted transactions. A turn may come to some of them only; the answers are given when
//! all are there.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::answer::{Ingested, LaneError};

/// Where all answers of one request go.
pub(super) type AnswerSender = oneshot::Sender<Result<Vec<Ingested>, LaneError>>;

/// Requests in the order of their transactions, as far as these have no place yet.
#[derive(Default)]
pub(super) struct Waiters(VecDeque<Waiter>);

struct Waiter {
    /// Transactions that have no place yet.
    left: usize,
    request: Arc<Request>,
}

/// One request, and its answers by now.
struct Request {
    count: usize,
    answering: Mutex<Answering>,
}

struct Answering {
    answers: Vec<Ingested>,
    /// None once it is used.
    to: Option<AnswerSender>,
}

/// Requests whose transactions got places in one turn, and how many of each.
pub(super) struct Placed(Vec<(usize, Arc<Request>)>);

impl Waiters {
    /// Adds a request for the answers of so many transactions.
    pub(super) fn push(&mut self, count: usize, to: AnswerSender) {
        let answering = Mutex::new(Answering {
            answers: Vec::with_capacity(count),
            to: Some(to),
        });
        self.0.push_back(Waiter {
            left: count,
            request: Arc::new(Request { count, answering }),
        });
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the requests whose transactions are the next `count`; one may stay with the rest of its transactions.
    pub(super) fn place(&mut self, mut count: usize) -> Placed {
        let mut placed = Vec::new();
        while let Some(first) = self.0.front_mut() {
            let taken = first.left.min(count);
            count -= taken;
            first.left -= taken;
            placed.push((taken, first.request.clone()));
            if first.left > 0 {
                break;
            }
            self.0.pop_front();
        }
        Placed(placed)
    }

    /// Answers that none of them could be done.
    pub(super) fn fail(self, error: &LaneError) {
        for waiter in self.0 {
            waiter.request.fail(error);
        }
    }
}

impl Placed {
    /// Gives one answer for each transaction, in their order.
    pub(super) fn give(self, mut answers: impl Iterator<Item = Ingested>) {
        for (taken, request) in self.0 {
            request.give(answers.by_ref().take(taken));
        }
    }

    /// Answers that none of them could be done.
    pub(super) fn fail(self, error: &LaneError) {
        for (_, request) in self.0 {
            request.fail(error);
        }
    }
}

impl Request {
    fn give(&self, more: impl Iterator<Item = Ingested>) {
        let mut answering = self.answering.lock();
        answering.answers.extend(more);
        if answering.answers.len() == self.count
            && let Some(to) = answering.to.take()
        {
            // Whoever asked may have gone; the transactions stand all the same.
            let _ = to.send(Ok(std::mem::take(&mut answering.answers)));
        }
    }

    fn fail(&self, error: &LaneError) {
        if let Some(to) = self.answering.lock().to.take() {
            let _ = to.send(Err(error.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflicts(count: usize) -> impl Iterator<Item = Ingested> {
        std::iter::repeat_with(|| Ingested::Conflict).take(count)
    }

    #[test]
    fn a_request_is_answered_once_all_its_transactions_are() {
        let mut waiters = Waiters::default();
        let mut asked: Vec<_> = [2, 0, 3, 1]
            .into_iter()
            .map(|count| {
                let (to, asked) = oneshot::channel();
                waiters.push(count, to);
                asked
            })
            .collect();
        let mut answered = |expect: &[Option<usize>]| {
            let answers = asked.iter_mut().map(|asked| asked.try_recv().ok());
            let counts: Vec<_> = answers
                .map(|answer| answer.map(|answer| answer.map_or(99, |answers| answers.len())))
                .collect();
            assert_eq!(counts, expect);
        };
        let first = waiters.place(3);
        let second = waiters.place(1);
        answered(&[None; 4]);
        first.give(conflicts(3));
        answered(&[Some(2), Some(0), None, None]);
        second.give(conflicts(1));
        answered(&[None; 4]);
        waiters.place(2).give(conflicts(2));
        answered(&[None, None, Some(3), Some(1)]);
    }

    #[test]
    fn a_request_fails_as_a_whole() {
        let mut waiters = Waiters::default();
        let (to, mut asked) = oneshot::channel();
        waiters.push(3, to);
        let first = waiters.place(1);
        waiters.fail(&LaneError::Stopping);
        assert!(matches!(asked.try_recv(), Ok(Err(LaneError::Stopping))));
        first.give(conflicts(1));
    }
}
