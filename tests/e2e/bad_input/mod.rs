//! Clients that are wrong, hostile or slow: each is told so, and no other suffers.

mod access;
mod exactness;
mod payloads;
mod slow;
mod tenants;
