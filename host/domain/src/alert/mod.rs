//! Alerts, made from findings, and their workflow.
