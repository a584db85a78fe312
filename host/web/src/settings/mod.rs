//! Settings of the tenant, a tab each.

pub(crate) mod teams;
