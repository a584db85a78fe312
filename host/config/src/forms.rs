//! The forms of values that are more than a number or a word.

use std::net::SocketAddr;

use lapin::uri::AMQPUri;
use reqwest::Url;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Whether a text is a host and a port: an IPv4 address, an IPv6 address in brackets, or a name.
pub(super) fn is_address(text: &str) -> bool {
    if text.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_host_name(host) && is_port
}

/// Whether a text is the name of a host. What ends in a number is an IPv4 address or a mistake.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && text.split('.').all(is_label) && !is_number
}

/// Whether a text is an absolute URL with http or https that paths can be appended to.
pub(super) fn is_http_url(text: &str) -> bool {
    let begins = text.starts_with("http://") || text.starts_with("https://");
    begins
        && !text.contains(char::is_whitespace)
        && Url::parse(text).is_ok_and(|url| {
            let has_login = !url.username().is_empty() || url.password().is_some();
            !has_login && url.query().is_none() && url.fragment().is_none()
        })
}

/// Whether a text is the URL of a RabbitMQ broker.
pub(super) fn is_broker_url(text: &str) -> bool {
    text.parse::<AMQPUri>().is_ok()
}

/// Whether a text is a URI with a scheme and a host.
pub(super) fn is_absolute_uri(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && Url::parse(text).is_ok_and(|url| url.has_host() && text.contains("://"))
}

/// Whether a text is a level, or directives of which each names its level.
///
/// `tracing` takes a word that is no level for the name of a module: `verbose` alone would silence all others.
pub(super) fn is_log_filter(text: &str) -> bool {
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    let mut directives = directives(text).into_iter();
    let each_has_level = directives.all(|directive| {
        let after_span = directive.rfind(']').map_or(0, |at| at + 1);
        let level = match directive[after_span..].split_once('=') {
            Some((_, level)) => level,
            None if after_span == 0 => directive,
            None => return false,
        };
        is_level(level)
    });
    each_has_level && EnvFilter::try_new(text).is_ok()
}

/// The directives of a filter: commas part them, but for those within the fields of a span.
fn directives(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = text.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is_form: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(is_form(text), "'{text}' is good");
        }
        for text in bad {
            assert!(!is_form(text), "'{text}' is bad");
        }
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        check(
            is_address,
            &[
                "127.0.0.1:8080",
                "0.0.0.0:0",
                "[::1]:8080",
                "localhost:80",
                "node-1.example.com:65535",
            ],
            &[
                "",
                "80",
                ":80",
                "localhost",
                "localhost:",
                "localhost:+80",
                "localhost:65536",
                "300.1.1.1:80",
                "80:80",
                "::1:8080",
                "[::1]",
                "a b:80",
                "http://localhost:80",
                ".:80",
            ],
        );
    }

    #[test]
    fn urls_are_absolute_and_can_be_continued() {
        check(
            is_http_url,
            &[
                "http://localhost:8080",
                "https://vervet.example.com/api/",
                "http://[::1]:9000",
            ],
            &[
                "nonsense",
                "vervet.example.com",
                "ftp://x",
                "http://",
                "http://a b",
                "https:/x",
                "https://user:secret@x",
                "https://x?y",
                "https://x#y",
            ],
        );
        check(
            is_absolute_uri,
            &["rabbitmq://node1/vhost/vervet", "https://x/y"],
            &["vervet", "mailto:x", "a://", "rabbitmq://node1/a b"],
        );
        check(
            is_broker_url,
            &["amqp://node1", "amqps://u:p@node1:5671/x"],
            &["node1:5672", "http://node1", "amqp:", "x"],
        );
    }

    #[test]
    fn each_directive_of_the_log_names_a_level_that_exists() {
        check(
            is_log_filter,
            &[
                "info",
                "WARN",
                "off",
                "info,engine::lane=debug",
                "info,host=debug,plugin=debug",
                "warn,[request{method=GET}]=debug",
            ],
            &[
                "",
                "verbose",
                "info,verbose",
                "info,host=verbose",
                "host",
                "host=",
                "info,",
                "info, host=debug",
                "[request]",
                "=debug=",
            ],
        );
    }
}
