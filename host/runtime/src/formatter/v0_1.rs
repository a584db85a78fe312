//! `vervet:plugin/formatter@0.1.0`: its bindings, and what they are in the host's words.

use domain::column::{TextLists, Texts};
use domain::rule::Level;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use super::columns::AlertColumns;
use super::layout::{ColumnType, Layout, LayoutColumn};
use super::run::Context;
use crate::call::State;
use crate::contract::v0_1::{formatter as wit, types as wit_types};
use crate::manifest::{Description, FormatterDescription};

/// A component that fits the contract, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Prepared {
    component: InstancePre<State>,
    exports: wit::GuestIndices,
}

/// One instance.
pub(crate) use wit::Guest as Instance;

impl Prepared {
    pub(crate) fn new(component: InstancePre<State>) -> wasmtime::Result<Self> {
        let exports = wit::GuestIndices::new(&component)?;
        Ok(Self { component, exports })
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.component.engine()
    }

    pub(crate) fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        let instance = self.component.instantiate(&mut *store)?;
        self.exports.load(store, &instance)
    }
}

/// What the formatter says of itself, unchecked.
pub(crate) fn describe(
    guest: &wit::Guest,
    store: &mut Store<State>,
) -> wasmtime::Result<FormatterDescription> {
    let said = guest.call_describe(store)?;
    Ok(FormatterDescription {
        common: Description {
            name: said.name,
            version: said.version,
            title: said.title,
            description: said.description,
            config_schema: said.config_schema,
        },
        media_type: said.media_type,
        file_extension: said.file_extension,
    })
}

/// The layout of a configuration's files, unchecked, or what is wrong with it.
pub(crate) fn layout_of(
    guest: &wit::Guest,
    store: &mut Store<State>,
    config: &str,
) -> wasmtime::Result<Result<Layout, String>> {
    let said = guest.call_layout_of(store, &config.to_owned())?;
    Ok(said.map(|layout| Layout {
        version: layout.version,
        columns: layout
            .columns
            .into_iter()
            .map(|column| LayoutColumn {
                name: column.name,
                column_type: column_type(column.column_type),
                max_bytes: column.max_bytes,
            })
            .collect(),
    }))
}

/// The first bytes of a file.
pub(crate) fn open(
    guest: &wit::Guest,
    store: &mut Store<State>,
    config: &str,
    context: &Context,
) -> wasmtime::Result<Result<Vec<u8>, String>> {
    let context = wit::Context {
        tenant: &context.tenant,
        timezone: &context.timezone,
        snapshot_at: context.snapshot_at.as_micros(),
    };
    guest.call_open(store, &config.to_owned(), context)
}

/// The bytes of a batch of alerts.
pub(crate) fn write(
    guest: &wit::Guest,
    store: &mut Store<State>,
    alerts: &AlertColumns,
) -> wasmtime::Result<Result<Vec<u8>, String>> {
    let severity = levels(&alerts.severity);
    let priority = levels(&alerts.priority);
    let more: Vec<_> = alerts
        .more
        .iter()
        .map(|(name, values)| (name.as_str(), texts(values)))
        .collect();
    let lent = wit::Alerts {
        count: alerts.len() as u32,
        id: texts(&alerts.id),
        team: texts(&alerts.team),
        dprofile_id: texts(&alerts.dprofile_id),
        user_id: texts(&alerts.user_id),
        title: texts(&alerts.title),
        incident_type: texts(&alerts.incident_type),
        state: texts(&alerts.state),
        severity: &severity,
        priority: &priority,
        due_date: &alerts.due_date,
        labels: lists(&alerts.labels),
        rule: texts(&alerts.rule),
        score: &alerts.score,
        txn_ids: lists(&alerts.txn_ids),
        info: texts(&alerts.info),
        findings: lists(&alerts.findings),
        comments: lists(&alerts.comments),
        created_at: &alerts.created_at,
        updated_at: &alerts.updated_at,
        closed_at: &alerts.closed_at,
        more: &more,
    };
    guest.call_write(store, lent)
}

/// The last bytes of a file.
pub(crate) fn close(
    guest: &wit::Guest,
    store: &mut Store<State>,
) -> wasmtime::Result<Result<Vec<u8>, String>> {
    guest.call_close(store)
}

fn texts(texts: &Texts) -> wit_types::Texts<'_> {
    wit_types::Texts {
        bytes: &texts.bytes,
        ends: &texts.ends,
    }
}

fn lists(lists: &TextLists) -> wit_types::TextLists<'_> {
    wit_types::TextLists {
        texts: texts(&lists.texts),
        ends: &lists.ends,
    }
}

fn levels(levels: &[Level]) -> Vec<wit_types::Level> {
    let lent = |level: &Level| match level {
        Level::Low => wit_types::Level::Low,
        Level::Medium => wit_types::Level::Medium,
        Level::High => wit_types::Level::High,
    };
    levels.iter().map(lent).collect()
}

fn column_type(said: wit::ColumnType) -> ColumnType {
    match said {
        wit::ColumnType::Text => ColumnType::Text,
        wit::ColumnType::Integer => ColumnType::Integer,
        wit::ColumnType::Decimal => ColumnType::Decimal,
        wit::ColumnType::Boolean => ColumnType::Boolean,
        wit::ColumnType::Timestamp => ColumnType::Timestamp,
        wit::ColumnType::Date => ColumnType::Date,
        wit::ColumnType::Json => ColumnType::Json,
    }
}
