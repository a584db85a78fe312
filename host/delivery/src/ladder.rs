//! When a delivery is tried again.

use std::time::Duration;

use domain::time::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Seconds from each try to the next; after the last of them a delivery has failed.
const STEPS: [u64; 9] = [
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

/// By how much of itself a step may be shorter or longer, so that what failed together does not come back together.
const JITTER: f64 = 0.2;

/// The longest that a receiver may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * HOUR);

/// When to try again after so many tries, of which the last ended at `at`; none after the last.
///
/// `luck`, from -1 to 1, chooses the jitter. A receiver's `Retry-After` makes it later, not earlier.
pub(super) fn next_try(
    tries: u32,
    at: Timestamp,
    retry_after: Option<Duration>,
    luck: f64,
) -> Option<Timestamp> {
    let step = STEPS.get(usize::try_from(tries).ok()?.checked_sub(1)?)?;
    let step = Duration::from_secs(*step).mul_f64(1.0 + JITTER * luck.clamp(-1.0, 1.0));
    let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
    let wait = i64::try_from(step.max(asked).as_micros()).unwrap_or(i64::MAX);
    Some(Timestamp::from_micros(at.as_micros().saturating_add(wait)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tries: u32, retry_after: Option<u64>, luck: f64) -> Option<f64> {
        let at = Timestamp::from_micros(1_000_000);
        let next = next_try(tries, at, retry_after.map(Duration::from_secs), luck)?;
        Some((next.as_micros() - at.as_micros()) as f64 / 1e6)
    }

    #[test]
    fn each_step_is_longer_and_the_last_is_the_end() {
        let steps: Vec<f64> = (1..).map_while(|tries| seconds(tries, None, 0.0)).collect();
        let expect = [
            5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0,
        ];
        assert_eq!(steps, expect);
        assert_eq!(seconds(0, None, 0.0), None);
        assert_eq!(seconds(10, Some(1), 0.0), None);
    }

    #[test]
    fn jitter_is_a_fifth_and_a_receiver_is_not_asked_before_it_wants() {
        let check = |tries, retry_after, luck, expect: f64| {
            let waited = seconds(tries, retry_after, luck).expect("another try");
            assert!((waited - expect).abs() < 1e-3, "{waited} {expect}");
        };
        check(2, None, -1.0, 240.0);
        check(2, None, 1.0, 360.0);
        check(2, None, 99.0, 360.0);
        check(1, Some(120), -1.0, 120.0);
        check(3, Some(120), 0.0, 1800.0);
        check(1, Some(1_000_000), 0.0, 86_400.0);
    }
}
