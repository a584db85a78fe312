//! Events of sessions, as messages for RabbitMQ.
//!
//! In reading order:
//!
//! - [`outgoing`]: an event as the outbox keeps it, with the ids that it has from the moment it is made;
//! - [`address`]: the broker, and the addresses that messages name;
//! - [`envelope`]: the message, to the letter of what its readers know;
//! - [`broker`]: a connection that publishes and waits for confirms;
//! - [`mod@check`]: whether all is there, without a message.
//!
//! What this module does not know: sessions, the store, and when an event is to be sent.

mod address;
mod broker;
mod check;
mod envelope;
mod outgoing;

pub use address::{Address, AddressError};
pub use broker::{Broker, BrokerError, Confirmed, Message};
pub use check::{Finding, Found, check};
pub use envelope::{CONTENT_TYPE, Envelope};
pub use outgoing::{Outgoing, SessionEvent};
