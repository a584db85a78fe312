//! What strangers write and the host must bound before it touches it.
//!
//! - [`json_schema`]: where and for how long JSON is validated by schemas that strangers wrote;
//! - [`rich_text`]: HTML in which nothing can be executed.
//!
//! Nothing here knows who wrote it, or where it is kept.

pub mod json_schema;
pub mod rich_text;
