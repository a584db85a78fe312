use super::*;

fn download() -> Download {
    Download {
        name: "nightly.csv".to_owned(),
        media_type: "text/csv".to_owned(),
        bytes: 1_000,
        sha256: [7; 32],
        modified: Timestamp::from_micros(1_767_225_600_900_000),
        compressible: true,
    }
}

fn sent(headers: &[(&str, &str)]) -> Sent {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect();
    let asked = Asked::read(&headers, Preconditions::read(&headers));
    download().sent(&asked)
}

#[test]
fn a_request_gets_what_it_lacks() {
    let tag = download().etag().to_string();
    let coded = download().etag().coded("gzip").to_string();
    let (tag, coded) = (&*tag, &*coded);
    let gzip = ("accept-encoding", "gzip");
    let date = "Thu, 01 Jan 2026 00:00:00 GMT";
    let earlier = "Wed, 31 Dec 2025 23:59:59 GMT";
    for (headers, expect) in [
        (&[][..], Sent::Whole),
        (&[gzip], Sent::Gzip),
        (&[("if-none-match", tag)], Sent::NotModified),
        (&[("if-none-match", "*")], Sent::NotModified),
        (&[("if-none-match", "\"other\"")], Sent::Whole),
        (&[("if-none-match", coded)], Sent::Whole),
        (&[gzip, ("if-none-match", coded)], Sent::NotModified),
        (&[gzip, ("if-none-match", tag)], Sent::Gzip),
        (&[("if-modified-since", date)], Sent::NotModified),
        (&[("if-modified-since", earlier)], Sent::Whole),
        (&[("if-modified-since", "yesterday")], Sent::Whole),
        // A tag says more than a date.
        (
            &[("if-modified-since", date), ("if-none-match", "\"other\"")],
            Sent::Whole,
        ),
        (&[("range", "bytes=0-9")], Sent::Part(0..10)),
        (&[gzip, ("range", "bytes=0-9")], Sent::Part(0..10)),
        (&[("range", "bytes=1000-")], Sent::NoSuchPart),
        (&[("range", "bytes=0-1,5-6")], Sent::Whole),
        (
            &[("range", "bytes=0-9"), ("if-none-match", tag)],
            Sent::NotModified,
        ),
        (
            &[("range", "bytes=5-9"), ("if-range", tag)],
            Sent::Part(5..10),
        ),
        (
            &[("range", "bytes=5-9"), ("if-range", date)],
            Sent::Part(5..10),
        ),
        (
            &[("range", "bytes=5-9"), ("if-range", "\"other\"")],
            Sent::Whole,
        ),
        (
            &[("range", "bytes=5-9"), ("if-range", earlier)],
            Sent::Whole,
        ),
        (
            &[gzip, ("range", "bytes=5-9"), ("if-range", coded)],
            Sent::Gzip,
        ),
    ] {
        assert_eq!(sent(headers), expect, "{headers:?}");
    }
}

#[test]
fn a_weak_tag_is_none_of_a_part() {
    let weak = format!("W/{}", download().etag());
    let headers = [("range", "bytes=5-9"), ("if-range", &*weak)];
    assert_eq!(sent(&headers), Sent::Whole);
}
