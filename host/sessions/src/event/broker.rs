//! A connection to the broker, that publishes and waits for confirms.

use std::io;
use std::time::Duration;

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::uri::AMQPScheme;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ErrorKind,
    ExchangeKind,
};
use uuid::Uuid;

use super::{Address, CONTENT_TYPE};

/// How long connecting and declaring may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Persistent: the broker keeps it on disk.
const PERSISTENT: u8 = 2;

/// What RabbitMQ answers with these numbers.
const ACCESS_REFUSED: u16 = 403;
const NOT_FOUND: u16 = 404;
const PRECONDITION_FAILED: u16 = 406;
const NOT_ALLOWED: u16 = 530;

/// What is wrong between the host and the broker. No text holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum BrokerError {
    #[error("the broker at {broker} cannot be reached: {cause}")]
    Unreachable { broker: String, cause: String },
    #[error("TLS with the broker at {broker} failed: {cause}")]
    Tls { broker: String, cause: String },
    #[error("the broker refuses the login of user '{user}'; check user and password")]
    LoginRefused { user: String },
    #[error(
        "the broker has no virtual host '{vhost}' that user '{user}' may use; create it, or give the user permissions on it"
    )]
    NoVirtualHost { vhost: String, user: String },
    #[error("there is no exchange '{0}'; create it, or let rabbitmq.declare be true")]
    NoExchange(String),
    #[error("there is no queue '{0}'; create it, or let rabbitmq.declare be true")]
    NoQueue(String),
    #[error("'{name}' is there with other properties than it must have: {cause}")]
    Otherwise { name: String, cause: String },
    #[error("user '{user}' may not do this: {cause}")]
    Forbidden { user: String, cause: String },
    #[error("no queue took the message: {0}")]
    Returned(String),
    #[error("the broker did not take the message; a queue may be full")]
    NotTaken,
    #[error("the broker did not answer within {0} seconds")]
    TimedOut(u64),
    #[error("the connection is lost: {0}")]
    Lost(String),
}

impl BrokerError {
    /// One word for metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::LoginRefused { .. } => "login_refused",
            Self::NoVirtualHost { .. } => "no_virtual_host",
            Self::NoExchange(_) => "no_exchange",
            Self::NoQueue(_) => "no_queue",
            Self::Otherwise { .. } => "otherwise",
            Self::Forbidden { .. } => "forbidden",
            Self::Returned(_) => "returned",
            Self::NotTaken => "not_taken",
            Self::TimedOut(_) => "timed_out",
            Self::Lost(_) => "lost",
        }
    }
}

/// A message to publish.
pub struct Message {
    /// The same whenever it is published.
    pub id: Uuid,
    /// The envelope.
    pub body: Vec<u8>,
}

/// What the broker said of a message; an error where it is not certain that a queue has it.
pub type Confirmed = Result<(), BrokerError>;

/// An open connection with a channel that confirms.
pub struct Broker {
    address: Address,
    confirm_within: Duration,
    connection: Connection,
    channel: Channel,
}

impl Broker {
    /// Connects, makes what is missing where that is wanted, and asks for confirms.
    ///
    /// # Errors
    /// Where any of that fails.
    pub async fn open(address: &Address, confirm_within: Duration) -> Result<Self, BrokerError> {
        let connection = connect(address).await?;
        let channel = within(PATIENCE, connection.create_channel()).await;
        let channel = channel?.map_err(|error| of_connection(address, &error))?;
        let broker = Self {
            address: address.clone(),
            confirm_within,
            connection,
            channel,
        };
        if address.declare {
            broker.declare().await?;
        }
        let selected = broker
            .channel
            .confirm_select(ConfirmSelectOptions::default());
        within(PATIENCE, selected)
            .await?
            .map_err(|error| of_connection(address, &error))?;
        Ok(broker)
    }

    /// Makes exchange, queue and binding where they are missing. A queue that is there may have any arguments.
    async fn declare(&self) -> Result<(), BrokerError> {
        let address = &self.address;
        declare_exchange(&self.channel, address).await?;
        self.declare_queue().await?;
        let bound = self.channel.queue_bind(
            address.queue.as_str().into(),
            address.exchange.as_str().into(),
            "".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        );
        within(PATIENCE, bound)
            .await?
            .map_err(|error| of_thing(address, &address.queue, &error))
    }

    /// Makes the queue, on a channel of its own, which the broker closes where the queue is there with other arguments:
    /// an operator's, and as good.
    async fn declare_queue(&self) -> Result<(), BrokerError> {
        let address = &self.address;
        let channel = within(PATIENCE, self.connection.create_channel()).await?;
        let channel = channel.map_err(|error| of_connection(address, &error))?;
        let options = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        let queue = address.queue.as_str().into();
        let declared = channel.queue_declare(queue, options, FieldTable::default());
        match within(PATIENCE, declared).await? {
            Ok(_) => {
                let closed = channel.close(200, "".into());
                within(PATIENCE, closed)
                    .await?
                    .map_err(|error| of_connection(address, &error))
            }
            Err(error) if reply_code(&error) == Some(PRECONDITION_FAILED) => Ok(()),
            Err(error) => Err(of_thing(address, &address.queue, &error)),
        }
    }

    /// Whether the connection is there, as far as is known.
    pub fn is_open(&self) -> bool {
        self.connection.status().connected() && self.channel.status().connected()
    }

    /// Publishes messages in their order, one behind the other, and answers what the broker said of each.
    pub async fn publish(&self, messages: &[Message]) -> Vec<Confirmed> {
        let deadline = tokio::time::Instant::now() + self.confirm_within;
        let mut confirms = Vec::with_capacity(messages.len());
        for message in messages {
            let published = tokio::time::timeout_at(deadline, self.send(message)).await;
            let confirm = match published {
                Ok(Ok(confirm)) => Ok(confirm),
                Ok(Err(error)) => Err(of_connection(&self.address, &error)),
                Err(_) => Err(self.timed_out()),
            };
            confirms.push(confirm);
        }
        let mut answers = Vec::with_capacity(confirms.len());
        for confirm in confirms {
            let answer = match confirm {
                Err(error) => Err(error),
                Ok(confirm) => match tokio::time::timeout_at(deadline, confirm).await {
                    Err(_) => Err(self.timed_out()),
                    Ok(Err(error)) => Err(of_connection(&self.address, &error)),
                    Ok(Ok(confirmation)) => said(confirmation),
                },
            };
            answers.push(answer);
        }
        answers
    }

    async fn send(&self, message: &Message) -> lapin::Result<lapin::PublisherConfirm> {
        let mut headers = FieldTable::default();
        let content_type = AMQPValue::LongString(CONTENT_TYPE.into());
        headers.insert("Content-Type".into(), content_type);
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_delivery_mode(PERSISTENT)
            .with_message_id(message.id.to_string().into())
            .with_headers(headers);
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let exchange = self.address.exchange.as_str().into();
        self.channel
            .basic_publish(exchange, "".into(), options, &message.body, properties)
            .await
    }

    fn timed_out(&self) -> BrokerError {
        BrokerError::TimedOut(self.confirm_within.as_secs())
    }

    /// Says goodbye, as far as the broker listens.
    pub async fn close(self) {
        // Whether or not it listens, nothing more is sent.
        let _ = within(PATIENCE, self.connection.close(200, "".into())).await;
    }
}

fn said(confirmation: Confirmation) -> Confirmed {
    match confirmation {
        Confirmation::Ack(None) => Ok(()),
        Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned)) => Err(
            BrokerError::Returned(format!("{} {}", returned.reply_code, returned.reply_text)),
        ),
        Confirmation::Nack(None) | Confirmation::NotRequested => Err(BrokerError::NotTaken),
    }
}

/// Connects and logs in.
pub(super) async fn connect(address: &Address) -> Result<Connection, BrokerError> {
    // Another client of this process may have installed it; it is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = &address.uri.authority;
    let found = tokio::net::lookup_host((authority.host.as_str(), authority.port)).await;
    if let Err(error) = found {
        return Err(unreachable(address, &error));
    }
    let name = format!("vervet {}", env!("CARGO_PKG_VERSION"));
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connected = Connection::connect_uri(address.uri.clone(), properties);
    match tokio::time::timeout(PATIENCE, connected).await {
        Ok(connected) => connected.map_err(|error| of_connection(address, &error)),
        Err(_) => Err(BrokerError::TimedOut(PATIENCE.as_secs())),
    }
}

/// Makes the exchange, or finds it as it must be.
pub(super) async fn declare_exchange(
    channel: &Channel,
    address: &Address,
) -> Result<(), BrokerError> {
    let options = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let declared = channel.exchange_declare(
        address.exchange.as_str().into(),
        ExchangeKind::Fanout,
        options,
        FieldTable::default(),
    );
    within(PATIENCE, declared)
        .await?
        .map_err(|error| of_thing(address, &address.exchange, &error))
}

/// Whether the exchange is there, on a channel of its own, which the broker closes where it is not.
pub(super) async fn find_exchange(
    connection: &Connection,
    address: &Address,
) -> Result<(), BrokerError> {
    let options = ExchangeDeclareOptions {
        passive: true,
        ..ExchangeDeclareOptions::default()
    };
    let channel = within(PATIENCE, connection.create_channel()).await?;
    let channel = channel.map_err(|error| of_connection(address, &error))?;
    let exchange = address.exchange.as_str().into();
    let kind = ExchangeKind::Fanout;
    let found = channel.exchange_declare(exchange, kind, options, FieldTable::default());
    match within(PATIENCE, found).await? {
        Ok(()) => Ok(()),
        Err(error) if reply_code(&error) == Some(NOT_FOUND) => {
            Err(BrokerError::NoExchange(address.exchange.clone()))
        }
        Err(error) => Err(of_thing(address, &address.exchange, &error)),
    }
}

/// Whether the queue is there, on a channel of its own, which the broker closes where it is not.
pub(super) async fn find_queue(
    connection: &Connection,
    address: &Address,
) -> Result<(), BrokerError> {
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let channel = within(PATIENCE, connection.create_channel()).await?;
    let channel = channel.map_err(|error| of_connection(address, &error))?;
    let queue = address.queue.as_str().into();
    let found = channel.queue_declare(queue, options, FieldTable::default());
    match within(PATIENCE, found).await? {
        Ok(_) => Ok(()),
        Err(error) if reply_code(&error) == Some(NOT_FOUND) => {
            Err(BrokerError::NoQueue(address.queue.clone()))
        }
        Err(error) => Err(of_thing(address, &address.queue, &error)),
    }
}

/// Waits for an answer of the broker, so long at most.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = T>,
) -> Result<T, BrokerError> {
    tokio::time::timeout(patience, answer)
        .await
        .map_err(|_| BrokerError::TimedOut(patience.as_secs()))
}

/// The number of AMQP's error, where it is one.
fn reply_code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// What an error of the exchange or the queue means.
pub(super) fn of_thing(address: &Address, name: &str, error: &lapin::Error) -> BrokerError {
    match reply_code(error) {
        Some(PRECONDITION_FAILED) => BrokerError::Otherwise {
            name: name.to_owned(),
            cause: said_by(error),
        },
        _ => of_connection(address, error),
    }
}

/// What an error of the connection means.
pub(super) fn of_connection(address: &Address, error: &lapin::Error) -> BrokerError {
    let user = || address.uri.authority.userinfo.username.clone();
    let text = said_by(error);
    match (reply_code(error), error.kind()) {
        (Some(ACCESS_REFUSED), _) if text.to_lowercase().contains("login") => {
            BrokerError::LoginRefused { user: user() }
        }
        (Some(ACCESS_REFUSED), _) => BrokerError::Forbidden {
            user: user(),
            cause: text,
        },
        (Some(NOT_ALLOWED), _) => BrokerError::NoVirtualHost {
            vhost: address.uri.vhost.clone(),
            user: user(),
        },
        (Some(NOT_FOUND), _) if text.contains("exchange") => {
            BrokerError::NoExchange(address.exchange.clone())
        }
        (_, ErrorKind::IOError(cause)) => of_io(address, cause),
        _ => BrokerError::Lost(text),
    }
}

fn of_io(address: &Address, error: &io::Error) -> BrokerError {
    use io::ErrorKind as Kind;
    let is_of_the_network = matches!(
        error.kind(),
        Kind::ConnectionRefused
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::TimedOut
            | Kind::AddrNotAvailable
    );
    if is_of_the_network {
        return unreachable(address, error);
    }
    if address.uri.scheme == AMQPScheme::AMQPS {
        return BrokerError::Tls {
            broker: address.shown(),
            cause: error.to_string(),
        };
    }
    BrokerError::Lost(error.to_string())
}

fn unreachable(address: &Address, error: &io::Error) -> BrokerError {
    BrokerError::Unreachable {
        broker: address.shown(),
        cause: error.to_string(),
    }
}

/// What the broker said, without what the client adds.
fn said_by(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}
