//! Exports: files of alerts in the tenant's own format.

pub mod formatter;
