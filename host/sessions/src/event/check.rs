//! Whether the broker has all that events need, without a message.

use super::Address;
use super::broker::{
    BrokerError, connect, declare_exchange, find_exchange, find_queue, of_connection, within,
};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// How it is.
    pub result: Result<Found, BrokerError>,
}

/// How a thing is that is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    There,
    /// It is not there, and is made when the host starts.
    ToBeMade,
}

impl std::fmt::Display for Found {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::There => "is there",
            Self::ToBeMade => "is not there; it is made when the host starts",
        })
    }
}

/// Looks at connection, login and virtual host, then at exchange and queue. Publishes nothing, and makes nothing:
/// what is missing, and would be made when events are sent, is not made here.
pub async fn check(address: &Address) -> Vec<Finding> {
    let mut findings = Vec::new();
    let what = format!("connection to {}", address.shown());
    let connection = match connect(address).await {
        Ok(connection) => connection,
        Err(error) => {
            let result = Err(error);
            return vec![Finding { what, result }];
        }
    };
    findings.push(Finding {
        what,
        result: Ok(Found::There),
    });
    let exchange = match find_exchange(&connection, address).await {
        // It is there, so declaring it makes nothing, and says whether it is of another type.
        Ok(()) => match within(PATIENCE, connection.create_channel()).await {
            Ok(Ok(channel)) => declare_exchange(&channel, address).await,
            Ok(Err(error)) => Err(of_connection(address, &error)),
            Err(error) => Err(error),
        },
        other => other,
    };
    findings.push(Finding {
        what: format!("exchange '{}'", address.exchange),
        result: unless_made(address, exchange),
    });
    let queue = find_queue(&connection, address).await;
    findings.push(Finding {
        what: format!("queue '{}'", address.queue),
        result: unless_made(address, queue),
    });
    // Whether or not it says goodbye, nothing more is asked.
    let _ = within(PATIENCE, connection.close(200, "".into())).await;
    findings
}

/// What is missing is no fault where it is made before the first event.
fn unless_made(address: &Address, found: Result<(), BrokerError>) -> Result<Found, BrokerError> {
    match found {
        Err(BrokerError::NoExchange(_) | BrokerError::NoQueue(_)) if address.declare => {
            Ok(Found::ToBeMade)
        }
        other => other.map(|()| Found::There),
    }
}
