//! What was acknowledged survives, and nothing is there in halves.

mod kill;
mod ledger;
mod load;
mod power_cut;
