//! A host of one tenant over a store in memory, for tests of what goes on beside its lanes.

use std::sync::Arc;
use std::time::Duration;

use crate::App;
use base::clock::Clock;
use config::Config;
use engine::lane::{Actor, Change, Lane, Services};
use store::key::TenantId;
use store::memory::MemoryBackend;
use store::{CommitLimits, Store};
use tenant::{Answer, Team, TeamKind};

/// The host, and what tests reach for in it.
pub struct MemoryHost {
    /// What is wired to what.
    pub app: Arc<App>,
    /// The tenant's lane.
    pub lane: Arc<Lane>,
    /// The tenant, which is called `athora`.
    pub tenant: TenantId,
    /// Where the store keeps everything.
    pub backend: Arc<MemoryBackend>,
    directory: tempfile::TempDir,
}

impl MemoryHost {
    /// Starts it, and creates the tenant.
    ///
    /// # Panics
    /// Where that fails.
    pub async fn start() -> Self {
        let backend = Arc::new(MemoryBackend::new());
        let directory = tempfile::tempdir().expect("a directory");
        let app = start(&backend, &directory);
        let tenant = app
            .create_tenant("athora", "Athora", "Europe/Brussels")
            .await
            .expect("a tenant");
        let tenant = TenantId(tenant.id);
        let lane = app.lane(tenant).expect("its lane");
        Self {
            app,
            lane,
            tenant,
            backend,
            directory,
        }
    }

    /// Starts another host over what is durable, after `before` was done to the store.
    pub async fn restart(self, before: impl FnOnce(&MemoryBackend)) -> Self {
        self.app.stop(Duration::from_secs(1)).await;
        let backend = Arc::new(self.backend.power_cut(0));
        before(&backend);
        let app = start(&backend, &self.directory);
        let lane = app.lane(self.tenant).expect("its lane");
        Self {
            app,
            lane,
            backend,
            ..self
        }
    }

    /// Creates team 1, which has no payload schema.
    pub async fn put_team(&self, name: &'static str) {
        let team = Team {
            id: 1,
            name: name.to_owned(),
            title: name.to_owned(),
            kind: TeamKind::TransactionMonitoring,
            answer: Answer::Full,
            schemas: Vec::new(),
            created_at: 0,
            version: 1,
        };
        let put = move |change: &mut Change<'_>| {
            change.audit(&Actor::Host, "team.create", name);
            change.put(team);
        };
        self.change(put).await;
    }

    /// What lanes work with.
    pub fn services(&self) -> &Arc<Services> {
        &self.app.services
    }

    /// Makes a change that is durable when it returns.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> T + Send + 'static,
    ) -> T {
        let change = |made: &mut Change<'_>| Ok::<_, std::convert::Infallible>(change(made));
        self.lane.change(change).await.expect("it is durable")
    }

    /// Waits until a write failed for want of room.
    pub async fn until_a_write_failed(&self) {
        let store = &self.app.services.store;
        until(|| store.trouble()).await;
    }
}

/// Waits until there is something.
pub async fn until<T>(mut there: impl FnMut() -> Option<T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            if let Some(found) = there() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.expect("it comes within a minute")
}

fn start(backend: &Arc<MemoryBackend>, directory: &tempfile::TempDir) -> Arc<App> {
    let store = Store::over(backend.clone(), CommitLimits::default()).expect("a store");
    let config = Config {
        data: directory.path().to_owned(),
        ..Config::default()
    };
    let compiler = directory.path().join("no-compiler-is-needed");
    App::wire(config, store, Clock::default(), [0; 32], compiler).expect("the host starts")
}
