use super::*;
use tenant::{Secret, SendBody};

fn rules() -> PlaceRules {
    PlaceRules::new(&DeliveriesConfig {
        directory_root: "/srv/exports".to_owned(),
        ..DeliveriesConfig::default()
    })
}

fn check(rules: &PlaceRules, delivery: Delivery, expect: Result<(), &str>) {
    let checked = rules.check(delivery.clone());
    let member = checked.as_ref().map(|_| ()).map_err(|fault| fault.member);
    assert_eq!(member, expect, "{delivery}: {checked:?}");
}

#[test]
fn a_url_is_https_to_somewhere_public_and_nothing_else() {
    let url = |url: &str| Delivery::Webhook {
        url: url.to_owned(),
        send: SendBody::File,
    };
    for good in [
        "https://example.com",
        "https://example.com:8443/in?source=vervet",
        "https://93.184.216.34/in",
        "https://[2606:2800:220:1::1]/in",
        "https://bücher.example/in",
    ] {
        check(&rules(), url(good), Ok(()));
    }
    for bad in [
        "",
        "example.com/in",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///in",
        "https:/example.com",
        "https:example.com",
        "https:\\\\example.com",
        "https://example.com\\@10.0.0.1/",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://:password@example.com/",
        "https://example.com/#in",
        "https://example.com/a b",
        "https://example.com/\na",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://0/",
    ] {
        check(&rules(), url(bad), Err("url"));
    }
    check(
        &rules(),
        url(&format!("https://a.example/{}", "a".repeat(2_000))),
        Err("url"),
    );
    let open = PlaceRules {
        allow_private: true,
        allow_http: true,
        directory_root: None,
    };
    check(&open, url("http://127.0.0.1:9000/in"), Ok(()));
    check(&open, url("https://user@127.0.0.1/"), Err("url"));
    let kept = rules().check(url("HTTPS://Example.COM")).expect("good");
    assert_eq!(kept, url("https://example.com/"));
}

fn place() -> S3Place {
    S3Place {
        bucket: "athora-exports".to_owned(),
        prefix: "vervet/nightly".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: None,
        access_key_id: "AKIA0000".to_owned(),
        secret_access_key: Secret::new("abc/def+"),
    }
}

#[test]
fn a_bucket_is_named_as_s3_has_it() {
    let bucket = |bucket: &str| {
        let bucket = bucket.to_owned();
        Delivery::S3(S3Place { bucket, ..place() })
    };
    for good in ["abc", "a.b-c", "123", &"a".repeat(63)] {
        check(&rules(), bucket(good), Ok(()));
    }
    for bad in [
        "",
        "ab",
        "ABC",
        "a_b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "192.168.1.1",
        "xn--abc",
        "sthree-abc",
        "abc-s3alias",
        "abc--ol-s3",
        "a/b",
        "a b",
        "é-bucket",
        &"a".repeat(64),
    ] {
        check(&rules(), bucket(bad), Err("bucket"));
    }
}

#[test]
fn what_else_says_where_a_bucket_is_is_checked() {
    let with = |change: &dyn Fn(&mut S3Place)| {
        let mut place = place();
        change(&mut place);
        Delivery::S3(place)
    };
    for prefix in ["", "a", "a/b", "a/b/", "year=2026/m_1"] {
        check(
            &rules(),
            with(&|place| place.prefix = prefix.to_owned()),
            Ok(()),
        );
    }
    for prefix in [
        "/", "/a", "a//b", "../a", "a/../b", ".", "a/./b", "a\0", "a\nb", "a b", "a\\b", "é",
    ] {
        check(
            &rules(),
            with(&|place| place.prefix = prefix.to_owned()),
            Err("prefix"),
        );
    }
    for endpoint in [
        "http://example.com",
        "https://10.0.0.1",
        "https://a.example/?x=1",
        "s3",
    ] {
        check(
            &rules(),
            with(&|place| place.endpoint = Some(endpoint.to_owned())),
            Err("endpoint"),
        );
    }
    check(
        &rules(),
        with(&|place| place.endpoint = Some("https://s3.example/".into())),
        Ok(()),
    );
    check(
        &rules(),
        with(&|place| place.region = "EU".to_owned()),
        Err("region"),
    );
    check(
        &rules(),
        with(&|place| place.region = String::new()),
        Err("region"),
    );
    check(
        &rules(),
        with(&|place| place.access_key_id = "a b".to_owned()),
        Err("access_key_id"),
    );
    check(
        &rules(),
        with(&|place| place.secret_access_key = Secret::new("")),
        Err("secret_access_key"),
    );
}

#[test]
fn a_directory_is_below_the_operator_s_root() {
    let directory = |directory: &str| Delivery::Directory {
        directory: directory.to_owned(),
    };
    check(&rules(), directory("nightly/aml"), Ok(()));
    for bad in ["", "/etc", "..", "a/../../b", "a//b", ".ssh", "a/"] {
        check(&rules(), directory(bad), Err("directory"));
    }
    let none = PlaceRules::new(&DeliveriesConfig::default());
    check(&none, directory("nightly"), Err("directory"));
    let path = rules().directory("athora", "nightly").expect("good");
    assert_eq!(path, Path::new("/srv/exports/athora/nightly"));
}
