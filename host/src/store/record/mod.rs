//! The compact records.
