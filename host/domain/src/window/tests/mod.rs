//! Inputs against an oracle that looks at every earlier transaction.

mod agreement;
mod bind;
mod examples;
mod oracle;
mod world;
