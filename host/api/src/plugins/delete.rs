//! Deleting a plugin that was never used.

use std::sync::Arc;

use axum::extract::State;
use axum::response::NoContent;

use super::{PluginPath, find_plugin};
use crate::blocking::blocking;
use crate::caller::UserCaller;
use crate::http::{ETag, Params, Preconditions, Problem};
use app::App;
use app::plugin_uses::{self, PluginUse};
use engine::lane::Change;
use store::key::Record;
use tenant::{Permission, PublishedPlugin};

pub(super) async fn delete_plugin(
    State(app): State<Arc<App>>,
    caller: UserCaller,
    Params(path): Params<PluginPath>,
    preconditions: Preconditions,
) -> Result<NoContent, Problem> {
    caller.require(Permission::PluginWrite)?;
    let (name, version) = (path.name.0.as_str().to_owned(), path.version);
    find_plugin(&caller.definitions(), &name, &version)?;
    let recorded = {
        let (services, tenant) = (app.services.clone(), caller.tenant);
        let (name, version) = (name.clone(), version.clone());
        let read = move || plugin_uses::recorded(&services.store, tenant, &name, &version);
        blocking(read).await??
    };
    let actor = caller.actor();
    let delete = move |change: &mut Change<'_>| {
        let plugin = find_plugin(change.definitions(), &name, &version)?;
        preconditions.check(Some(&ETag::of_content(plugin.digest.as_bytes())))?;
        let mut uses = plugin_uses::defined(change.definitions(), &name, &version);
        uses.extend(recorded);
        check_unused(&plugin, &uses)?;
        let key = format!("{name}/{version}");
        change.remove::<PublishedPlugin>(&key);
        change.delete_record(&Record::PluginComponent {
            plugin: name,
            version,
        });
        change.audit(&actor, "plugin.delete", key);
        Ok::<_, Problem>(())
    };
    caller.change(delete).await?;
    app.services.plugins.sweep().await;
    Ok(NoContent)
}

fn check_unused(plugin: &PublishedPlugin, uses: &[PluginUse]) -> Result<(), Problem> {
    if uses.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "plugin {} {} is used, or was: {}; what it said must stay reproducible, so it cannot be deleted",
        plugin.name,
        plugin.version,
        plugin_uses::listed(uses)
    )))
}
