//! Moments as people read them: in the tenant's time zone, with UTC for programs.

use app::caller::Caller;
use domain::time::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// The time zone in which moments are shown.
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone that the caller chose, or else that of the caller's tenant.
    pub(crate) fn of(caller: &Caller) -> Self {
        let definitions = caller.definitions();
        let usual = definitions.tenant().map(|tenant| tenant.timezone.clone());
        let name = caller.preferences().timezone.or(usual);
        let zone = name.and_then(|name| TimeZone::get(&name).ok());
        Self(zone.unwrap_or(TimeZone::UTC))
    }

    /// When a day such as `2026-11-23` begins here, or one that is `later` days later; none where there is no such day.
    pub(crate) fn day(&self, text: &str, later: i64) -> Option<Timestamp> {
        let day: jiff::civil::Date = text.parse().ok()?;
        let day = day
            .checked_add(jiff::Span::new().try_days(later).ok()?)
            .ok()?;
        let begins = day.to_zoned(self.0.clone()).ok()?;
        Some(Timestamp::from_micros(begins.timestamp().as_microsecond()))
    }

    /// A moment, such as `2026-11-23 06:40 CET`.
    pub(crate) fn time(&self, at: Timestamp) -> Markup {
        let Ok(moment) = jiff::Timestamp::from_microsecond(at.as_micros()) else {
            return html! { (at) };
        };
        let shown = moment.to_zoned(self.0.clone());
        let shown = shown.strftime("%Y-%m-%d %H:%M %Z").to_string();
        html! { time datetime=(at) { (shown) } }
    }
}

/// Reads a moment as addresses have it: RFC 3339.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp::from_micros(moment.as_microsecond()))
}

/// How much one moment is before another, roughly: `3 d`, `5 h` or `12 min`.
pub(crate) fn apart(earlier: Timestamp, later: Timestamp) -> String {
    let seconds = later.as_micros().saturating_sub(earlier.as_micros()) / 1_000_000;
    match seconds {
        86_400.. => format!("{} d", seconds / 86_400),
        3_600.. => format!("{} h", seconds / 3_600),
        _ => format!("{} min", seconds.max(0) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_put_back_show_which_hour_it_is() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let shown = |text: &str| {
            let at: jiff::Timestamp = text.parse().expect("a moment");
            let at = Timestamp::from_micros(at.as_microsecond());
            zone.time(at).into_string()
        };
        let check = |text: &str, expect: &str| {
            assert_eq!(
                shown(text),
                format!("<time datetime=\"{text}\">{expect}</time>")
            );
        };
        check("2026-10-25T00:30:00Z", "2026-10-25 02:30 CEST");
        check("2026-10-25T01:30:00Z", "2026-10-25 02:30 CET");
    }

    #[test]
    fn a_day_begins_by_the_clocks_of_the_zone() {
        let zone = Zone(TimeZone::get("Europe/Brussels").expect("a zone"));
        let begins = |text: &str, later: i64| zone.day(text, later).map(|at| at.to_string());
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(begins("2026-10-25", 0), at("2026-10-24T22:00:00Z"));
        assert_eq!(begins("2026-10-25", 1), at("2026-10-25T23:00:00Z"));
        for none in ["2026-02-30", "today", "", "9999-12-31"] {
            assert_eq!(begins(none, 1), None, "{none}");
        }
    }

    #[test]
    fn what_is_apart_is_told_in_one_unit() {
        let at = |seconds: u64| Timestamp::from_micros(0).plus_seconds(seconds);
        for (seconds, expect) in [
            (59, "0 min"),
            (3_599, "59 min"),
            (86_399, "23 h"),
            (200_000, "2 d"),
        ] {
            assert_eq!(apart(at(0), at(seconds)), expect);
        }
    }
}
