//! A host of one tenant over a store in memory, for tests of what goes on beside its lanes.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::lane::{Actor, Change, Lane, Services};
use crate::store::key::TenantId;
use crate::store::memory::MemoryBackend;
use crate::store::{CommitLimits, Store};
use crate::tenant::{Answer, Team, TeamKind};

pub(crate) struct MemoryHost {
    pub(crate) app: Arc<App>,
    pub(crate) lane: Arc<Lane>,
    pub(crate) tenant: TenantId,
    pub(crate) backend: Arc<MemoryBackend>,
    directory: tempfile::TempDir,
}

impl MemoryHost {
    pub(crate) async fn start() -> Self {
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
    pub(crate) async fn restart(self, before: impl FnOnce(&MemoryBackend)) -> Self {
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
    pub(crate) async fn put_team(&self, name: &'static str) {
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

    pub(crate) fn services(&self) -> &Arc<Services> {
        &self.app.services
    }

    /// Makes a change that is durable when it returns.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> T + Send + 'static,
    ) -> T {
        let change = |made: &mut Change<'_>| Ok::<_, std::convert::Infallible>(change(made));
        self.lane.change(change).await.expect("it is durable")
    }

    /// Waits until a write failed for want of room.
    pub(crate) async fn until_a_write_failed(&self) {
        let store = &self.app.services.store;
        until(|| store.trouble()).await;
    }
}

/// Waits until there is something.
pub(crate) async fn until<T>(mut there: impl FnMut() -> Option<T>) -> T {
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
    App::start_over(config, store, Clock::default(), [0; 32], compiler).expect("the host starts")
}
