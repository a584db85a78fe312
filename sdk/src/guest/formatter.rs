//! The world `formatter-plugin`.

use std::marker::PhantomData;

use self::bindings::exports::vervet::plugin::formatter as contract;
use self::bindings::vervet::plugin::types;
use crate::formatter::{Alerts, Column, ColumnType, Context, Formatter, TextLists, Texts};
use crate::{Level, Timestamp};

#[allow(missing_docs, unreachable_pub)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit",
        world: "formatter-plugin",
        pub_export_macro: true,
        export_macro_name: "export_formatter_plugin",
        default_bindings_module: "::vervet_sdk::guest::formatter::bindings",
    });
}

/// Where the exported crate keeps the file that is being written.
pub trait Slot: Formatter + 'static {
    /// Calls back with the file that is being written, if any.
    fn with<T>(act: impl FnOnce(&mut Option<Self>) -> T) -> T;
}

/// Answers the host for the formatter `F`.
pub struct Plugin<F>(PhantomData<F>);

const NOT_OPEN: &str = "no file is open";

impl<F: Slot> contract::Guest for Plugin<F> {
    fn describe() -> contract::Manifest {
        let manifest = F::MANIFEST;
        contract::Manifest {
            name: manifest.name.to_owned(),
            version: manifest.version.to_owned(),
            title: manifest.title.to_owned(),
            description: manifest.description.to_owned(),
            config_schema: crate::config_schema::<F::Config>(),
            media_type: manifest.media_type.to_owned(),
            file_extension: manifest.file_extension.to_owned(),
        }
    }

    fn layout_of(config: String) -> Result<contract::Layout, String> {
        let layout = F::layout(&crate::read_config(&config)?)?;
        Ok(contract::Layout {
            version: layout.version,
            columns: layout.columns.into_iter().map(column).collect(),
        })
    }

    fn open(config: String, context: contract::Context) -> Result<Vec<u8>, String> {
        let context = Context {
            tenant: context.tenant,
            timezone: context.timezone,
            snapshot_at: Timestamp::from_micros(context.snapshot_at),
        };
        let mut out = Vec::new();
        let file = F::open(crate::read_config(&config)?, context, &mut out)?;
        F::with(|slot| *slot = Some(file));
        Ok(out)
    }

    fn write(batch: contract::Alerts) -> Result<Vec<u8>, String> {
        let alerts = alerts(batch)?;
        F::with(|slot| {
            let file = slot.as_mut().ok_or(NOT_OPEN)?;
            // Growing in steps would copy what is written again and again.
            let mut out = Vec::with_capacity(alerts.count * 512);
            file.write(&alerts, &mut out)?;
            Ok(out)
        })
    }

    fn close() -> Result<Vec<u8>, String> {
        let file = F::with(Option::take).ok_or(NOT_OPEN)?;
        let mut out = Vec::new();
        file.close(&mut out)?;
        Ok(out)
    }
}

fn column(column: Column) -> contract::Column {
    contract::Column {
        name: column.name,
        column_type: match column.column_type {
            ColumnType::Text => contract::ColumnType::Text,
            ColumnType::Integer => contract::ColumnType::Integer,
            ColumnType::Decimal => contract::ColumnType::Decimal,
            ColumnType::Boolean => contract::ColumnType::Boolean,
            ColumnType::Timestamp => contract::ColumnType::Timestamp,
            ColumnType::Date => contract::ColumnType::Date,
            ColumnType::Json => contract::ColumnType::Json,
        },
        max_bytes: column.max_bytes,
    }
}

fn alerts(alerts: contract::Alerts) -> Result<Alerts, String> {
    let levels = |levels: Vec<types::Level>| levels.into_iter().map(level).collect();
    Alerts {
        count: alerts.count as usize,
        id: texts(alerts.id)?,
        team: texts(alerts.team)?,
        dprofile_id: texts(alerts.dprofile_id)?,
        user_id: texts(alerts.user_id)?,
        title: texts(alerts.title)?,
        incident_type: texts(alerts.incident_type)?,
        state: texts(alerts.state)?,
        severity: levels(alerts.severity),
        priority: levels(alerts.priority),
        due_date: alerts.due_date,
        labels: lists(alerts.labels)?,
        rule: texts(alerts.rule)?,
        score: alerts.score,
        txn_ids: lists(alerts.txn_ids)?,
        info: texts(alerts.info)?,
        findings: lists(alerts.findings)?,
        comments: lists(alerts.comments)?,
        created_at: alerts.created_at,
        updated_at: alerts.updated_at,
        closed_at: alerts.closed_at,
        more: alerts
            .more
            .into_iter()
            .map(|(name, values)| Ok((name, texts(values)?)))
            .collect::<Result<_, String>>()?,
    }
    .checked()
}

fn texts(of: types::Texts) -> Result<Texts, String> {
    Texts::new(of.bytes, of.ends)
}

fn lists(of: types::TextLists) -> Result<TextLists, String> {
    TextLists::new(texts(of.texts)?, of.ends)
}

fn level(level: types::Level) -> Level {
    match level {
        types::Level::Low => Level::Low,
        types::Level::Medium => Level::Medium,
        types::Level::High => Level::High,
    }
}
