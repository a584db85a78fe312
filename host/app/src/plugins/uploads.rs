//! Uploads of plugins that are being compiled, or were not long ago.
//!
//! They are held in memory alone. A stop of the host ends them, and whoever asks for one afterwards learns that it is
//! not known; nothing is lost by that, since publishing the same bytes again is safe.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::publish::PublishPluginError;
use crate::caller::{Caller, Forbidden};
use base::clock::Clock;
use base::shares::{ShareLimits, Shares};
use store::key::TenantId;
use tenant::{Permission, PublishedPlugin};

/// How long it is kept what an upload came to, in microseconds.
const KEPT_MICROS: i64 = 60 * 60 * 1_000_000;

/// Uploads of one tenant that are compiled or wait for it.
const MAX_OF_TENANT: usize = 4;

/// Uploads of all tenants that are compiled or wait for it: each is held in memory. The first one of a tenant is taken
/// all the same, so that other tenants cannot keep it out.
const MAX: usize = 32;

/// What an upload came to: a plugin and what the checks found, or why it is none.
pub type Outcome = Result<Uploaded, PublishPluginError>;

/// An upload that is published.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// The plugin.
    pub plugin: Arc<PublishedPlugin>,
    /// Whether it was not there before.
    pub fresh: bool,
    /// What the checks found, one sentence each.
    pub checks: Vec<String>,
}

/// An upload, as far as it is.
#[derive(Clone, Debug)]
pub struct Upload {
    /// How many bytes were uploaded.
    pub bytes: u64,
    /// When it came.
    pub begun_at: Timestamp,
    /// What it came to; none while it is compiled.
    pub ended: Option<Arc<Ended>>,
}

/// An upload that is no longer compiled.
#[derive(Debug)]
pub struct Ended {
    /// Since when.
    pub at: Timestamp,
    /// What it came to.
    pub outcome: Outcome,
}

/// Why an upload is not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// By the tenant.
    #[error(
        "{MAX_OF_TENANT} plugins that this tenant uploaded are being compiled; wait for one of them"
    )]
    TooManyOfTenant,
    /// By all tenants together.
    #[error("as many plugins are being compiled as the host takes; try again")]
    TooMany,
}

/// The tenant has no upload of this id, or has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no upload {0}; uploads are forgotten an hour after their end, and when the host stops: \
     if its plugin is not among those that are published, upload the same bytes again"
)]
pub struct NoSuchUpload(pub Uuid);

/// Why an upload cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadUploadError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such upload.
    #[error(transparent)]
    NoSuchUpload(#[from] NoSuchUpload),
}

/// All uploads. Clones are the same.
#[derive(Clone)]
pub struct Uploads {
    clock: Clock,
    /// Tenants compile in turn.
    turns: Shares<TenantId>,
    held: Arc<Mutex<HashMap<(TenantId, Uuid), Held>>>,
}

struct Held {
    bytes: u64,
    begun_at: Timestamp,
    ended: watch::Receiver<Option<Arc<Ended>>>,
    work: AbortHandle,
}

/// An upload that was begun just now.
pub struct Begun {
    uploads: Uploads,
    key: (TenantId, Uuid),
    bytes: u64,
    begun_at: Timestamp,
    ended: watch::Receiver<Option<Arc<Ended>>>,
}

/// Reads how far an upload of the caller's tenant is.
///
/// # Errors
/// Where the caller may not, or there is no such upload.
pub fn read(uploads: &Uploads, caller: &Caller, id: Uuid) -> Result<Upload, ReadUploadError> {
    caller.require(Permission::PluginWrite)?;
    let upload = uploads.get(caller.tenant, id);
    Ok(upload.ok_or(NoSuchUpload(id))?)
}

impl Uploads {
    /// None yet; so many are compiled at the same time.
    pub fn new(clock: Clock, at_once: usize) -> Self {
        Self {
            clock,
            turns: Shares::new(ShareLimits {
                at_once,
                at_once_per_tenant: at_once.div_ceil(2),
                waiting_per_tenant: MAX_OF_TENANT,
            }),
            held: Arc::default(),
        }
    }

    /// Begins the work of an upload of so many bytes, within a tokio runtime. It goes on whether or not anybody waits.
    ///
    /// # Errors
    /// Where too many are under way.
    pub fn begin(
        &self,
        tenant: TenantId,
        bytes: u64,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> Result<Begun, BeginError> {
        let begun_at = self.clock.now();
        let mut held = self.held.lock();
        held.retain(|_, upload| !upload.is_outdated(begun_at));
        let under_way = |(_, upload): &(_, &Held)| upload.is_under_way();
        let of_all = held.iter().filter(under_way);
        let of_tenant = of_all.clone().filter(|((of, _), _)| *of == tenant);
        let of_tenant = of_tenant.count();
        if of_tenant >= MAX_OF_TENANT {
            return Err(BeginError::TooManyOfTenant);
        }
        if of_tenant > 0 && of_all.count() >= MAX {
            return Err(BeginError::TooMany);
        }
        let (tell, ended) = watch::channel(None);
        let (clock, turns) = (self.clock.clone(), self.turns.clone());
        let work = tokio::spawn(async move {
            // No more wait than are begun, so that none is refused here.
            let _turn = turns.turn(tenant).await;
            let outcome = work.await;
            let at = clock.now();
            tell.send_replace(Some(Arc::new(Ended { at, outcome })));
        });
        let key = (tenant, Uuid::now_v7());
        let upload = Held {
            bytes,
            begun_at,
            ended: ended.clone(),
            work: work.abort_handle(),
        };
        held.insert(key, upload);
        Ok(Begun {
            uploads: self.clone(),
            key,
            bytes,
            begun_at,
            ended,
        })
    }

    /// An upload of the tenant.
    pub fn get(&self, tenant: TenantId, id: Uuid) -> Option<Upload> {
        let held = self.held.lock();
        let upload = held.get(&(tenant, id))?;
        (!upload.is_outdated(self.clock.now())).then(|| Upload {
            bytes: upload.bytes,
            begun_at: upload.begun_at,
            ended: upload.ended(),
        })
    }

    /// Ends those that are under way, and the processes that compile for them.
    pub fn stop(&self) {
        for (_, upload) in self.held.lock().drain() {
            upload.work.abort();
        }
    }
}

impl Begun {
    /// By which it is found.
    pub fn id(&self) -> Uuid {
        self.key.1
    }

    /// As far as it is.
    pub fn upload(&self) -> Upload {
        Upload {
            bytes: self.bytes,
            begun_at: self.begun_at,
            ended: self.ended.borrow().clone(),
        }
    }

    /// Waits for its end, so long at most. An upload whose end was told is not kept any longer.
    pub async fn ended(&mut self, within: Duration) -> Option<Arc<Ended>> {
        let ended = self.ended.wait_for(Option::is_some);
        let ended = match tokio::time::timeout(within, ended).await {
            Ok(Ok(ended)) => ended.clone(),
            Ok(Err(_)) => Some(lost(self.uploads.clock.now())),
            Err(_) => None,
        };
        if ended.is_some() {
            self.uploads.held.lock().remove(&self.key);
        }
        ended
    }
}

impl Held {
    fn is_under_way(&self) -> bool {
        self.ended().is_none()
    }

    fn ended(&self) -> Option<Arc<Ended>> {
        let ended = self.ended.borrow().clone();
        let is_lost = ended.is_none() && self.ended.has_changed().is_err();
        if is_lost {
            return Some(lost(self.begun_at));
        }
        ended
    }

    fn is_outdated(&self, now: Timestamp) -> bool {
        self.ended()
            .is_some_and(|ended| now.as_micros() - ended.at.as_micros() > KEPT_MICROS)
    }
}

/// The end of an upload whose work panicked.
fn lost(at: Timestamp) -> Arc<Ended> {
    let outcome = Err(PublishPluginError::Lost);
    Arc::new(Ended { at, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn refused() -> Outcome {
        Err(PublishPluginError::TooMany(7))
    }

    fn detail(ended: Option<Arc<Ended>>) -> Option<String> {
        let ended = ended?;
        let error = ended.outcome.as_ref().err();
        Some(error.expect("it was refused").to_string())
    }

    #[tokio::test]
    async fn an_upload_is_kept_until_its_end_was_told() {
        let clock = Clock::default();
        let uploads = Uploads::new(clock.clone(), 2);
        let (finish, finished) = tokio::sync::oneshot::channel();
        let work = async { finished.await.expect("it is finished") };
        let mut begun = uploads.begin(TenantId(1), 8, work).expect("there is room");
        assert!(begun.ended(Duration::ZERO).await.is_none());
        let (id, get) = (begun.id(), |tenant, id| uploads.get(TenantId(tenant), id));
        assert_eq!(get(1, id).expect("it is known").bytes, 8);
        assert!(get(2, id).is_none(), "it is another tenant's");

        let expect = Some(PublishPluginError::TooMany(7).to_string());
        finish.send(refused()).expect("it waits");
        assert_eq!(
            detail(
                begun
                    .ended
                    .wait_for(Option::is_some)
                    .await
                    .expect("an end")
                    .clone()
            ),
            expect
        );
        assert_eq!(detail(get(1, id).expect("it is known").ended), expect);
        clock.advance(Duration::from_micros(KEPT_MICROS as u64 + 1));
        assert!(get(1, id).is_none(), "it was kept for long enough");
        begun.ended(PATIENCE).await.expect("whoever waits is told");
        assert!(uploads.held.lock().is_empty());
    }

    #[tokio::test]
    async fn so_many_are_under_way_at_most() {
        let uploads = Uploads::new(Clock::default(), 2);
        let begin = |tenant| uploads.begin(TenantId(tenant), 1, std::future::pending());
        for tenant in 0..(MAX / MAX_OF_TENANT) as u64 {
            for _ in 0..MAX_OF_TENANT {
                begin(tenant).map(|_| ()).expect("there is room");
            }
            let refused = begin(tenant).err();
            assert_eq!(refused, Some(BeginError::TooManyOfTenant));
        }
        begin(99).map(|_| ()).expect("others do not keep it out");
        assert_eq!(begin(99).err(), Some(BeginError::TooMany));
        uploads.stop();
        begin(99).map(|_| ()).expect("there is room again");
    }

    #[tokio::test]
    async fn work_that_panics_has_an_end() {
        let uploads = Uploads::new(Clock::default(), 2);
        let work = async { panic!("as a bug would have it") };
        let begun = uploads.begin(TenantId(1), 1, work).expect("there is room");
        let ended = begun
            .ended
            .clone()
            .wait_for(Option::is_some)
            .await
            .map(|_| ());
        assert!(ended.is_err(), "nobody told an end");
        let upload = uploads.get(TenantId(1), begun.id()).expect("it is known");
        assert_eq!(
            detail(upload.ended),
            Some(PublishPluginError::Lost.to_string())
        );
    }
}
