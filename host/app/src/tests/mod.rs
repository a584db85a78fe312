//! What lanes and exports do in a whole host.

mod export_runs;
mod jobs;
mod lanes;
mod lists;
mod resume;
