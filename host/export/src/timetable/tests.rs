use super::*;

fn timetable(cron: &str, zone: &str) -> Timetable {
    let schedule = Schedule {
        cron: cron.to_owned(),
        timezone: Some(zone.to_owned()),
    };
    Timetable::new(&schedule, "UTC").unwrap_or_else(|error| panic!("{cron} {zone}: {error}"))
}

fn moment(text: &str) -> Timestamp {
    let parsed: jiff::Timestamp = text.parse().expect("a moment");
    Timestamp::from_micros(parsed.as_microsecond())
}

/// All moments after `from` and up to `to`.
fn between(timetable: &Timetable, from: &str, to: &str) -> Vec<Timestamp> {
    let to = moment(to);
    let mut all = Vec::new();
    let mut next = timetable.next_after(moment(from));
    while let Some(due) = next.filter(|due| *due <= to) {
        all.push(due);
        next = timetable.next_after(due);
    }
    all
}

/// What is due on a day of the calendar in a zone, as its clocks show it; `+`
/// where what the clock left out is due when it goes on.
fn check(cron: &str, zone: &str, day: &str, expect: &[&str]) {
    let timetable = timetable(cron, zone);
    let date: Date = day.parse().expect("a date");
    let tz = TimeZone::get(zone).expect("a zone");
    let start = |date: Date| date.to_zoned(tz.clone()).expect("a day").timestamp();
    let begin = start(date) - jiff::SignedDuration::from_micros(1);
    let end = start(date.tomorrow().expect("a day")) - jiff::SignedDuration::from_micros(1);
    let due = between(&timetable, &begin.to_string(), &end.to_string());
    let shown: Vec<String> = due
        .iter()
        .map(|due| {
            let at = jiff::Timestamp::from_microsecond(due.as_micros()).expect("a moment");
            at.to_zoned(tz.clone()).strftime("%H:%M%:z").to_string()
        })
        .collect();
    assert_eq!(shown, expect, "{cron} in {zone} on {day}");
}

#[test]
fn clocks_that_are_changed_neither_lose_nor_double_a_run() {
    for (zone, spring, expect_spring, autumn, expect_autumn) in [
        (
            "Europe/Brussels",
            "2026-03-29",
            "03:00+02:00",
            "2026-10-25",
            "02:30+02:00",
        ),
        (
            "Europe/London",
            "2026-03-29",
            "02:30+01:00",
            "2026-10-25",
            "02:30+00:00",
        ),
        (
            "America/New_York",
            "2026-03-08",
            "03:00-04:00",
            "2026-11-01",
            "02:30-05:00",
        ),
        // The clock of Lord Howe is changed by half an hour.
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "02:30+11:00",
            "2026-04-05",
            "02:30+10:30",
        ),
        (
            "Pacific/Apia",
            "2026-03-29",
            "02:30+13:00",
            "2026-10-25",
            "02:30+13:00",
        ),
        (
            "Atlantic/Azores",
            "2026-03-29",
            "02:30+00:00",
            "2026-10-25",
            "02:30-01:00",
        ),
    ] {
        check("30 2 * * *", zone, spring, &[expect_spring]);
        check("30 2 * * *", zone, autumn, &[expect_autumn]);
        check(
            "15,45 2 * * *",
            zone,
            "2026-06-15",
            &timetable_day(zone, "2026-06-15", &["02:15", "02:45"]),
        );
    }
    check(
        "30 1 * * *",
        "America/New_York",
        "2026-11-01",
        &["01:30-04:00"],
    );
    check(
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-05",
        &["01:45+11:00"],
    );
    check(
        "10 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-04",
        &["02:30+11:00"],
    );
    check(
        "30 0 * * *",
        "Atlantic/Azores",
        "2026-03-29",
        &["01:00+00:00"],
    );
    check(
        "30 0 * * *",
        "Atlantic/Azores",
        "2026-10-25",
        &["00:30+00:00"],
    );
    // Two times that the clock leaves out are one when it goes on; so is one of then.
    check(
        "15,45 2 * * *",
        "Europe/Brussels",
        "2026-03-29",
        &["03:00+02:00"],
    );
    check(
        "0,30 2,3 * * *",
        "Europe/Brussels",
        "2026-03-29",
        &["03:00+02:00", "03:30+02:00"],
    );
    check(
        "30 2,14 * * *",
        "Europe/Brussels",
        "2026-10-25",
        &["02:30+02:00", "14:30+01:00"],
    );
}

/// The times with the offset of a day on which nothing is changed.
fn timetable_day(zone: &str, day: &str, times: &[&str]) -> Vec<&'static str> {
    let tz = TimeZone::get(zone).expect("a zone");
    let date: Date = day.parse().expect("a date");
    let noon = date.at(12, 0, 0, 0).to_zoned(tz).expect("noon");
    let offset = noon.strftime("%:z").to_string();
    let with_offset = |time: &&str| -> &'static str { format!("{time}{offset}").leak() };
    times.iter().map(with_offset).collect()
}

#[test]
fn a_day_that_the_calendar_leaves_out_is_made_up_for() {
    // Samoa had no 30 December 2011.
    let apia = timetable("30 2 * * *", "Pacific/Apia");
    let due = between(&apia, "2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z");
    let expect = [
        "2011-12-29T12:30:00Z",
        "2011-12-30T10:00:00Z",
        "2011-12-30T12:30:00Z",
        "2011-12-31T12:30:00Z",
    ];
    assert_eq!(due, expect.map(moment));
}

#[test]
fn what_comes_every_hour_keeps_its_distance() {
    let check = |zone, day, expect: usize| {
        for (cron, an_hour) in [("0 * * * *", 1), ("*/15 * * * *", 4), ("*/5 */1 * * *", 12)] {
            let timetable = timetable(cron, zone);
            let date: Date = Date::strptime("%Y-%m-%d", day).expect("a date");
            let tz = TimeZone::get(zone).expect("a zone");
            let begin = date.to_zoned(tz.clone()).expect("a day").timestamp();
            let end = date.tomorrow().expect("a day").to_zoned(tz).expect("a day");
            let due = between(
                &timetable,
                &(begin - jiff::SignedDuration::from_secs(1)).to_string(),
                &(end.timestamp() - jiff::SignedDuration::from_secs(1)).to_string(),
            );
            assert_eq!(due.len(), expect * an_hour, "{cron} {zone} {day}");
            let minutes = 60 * 60_000_000 / an_hour as i64;
            for pair in due.windows(2) {
                let distance = pair[1].as_micros() - pair[0].as_micros();
                assert_eq!(distance, minutes, "{cron} {zone} {day}");
            }
        }
    };
    check("Europe/Brussels", "2026-03-29", 23);
    check("Europe/Brussels", "2026-10-25", 25);
    check("Europe/Brussels", "2026-06-15", 24);
    check("America/New_York", "2026-03-08", 23);
    check("America/New_York", "2026-11-01", 25);
    check("Atlantic/Azores", "2026-03-29", 23);
    check("Atlantic/Azores", "2026-10-25", 25);
}

/// Every day of a year has its run, in every zone there is.
#[test]
fn a_daily_run_comes_once_a_day_everywhere() {
    const DAYS: i32 = 366;
    for name in jiff::tz::db().available() {
        let zone = name.as_str();
        let tz = TimeZone::get(zone).expect("a zone");
        let day = |at: Timestamp| {
            let at = jiff::Timestamp::from_microsecond(at.as_micros()).expect("a moment");
            tz.to_datetime(at).date()
        };
        for time in ["30 2 * * *", "59 23 * * *"] {
            let timetable = timetable(time, zone);
            let mut last = timetable.next_after(moment("2025-12-01T06:00:00Z"));
            let first = day(last.expect("a first run"));
            for _ in 0..DAYS {
                let next = last.and_then(|last| timetable.next_after(last));
                let next = next.expect("a next run");
                assert_eq!(timetable.latest_until(next), Some(next), "{zone} {time}");
                let before = Timestamp::from_micros(next.as_micros() - 1);
                assert_eq!(timetable.latest_until(before), last, "{zone} {time}");
                last = Some(next);
            }
            let days = (day(last.expect("a last run")) - first).get_days();
            assert_eq!(days, DAYS, "{zone} {time}");
        }
    }
}

#[test]
fn expressions_say_more_than_times() {
    let check = |cron: &str, from: &str, expect: &[&str]| {
        let timetable = timetable(cron, "UTC");
        let mut last = moment(from);
        for expect in expect {
            last = timetable.next_after(last).expect("a next run");
            assert_eq!(last, moment(expect), "{cron}");
        }
    };
    check(
        "0 2 L * *",
        "2026-02-01T00:00:00Z",
        &["2026-02-28T02:00:00Z", "2026-03-31T02:00:00Z"],
    );
    check(
        "0 2 * * 5#2",
        "2026-02-01T00:00:00Z",
        &["2026-02-13T02:00:00Z"],
    );
    check(
        "0 2 * * MON-FRI",
        "2026-02-06T03:00:00Z",
        &["2026-02-09T02:00:00Z"],
    );
    check(
        "0 2 15W * *",
        "2026-02-01T00:00:00Z",
        &["2026-02-16T02:00:00Z"],
    );
    check(
        "0 2 13 * +FRI",
        "2026-01-01T00:00:00Z",
        &[
            "2026-02-13T02:00:00Z",
            "2026-03-13T02:00:00Z",
            "2026-11-13T02:00:00Z",
        ],
    );
    check(
        "0 2 13 * 5",
        "2026-01-01T00:00:00Z",
        &["2026-01-02T02:00:00Z"],
    );
    check(
        "0 2 29 2 *",
        "2097-01-01T00:00:00Z",
        &["2104-02-29T02:00:00Z"],
    );
    check("@daily", "2026-01-01T00:00:00Z", &["2026-01-02T00:00:00Z"]);
    check("@hourly", "2026-01-01T00:00:00Z", &["2026-01-01T01:00:00Z"]);
    // A moment that is due is not due again.
    check(
        "30 2 * * *",
        "2026-01-01T02:30:00Z",
        &["2026-01-02T02:30:00Z"],
    );
    check(
        "30 2 * * *",
        "2026-01-01T02:29:59.999999Z",
        &["2026-01-01T02:30:00Z"],
    );
}

#[test]
fn the_tenants_zone_is_that_of_a_schedule_without() {
    let schedule = Schedule {
        cron: "0 2 * * *".to_owned(),
        timezone: None,
    };
    let timetable = Timetable::new(&schedule, "Asia/Tokyo").expect("a schedule");
    let next = timetable.next_after(moment("2026-01-01T00:00:00Z"));
    assert_eq!(next, Some(moment("2026-01-01T17:00:00Z")));
}

#[test]
fn what_cannot_be_a_schedule_is_refused() {
    let check = |cron: &str, zone: Option<&str>, expect: &str| {
        let schedule = Schedule {
            cron: cron.to_owned(),
            timezone: zone.map(str::to_owned),
        };
        let refused = Timetable::new(&schedule, "UTC").expect_err(cron);
        let text = refused.to_string();
        assert!(text.contains(refused.member()), "{text}");
        assert!(text.contains(expect), "{cron}: {text}");
    };
    check("", None, "five fields");
    check("30 2 * *", None, "five fields");
    check("0 30 2 * * *", None, "five fields");
    check("0 30 2 * * * 2026", None, "five fields");
    check("61 2 * * *", None, "five fields");
    check("30 24 * * *", None, "five fields");
    check("30 2 0 * *", None, "five fields");
    check("half past two", None, "five fields");
    check("30 2 * * FOO", None, "five fields");
    check(&"1,".repeat(500), None, "more than 200");
    check("30 2 31 2 *", None, "never comes");
    check("30 2 30 2 *", None, "never comes");
    check("30 2 31 4,6,9,11 *", None, "never comes");
    check("* * * * *", None, "once in 5 minutes");
    check("*/4 * * * *", None, "once in 5 minutes");
    check("0,3 2 * * *", None, "once in 5 minutes");
    check("58,0 * * * *", None, "once in 5 minutes");
    check("2,58 0,23 * * *", None, "once in 5 minutes");
    check("30 2 * * *", Some("Europe/Brussel"), "IANA");
    check("30 2 * * *", Some(""), "IANA");
    timetable("*/5 * * * *", "UTC");
    timetable("30 2 29 2 *", "UTC");
}
