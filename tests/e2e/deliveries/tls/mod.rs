//! Webhooks over https: to whom the machine trusts, and to nobody else.
//!
//! The authority and the key in this folder are of these tests alone.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tests::{HostProcess, TestTenant};
use tokio_rustls::TlsAcceptor;

use super::receiver::{Receiver, Reply};
use super::{definition, delivery, run, tried};

const AUTHORITY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/e2e/deliveries/tls/authority.pem"
);

fn acceptor() -> TlsAcceptor {
    // A client of this process may have installed it; it is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(include_bytes!("receiver.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("receiver-key.pem"));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.expect("a certificate")],
            key.expect("a key"),
        );
    TlsAcceptor::from(Arc::new(config.expect("they fit")))
}

/// One try of a delivery, by a host with these variables.
async fn try_once(url: &str, variables: &[(&str, &str)]) -> Value {
    let more = [("VERVET_DELIVERIES_ALLOW_PRIVATE", "true")];
    let host = HostProcess::start_with(&[variables, &more].concat());
    let tenant: TestTenant = host.tenant("athora").await;
    let formatter = tenant.publish("ndjson").await;
    let to = json!([{ "kind": "webhook", "url": url, "send": "notice" }]);
    let client = &tenant.administrator;
    let put = client.put("/v1/exports/nightly", definition(&formatter, to));
    put.await.expect(201);
    let run = run(&tenant, "nightly").await;
    delivery(client, &run, tried(1)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_who_its_certificate_says() {
    let receiver = Receiver::behind(acceptor(), Reply::Status(200)).await;
    let trusting = [("SSL_CERT_FILE", AUTHORITY)];
    let stranger = try_once(receiver.url(), &[]).await;
    let answer = stranger["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("certificate"), "{answer}");
    assert!(
        receiver.received().is_empty(),
        "nothing was sent to a stranger"
    );

    let trusted = try_once(receiver.url(), &trusting).await;
    assert_eq!(trusted["state"], "delivered", "{trusted}");
    assert_eq!(receiver.received().len(), 1);
    let named = receiver.url().replace("127.0.0.1", "localhost");
    let trusted = try_once(&named, &trusting).await;
    assert_eq!(trusted["state"], "delivered", "{trusted}");

    let other_name = receiver.url().replace("127.0.0.1", "127.0.0.2");
    let refused = try_once(&other_name, &trusting).await;
    let answer = refused["last_answer"].as_str().expect("an answer");
    assert!(answer.contains("not valid for name"), "{answer}");
    assert_eq!(receiver.received().len(), 2);
}
