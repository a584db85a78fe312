//! Guessing passwords is slow: a login that failed too often waits, and an address tries only so often.

use std::collections::HashMap;
use std::net::IpAddr;

use base::naming;
use domain::time::Timestamp;
use parking_lot::Mutex;
use store::key::TenantId;

/// After so many failures a login waits.
const FAILURES: u32 = 5;
/// Failures count for so long, in seconds.
const WINDOW_SECONDS: u64 = 15 * 60;
/// The first wait, in seconds; each further failure doubles it.
const FIRST_WAIT_SECONDS: u64 = 30;
/// The longest wait, in seconds.
const LONGEST_WAIT_SECONDS: u64 = 15 * 60;
/// Attempts of one address within [`ADDRESS_SECONDS`].
const ADDRESS_ATTEMPTS: u32 = 30;
/// See [`ADDRESS_ATTEMPTS`].
const ADDRESS_SECONDS: u64 = 60;
/// So many logins, and so many addresses, are remembered before those of long ago are forgotten.
const BETWEEN_SWEEPS: usize = 4_096;

/// A login of a tenant, whether or not there is such a user: however it is written it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login {
    tenant: TenantId,
    look: String,
}

/// Too many attempts: the next one may be made after so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts to sign in; try again in {seconds} s")]
pub struct Delay {
    /// Seconds from now on.
    pub seconds: u64,
}

/// Attempts to sign in, lately.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    logins: HashMap<Login, Failures>,
    addresses: HashMap<IpAddr, Tried>,
}

#[derive(Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
    /// No attempt is looked at before.
    until: Timestamp,
}

#[derive(Debug)]
struct Tried {
    count: u32,
    since: Timestamp,
}

impl Login {
    /// What somebody typed.
    pub fn new(tenant: TenantId, text: &str) -> Self {
        Self {
            tenant,
            look: naming::look(text.trim()),
        }
    }
}

impl Attempts {
    /// Begins an attempt, which counts as a failure until it [succeeded](Self::succeeded): so attempts at the same time are
    /// all counted before any of them is looked at. Answers the wait that it begins, if it does.
    ///
    /// # Errors
    /// Where it comes too early.
    pub fn begin(
        &self,
        login: &Login,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Option<Delay>, Delay> {
        let mut state = self.0.lock();
        if let Some(address) = address {
            state.count_address(address, now)?;
        }
        if state.logins.len() >= BETWEEN_SWEEPS {
            state.logins.retain(|_, failures| failures.is_recent(now));
        }
        let failures = state.logins.entry(login.clone()).or_insert(Failures {
            count: 0,
            last: now,
            until: now,
        });
        if failures.until > now {
            return Err(delay(now, failures.until));
        }
        if !failures.is_recent(now) {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        let Some(beyond) = failures.count.checked_sub(FAILURES) else {
            return Ok(None);
        };
        let seconds = FIRST_WAIT_SECONDS << beyond.min(10);
        let seconds = seconds.min(LONGEST_WAIT_SECONDS);
        failures.until = now.plus_seconds(seconds);
        Ok(Some(Delay { seconds }))
    }

    /// Takes an attempt back that was not looked at.
    pub fn withdraw(&self, login: &Login) {
        if let Some(failures) = self.0.lock().logins.get_mut(login) {
            failures.count = failures.count.saturating_sub(1);
            failures.until = failures.last;
        }
    }

    /// Forgets the failures of a login.
    pub fn succeeded(&self, login: &Login) {
        self.0.lock().logins.remove(login);
    }
}

impl Failures {
    /// Whether it counts still: the window begins when the last wait is over.
    fn is_recent(&self, now: Timestamp) -> bool {
        self.last.max(self.until).plus_seconds(WINDOW_SECONDS) > now
    }
}

impl State {
    fn count_address(&mut self, address: IpAddr, now: Timestamp) -> Result<(), Delay> {
        let is_over = |tried: &Tried| tried.since.plus_seconds(ADDRESS_SECONDS) <= now;
        if self.addresses.len() >= BETWEEN_SWEEPS {
            self.addresses.retain(|_, tried| !is_over(tried));
        }
        let tried = self.addresses.entry(address).or_insert(Tried {
            count: 0,
            since: now,
        });
        if is_over(tried) {
            *tried = Tried {
                count: 0,
                since: now,
            };
        }
        if tried.count >= ADDRESS_ATTEMPTS {
            return Err(delay(now, tried.since.plus_seconds(ADDRESS_SECONDS)));
        }
        tried.count += 1;
        Ok(())
    }
}

fn delay(now: Timestamp, until: Timestamp) -> Delay {
    let micros = until.as_micros().saturating_sub(now.as_micros()).max(0);
    Delay {
        seconds: u64::try_from(micros)
            .unwrap_or_default()
            .div_ceil(1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(seconds)
    }

    fn login(text: &str) -> Login {
        Login::new(TenantId(1), text)
    }

    #[test]
    fn each_failure_beyond_the_fifth_doubles_the_wait() {
        let attempts = Attempts::default();
        let anna = login("anna");
        for _ in 0..4 {
            assert_eq!(attempts.begin(&anna, None, at(0)), Ok(None));
        }
        let mut now = 0;
        for seconds in [30, 60, 120, 240, 480, 900, 900] {
            let begun = attempts.begin(&anna, None, at(now));
            assert_eq!(begun, Ok(Some(Delay { seconds })));
            let early = attempts.begin(&anna, None, at(now + seconds - 1));
            assert_eq!(early, Err(Delay { seconds: 1 }));
            now += seconds;
        }
        // However it is written it is the same login, and others do not wait.
        assert!(attempts.begin(&anna, None, at(now)).is_ok());
        assert!(attempts.begin(&login(" ANNA"), None, at(now)).is_err());
        assert!(attempts.begin(&login("bert"), None, at(now)).is_ok());
    }

    #[test]
    fn attempts_at_the_same_time_are_counted_before_any_is_looked_at() {
        let attempts = Attempts::default();
        let anna = login("anna");
        let begun = (0..20).filter(|_| attempts.begin(&anna, None, at(0)).is_ok());
        assert_eq!(begun.count(), 5);
    }

    #[test]
    fn failures_are_forgotten_after_a_while_and_by_the_right_password() {
        let attempts = Attempts::default();
        let anna = login("anna");
        for second in 0..4 {
            assert_eq!(attempts.begin(&anna, None, at(second)), Ok(None));
        }
        for _ in 0..4 {
            assert_eq!(attempts.begin(&anna, None, at(1_000)), Ok(None));
        }
        attempts.succeeded(&anna);
        assert_eq!(attempts.begin(&anna, None, at(1_001)), Ok(None));
        for _ in 0..10 {
            assert_eq!(attempts.begin(&anna, None, at(1_001)), Ok(None));
            attempts.withdraw(&anna);
        }
    }

    #[test]
    fn an_address_tries_thirty_times_a_minute_whatever_the_login() {
        let attempts = Attempts::default();
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        for number in 0..30 {
            let login = login(&format!("user{number}"));
            assert_eq!(attempts.begin(&login, address, at(0)), Ok(None));
        }
        let refused = attempts.begin(&login("another"), address, at(20));
        assert_eq!(refused, Err(Delay { seconds: 40 }));
        assert!(attempts.begin(&login("another"), address, at(60)).is_ok());
    }
}
