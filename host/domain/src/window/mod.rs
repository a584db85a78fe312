//! The inputs of rules, computed from what a team ingested before.
