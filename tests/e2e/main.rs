//! What the software promises, asked of a whole host over HTTP.

mod alerts;
mod api_keys;
mod audit;
mod audit_chain;
mod bad_input;
mod cli;
mod corpus;
mod deliveries;
mod durability;
mod exports;
mod health;
mod hostile;
mod ingest;
mod installed_rules;
mod lists;
mod masking;
mod openapi;
mod payload_schemas;
mod payments;
mod rule_stats;
mod sessions;
mod tenants;
mod tokens;
mod trying;
mod uploads;
mod users;
