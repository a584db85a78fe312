//! The transaction-monitoring host.
//!
//! In reading order:
//!
//! - [`config`], [`clock`], [`app`]: how the host is set up, and what is wired to what; [`allocator`]: where its memory comes from;
//! - [`condition`]: trouble that is logged when it begins and when it ends; [`shares`]: places that tenants take in turn;
//! - `printable`: strangers' text as one line; `processor_time`: what work takes;
//! - [`credential`], [`directory`]: keys, tokens and passwords, and who has them;
//! - [`tenant`]: what a tenant has defined;
//! - [`json`]: JSON that strangers wrote, read by one reader; [`json_schema`]: schemas that they wrote;
//! - [`csv`]: CSV files, read strictly; [`ingest`]: from bytes to transactions, and back;
//! - [`lane`]: all that changes a tenant, in one order;
//! - [`plugin`]: components that judge transactions or write files; [`plugin_uses`]: what uses one;
//! - [`store`]: an ordered key-value engine, and what is kept in it;
//! - [`session`], [`event`]: account-aggregation sessions, and their events as messages for RabbitMQ;
//! - [`files`]: what is too long for the store: a directory, or a bucket;
//! - [`background`]: long work, with less right to the cores than live work; [`jobs`]: such work of tenants, in turn;
//!   [`retry`]: work that is tried again after the store failed;
//! - [`list`]: lists as they were, and who changed them;
//! - [`bulk`]: one change of many alerts;
//! - [`catch_up`]: what a rule could not judge, judged after all;
//! - [`preparation`]: rules whose windows need an index that still has to be made;
//! - [`judgement`]: what rules said of transactions, as it is kept;
//! - [`replay`]: findings, judged again; [`backtest`]: rules over stored history;
//! - [`alert`], [`export`]: alerts as they are kept, and files made of them;
//! - [`grandfathered`]: stored definitions that would be refused if they were put today;
//! - [`document`]: what files people may put to alerts;
//! - [`outbox`]: what leaves the host, tried until it has arrived;
//! - [`rule_check`]: what is checked of a plan before a rule is installed;
//! - [`rich_text`]: HTML in which nothing can be executed;
//! - [`http`]: what every resource of the REST API has in common; [`api`]: the resources;
//!   [`repeats`]: requests that come again; [`uploads`]: plugins that are being compiled; [`spools`]: room for answers that nobody has read yet; [`serve`]: the whole API as it is served;
//! - [`cli`]: the commands of `vervet`.
//!
//! Arrows point one way: `domain ← store, plugin ← lane ← api, cli`. `export` and `outbox` stand beside `lane`.

pub mod alert;
mod allocator;
pub mod api;
pub mod app;
#[cfg(test)]
mod arrows;
pub mod background;
pub mod backtest;
pub mod bulk;
pub mod catch_up;
pub mod cli;
pub mod clock;
pub mod condition;
pub mod config;
pub mod credential;
pub mod csv;
pub mod directory;
pub mod document;
pub mod event;
pub mod export;
pub mod files;
pub mod grandfathered;
mod hex;
pub mod http;
pub mod ingest;
pub mod jobs;
pub mod json;
pub mod json_schema;
pub mod judgement;
pub mod lane;
pub mod list;
mod mac;
#[cfg(test)]
mod memory_host;
pub mod naming;
mod nearest;
pub mod outbox;
pub mod plugin;
pub mod plugin_uses;
pub mod preparation;
mod printable;
mod processor_time;
pub mod repeats;
pub mod replay;
pub mod retry;
pub mod rich_text;
pub mod rule_check;
pub mod serve;
pub mod session;
pub mod shares;
pub mod spools;
pub mod store;
pub mod tenant;
pub mod uploads;
