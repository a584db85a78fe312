//! Creating a tenant: the records that it begins with.

use std::sync::Arc;

use super::stored::TENANT_PREFIX;
use crate::App;
use engine::alert::open;
use engine::lane::{Actor, AuditEntry, AuditRecord, DefinitionChange, Mark};
use store::Batch;
use store::key::{Key, Record, TenantId};
use tenant::{Definition, Definitions, Tenant};

/// Why a tenant is not created.
#[derive(Debug, thiserror::Error)]
pub enum AddTenantError {
    /// Another tenant has the name.
    #[error("there is a tenant '{0}' already")]
    Exists(String),
    /// The store could not make it durable.
    #[error(transparent)]
    Commit(#[from] store::CommitError),
}

impl App {
    /// Creates a tenant. Its number is the next one.
    ///
    /// # Errors
    /// Where the name is taken, or the store fails.
    pub async fn create_tenant(
        &self,
        name: &str,
        title: &str,
        timezone: &str,
    ) -> Result<Arc<Tenant>, AddTenantError> {
        let _one_at_a_time = self.creating.lock().await;
        if self.tenant_named(name).is_some() {
            return Err(AddTenantError::Exists(name.to_owned()));
        }
        let last = self.tenants.read().by_id.keys().max().map_or(0, |id| id.0);
        let tenant = Arc::new(Tenant {
            id: last + 1,
            name: name.to_owned(),
            title: title.to_owned(),
            timezone: timezone.to_owned(),
            created_at: self.services.clock.now().as_micros(),
            suspended: false,
            hash_key: rand::random(),
        });
        let id = TenantId(tenant.id);
        let mut batch = Batch::new();
        let listed = Record::Host {
            name: format!("{TENANT_PREFIX}{:020}", tenant.id),
        };
        batch.put(Key::new(TenantId::HOST, &listed), name.as_bytes().to_vec());
        let created = AuditEntry {
            at: tenant.created_at,
            actor: Actor::Administrator,
            action: "tenant.create".to_owned(),
            subject: name.to_owned(),
            changes: vec![DefinitionChange::made(&tenant.hash_key, &*tenant)],
            more_changes: 0,
        };
        let first = Key::new(id, &Record::Audit { position: 1 });
        batch.put(first, AuditRecord::first(1, vec![created]));
        let definition = Record::Definition {
            kind: Tenant::KIND as u8,
            name: tenant.key(),
        };
        let value = serde_json::to_vec(&*tenant).expect("a tenant has only string keys");
        batch.put(Key::new(id, &definition), value);
        open::note_count(&mut batch, id, 0, 1);
        let mark = Mark::current();
        if let Some(mark) = &mark {
            mark.write(&mut batch);
        }
        self.services.store.commit_wait(batch).await?;
        if let Some(mark) = mark {
            mark.set_durable();
        }

        let mut definitions = Definitions::default();
        definitions.tenants.put(tenant.clone());
        if let Some(lanes) = &*self.lanes.lock() {
            let lane = lanes.lane(id, definitions);
            let mut tenants = self.tenants.write();
            tenants.by_id.insert(id, lane);
            tenants.by_name.insert(name.to_owned(), id);
        }
        Ok(tenant)
    }
}
